import { needOptions } from '../../src/protocol/options.ts'
import type { ValidateOptions, ValidationReport } from '../../src/protocol/validation.ts'
import type { ValidationSource } from '../format/validation/validation-source.ts'
import { diffTrees } from '../git/trees/tree-diff.ts'
import type { CommitSnapshot, SnapshotSource } from './snapshots/commit-snapshot.ts'
import type { RecordView } from './queries/read-records.ts'
import { createGitFileTree } from './snapshots/git-file-tree.ts'
import { withStrategyIssues } from './versions/merging/strategy-issues.ts'
import { createSnapshotSource } from './validate-source.ts'
import { rulesOf } from './writes/validate-rules.ts'
import { noChanges } from './branches/working-changes.ts'

/** Checks what a handle sees, working changes included; with `from`, what can have become wrong since that commit. */
export async function validateSnapshot(
  repository: SnapshotSource,
  view: RecordView,
  options: ValidateOptions,
  from?: CommitSnapshot,
): Promise<ValidationReport> {
  needOptions(options, {
    at: true,
    schema: ['own', 'current'],
    collections: true,
    from: true,
    only: ['definitions', 'records'],
  })
  const extras = await repository.codecs.plugins.extras.load()
  const sourceOf = (view: RecordView): Promise<ValidationSource> =>
    createSnapshotSource(
      {
        codecs: repository.codecs,
        tree: createGitFileTree(repository.trees, view.snapshot.root),
        definitions: createGitFileTree(repository.trees, view.snapshot.schemaRoot),
        rules: (definition) => rulesOf(repository, view.snapshot, definition),
      },
      view,
    )
  const source = await sourceOf(view)
  const withStrategies = (report: ValidationReport): Promise<ValidationReport> =>
    withStrategyIssues(
      report,
      options,
      createGitFileTree(repository.trees, view.snapshot.root),
      view.snapshot.schema,
    )
  if (!from) return withStrategies(await extras.validateDatabase(source, options))
  const { snapshot, changes } = view
  const files = new Set<string>()
  for (const { path } of await diffTrees(repository.trees, from.root, snapshot.root)) files.add(path)
  for (const id of snapshot.schema.collections.keys()) {
    const edited = changes.of(id)
    if (edited.size === 0) continue
    const collection = await snapshot.collection(id)
    for (const key of edited.keys()) files.add(await collection.pathOf(key))
  }
  const before = await sourceOf({ snapshot: from, changes: noChanges })
  return withStrategies(await extras.validateChanges(before, source, files, options))
}
