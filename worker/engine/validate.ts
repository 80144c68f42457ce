import type { ValidateOptions, ValidationReport } from '../../src/protocol/validation.ts'
import { diffTrees } from '../git/tree-diff.ts'
import type { CommitSnapshot, SnapshotSource } from './commit-snapshot.ts'
import type { RecordView } from './read-records.ts'
import { createSnapshotSource } from './validate-source.ts'
import { createWorkingChanges } from './working-changes.ts'

/** Checks what a handle sees, working changes included; with `from`, what can have become wrong since that commit. */
export async function validateSnapshot(
  repository: SnapshotSource,
  view: RecordView,
  options: ValidateOptions,
  from?: CommitSnapshot,
): Promise<ValidationReport> {
  const extras = await repository.codecs.plugins.extras.load()
  const source = await createSnapshotSource(repository, extras, view)
  if (!from) return extras.validateDatabase(source, options)
  const { snapshot, changes } = view
  const files = new Set<string>()
  for (const { path } of await diffTrees(repository.trees, from.root, snapshot.root)) files.add(path)
  for (const id of snapshot.schema.collections.keys()) {
    const edited = changes.of(id)
    if (edited.size === 0) continue
    const collection = await snapshot.collection(id)
    for (const key of edited.keys()) files.add(await collection.pathOf(key))
  }
  const before = await createSnapshotSource(repository, extras, {
    snapshot: from,
    changes: createWorkingChanges(),
  })
  return extras.validateChanges(before, source, files, options)
}
