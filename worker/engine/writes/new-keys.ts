import { EspalierError } from '../../../src/protocol/errors.ts'
import { parentKey } from '../../format/record-layout.ts'
import { twinKey } from '../../git/objects/path-safety.ts'
import type { EditView } from './plan-edits.ts'

/** A record of a subcollection needs its parent. Throws `record/missing`. */
export async function refuseOrphans(
  { collection: { definition }, hasRecord }: EditView,
  keys: readonly string[],
): Promise<void> {
  const { id, parent } = definition
  if (parent === undefined) return
  const known = new Set<string>()
  for (const key of keys) {
    const parentId = parentKey(definition, key) as string // of a subcollection
    if (known.has(parentId)) continue
    if (!(await hasRecord(parent, parentId))) {
      throw new EspalierError(
        'record/missing',
        `${parent} has no record "${parentId}", so ${id} cannot hold "${key}". Insert the parent first.`,
        { data: { collection: parent, key: parentId, child: { collection: id, key } } },
      )
    }
    known.add(parentId)
  }
}

/**
 * Whether these are surely keys of no record, each there once, and alike to none for any file system: then nothing else
 * need be asked of them one by one.
 */
export async function areSurelyNew(
  { collection, newTwin, working }: EditView,
  keys: readonly string[],
): Promise<boolean> {
  const committed = await collection.keysByTwin?.()
  if (!committed) return false
  const twins = new Set<string>()
  const isNew = (key: string): boolean => {
    const twin = twinKey(key)
    twins.add(twin)
    return !committed.has(twin) && newTwin(twin) === undefined && !working(key)
  }
  return keys.every(isNew) && twins.size === keys.length
}

/** Two keys that one file system takes for the same would lose one of their files in a checkout. Throws `record/bad-key`. */
export async function refuseTwins(
  { collection, newTwin, working }: EditView,
  keys: readonly string[],
): Promise<void> {
  const committed = await collection.keysByTwin?.()
  if (!committed) return
  const added = new Map<string, string>()
  for (const key of keys) {
    const twin = twinKey(key)
    const other = added.get(twin) ?? newTwin(twin) ?? committed.get(twin)
    const isGone = other !== undefined && working(other)?.value === null
    if (other !== undefined && other !== key && !isGone) {
      throw new EspalierError(
        'record/bad-key',
        `The key "${key}" differs from "${other}" only in case or composition, which many file systems cannot tell apart. Choose another key.`,
        { data: { collection: collection.definition.id, key, other } },
      )
    }
    added.set(twin, key)
  }
}
