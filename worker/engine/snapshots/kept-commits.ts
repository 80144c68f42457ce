import type { CollectionDefinition, DatabaseSchema } from '../../../src/protocol/schema.ts'
import { isOid, type Oid } from '../../git/objects/oid.ts'
import type { CommitSnapshot } from './commit-snapshot.ts'
import type { Derived } from '../repository/derived.ts'

/** Counts changes of how definitions are read, and of the text made here. */
const keptVersion = 1

/** What opening a commit reads of it: with this, a reopened database answers before any pack was touched. */
export interface KeptCommit {
  readonly root: Oid
  readonly schema: DatabaseSchema
  /** What `CollectionSnapshot.id` says, by collection. */
  readonly contents: { readonly [collection: string]: string }
}

/** A kept commit as JSON. */
interface KeptText extends Omit<KeptCommit, 'schema'> {
  readonly schema: Omit<DatabaseSchema, 'collections'> & {
    readonly collections: readonly CollectionDefinition[]
  }
}

/** What an earlier opening read of a commit; undefined when there is nothing, or it is damaged. */
export async function readKeptCommit(
  derived: Derived | undefined,
  commit: Oid,
): Promise<KeptCommit | undefined> {
  const [text] = (await derived?.read([keyOf(commit)])) ?? []
  if (text === undefined) return undefined
  try {
    const { root, schema, contents } = JSON.parse(text) as KeptText // as keepCommit wrote it
    const collections = new Map(schema.collections.map((definition) => [definition.id, definition]))
    return isOid(root) ? { root, contents, schema: { ...schema, collections } } : undefined
  } catch {
    return undefined
  }
}

/** Keeps what was read of a commit. Definitions with formulas are checked by what runs them, each time anew. */
export function keepCommit(derived: Derived, snapshot: CommitSnapshot): void {
  const { commit, root, schema } = snapshot
  const definitions = [...schema.collections.values()]
  if (schema.inferred || definitions.some(({ columns }) => columns.some(hasFormula))) return
  derived.keep('commit', async function* () {
    if (derived.isKept(keyOf(commit))) return
    const contents: Record<string, string> = {}
    for (const { id, readable } of definitions)
      if (readable.ok) contents[id] = (await snapshot.collection(id)).id
    const text: KeptText = { root, contents, schema: { ...schema, collections: definitions } }
    yield { key: keyOf(commit), text: JSON.stringify(text) }
  })
}

function hasFormula({ formula, requiredWhen }: CollectionDefinition['columns'][number]): boolean {
  return formula !== undefined || requiredWhen !== undefined
}

function keyOf(commit: Oid): string {
  return `commit ${keptVersion} ${commit}`
}
