import { EspalierError } from '../../../src/protocol/errors.ts'
import type { Author } from '../../../src/protocol/outcomes.ts'
import type {
  SchemaChange,
  SchemaCommit,
  SchemaPlan,
  SchemaProposal,
} from '../../../src/protocol/schema-changes.ts'
import type { PlannedFiles } from '../../schema-tools/schema-tools.ts'
import type { Branch } from '../branches/branch.ts'
import { commitFiles } from './commit-files.ts'
import type { CommitSnapshot } from '../snapshots/commit-snapshot.ts'
import { createGitFileTree } from '../snapshots/git-file-tree.ts'
import type { Repository } from '../repository/repository.ts'
import type { storeCommit as StoreCommit } from './store-commit.ts'

/** What is to be made: changes in order, or the definitions that the files suggest. */
export type WantedSchema = readonly SchemaChange[] | 'inferred'

/** Changes of the schema of a database. */
export interface SchemaEditor {
  /** What changes would do to a commit. */
  plan(snapshot: CommitSnapshot, changes: readonly SchemaChange[]): Promise<SchemaPlan>
  /** The definitions that the files of a commit suggest. */
  infer(snapshot: CommitSnapshot): Promise<SchemaProposal>
  /**
   * Commits what is wanted, as one commit with the records that change. Planned on the branch as it is; again when
   * it moved meanwhile. Working changes of other collections are carried over.
   *
   * Throws `schema/refused` (`data.issues`), `schema/working-changes` (`data.collections`), and what planning throws.
   */
  apply(branch: Branch, wanted: WantedSchema, message: string, author: Author): Promise<SchemaCommit>
}

/** `storeCommit`: see {@link commitFiles}. */
export function createSchemaEditor(repository: Repository, storeCommit: typeof StoreCommit): SchemaEditor {
  const { codecs, trees } = repository
  const make = async ({ root, schema }: CommitSnapshot, wanted: WantedSchema): Promise<PlannedFiles> => {
    const { schemaTools: tools } = await codecs.plugins.extras.load()
    const tree = createGitFileTree(trees, root)
    if (wanted === 'inferred') return tools.infer(tree, codecs)
    if (schema.inferred) throw noDefinitions()
    return tools.plan(tree, schema, wanted, codecs)
  }
  return {
    plan: async (snapshot, changes) => (await make(snapshot, changes)).plan,
    infer: async (snapshot) => {
      const { plan, edits } = await make(snapshot, 'inferred')
      const decoder = new TextDecoder()
      const texts = edits.flatMap((edit) =>
        'bytes' in edit ? [{ path: edit.path, text: decoder.decode(edit.bytes) }] : [],
      )
      return { plan, texts }
    },
    apply: async (branch, wanted, message, author) => {
      let plan: SchemaPlan | undefined
      const commit = await commitFiles(
        repository,
        branch,
        async ({ snapshot, changes }) => {
          const planned = await make(snapshot, wanted)
          plan = planned.plan
          assertApplicable(plan)
          const waiting = plan.collections.filter((id) => changes.of(id).size > 0)
          if (waiting.length > 0) throw hasWorkingChanges(waiting)
          return planned.edits
        },
        message,
        author,
        storeCommit,
      )
      return { plan: plan as SchemaPlan, commit } // a commit was planned
    },
  }
}

function assertApplicable({ issues }: SchemaPlan): void {
  const errors = issues.filter(({ severity }) => severity === 'error')
  const [first] = errors
  if (first === undefined) return
  const others = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  const where = first.file === '' ? '' : `${first.file}: `
  throw new EspalierError('schema/refused', `The schema was not changed. ${where}${first.message}${others}`, {
    data: { issues },
  })
}

function hasWorkingChanges(collections: readonly string[]): EspalierError {
  return new EspalierError(
    'schema/working-changes',
    `${collections.join(', ')} has working changes. Commit or discard them, then change the schema.`,
    { data: { collections } },
  )
}

function noDefinitions(): EspalierError {
  return new EspalierError(
    'schema/refused',
    'This database has no definitions. Commit the inferred ones first (db.schema.applyInferred), then change them.',
    { data: { issues: [] } },
  )
}
