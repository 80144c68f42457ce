import { isEspalierError } from '../../../../src/protocol/errors.ts'
import type { Issue } from '../../../../src/protocol/issues.ts'
import type { CollectionDefinition } from '../../../../src/protocol/schema.ts'
import { asParent, parentKey } from '../../../format/record-layout.ts'
import { orphanRule } from '../../../format/validation/references.ts'
import type { CommitSnapshot } from '../../snapshots/commit-snapshot.ts'
import type { PlannedEdit } from '../../writes/plan-edits.ts'

/** Records of subcollections that edits leave without a parent: new ones, and those below deleted records. */
export async function findOrphans(
  snapshot: CommitSnapshot,
  edits: readonly PlannedEdit[],
): Promise<readonly Issue[]> {
  const { collections } = snapshot.schema
  const keys = new Map<string, Set<string>>()
  const add = (id: string, key: string): void => {
    keys.set(id, (keys.get(id) ?? new Set()).add(key))
  }
  const children = (id: string): readonly CollectionDefinition[] =>
    [...collections.values()].filter(({ parent, readable }) => parent === id && readable.ok)
  for (const { edit } of edits) {
    const { collection: id, key, before, after } = edit
    const definition = collections.get(id)
    if (!definition?.readable.ok) continue
    if (after !== null) {
      if (before === null && definition.parent !== undefined) add(id, key)
      continue
    }
    for (const child of children(id)) {
      const collection = await snapshot.collection(child.id)
      const found = await unlessUnreadable(() => collection.load(asParent(definition, key)))
      for (const [below] of found?.records.entries() ?? []) add(child.id, below)
    }
  }
  const issues: Issue[] = []
  for (const [id, all] of keys) {
    const collection = await snapshot.collection(id)
    const { definition } = collection
    const owners = [...new Set(Array.from(all, (key) => parentKey(definition, key) ?? ''))]
    const isThere = await presentIn(snapshot, definition.parent ?? '', owners)
    const check = await orphanRule({ schema: snapshot.schema, keys: async () => isThere }, definition)
    for (const key of all) {
      const file = collection.editFile ? await collection.pathOf(key) : ''
      issues.push(...check(key).map((found) => ({ ...found, collection: id, key, file })))
    }
  }
  return issues
}

async function presentIn(
  snapshot: CommitSnapshot,
  id: string,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  // What cannot be read has no rule: see orphanRule.
  if (!snapshot.schema.collections.get(id)?.readable.ok) return new Set()
  const collection = await snapshot.collection(id)
  const present = new Set<string>()
  // A record that cannot be read is there.
  for (const key of keys)
    if (await unlessUnreadable(async () => (await collection.get(key)) !== undefined, true)) present.add(key)
  return present
}

async function unlessUnreadable<Read>(
  read: () => Promise<Read>,
  otherwise?: Read,
): Promise<Read | undefined> {
  try {
    return await read()
  } catch (error) {
    if (isEspalierError(error) && /^(record|format)\//.test(error.code)) return otherwise
    throw error
  }
}
