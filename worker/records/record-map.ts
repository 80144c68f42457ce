import type { RecordValue } from '../../src/protocol/records.ts'

/** Records by key, never changed: a new version shares almost everything with the old one. */
export interface RecordMap {
  readonly size: number
  get(key: string): RecordValue | undefined
  has(key: string): boolean
  /** In key order. */
  entries(): Iterable<readonly [string, RecordValue]>
  /** A version with some records replaced, added or (null) removed. Its cost follows the number of changes. */
  with(changes: ReadonlyMap<string, RecordValue | null>): RecordMap
}

/** Beyond this many changes over the base a version gets a base of its own: reads stay as fast as one Map. */
const maxChanges = 1024

export function createRecordMap(records: ReadonlyMap<string, RecordValue>): RecordMap {
  return layered(records, new Map())
}

/** What versions were made of, for {@link keysApart}. */
interface Layers {
  readonly base: ReadonlyMap<string, RecordValue>
  readonly changes: ReadonlyMap<string, RecordValue | null>
}

const layersOf = new WeakMap<RecordMap, Layers>()

/**
 * The keys whose records are not the same in two versions; undefined when these have too little in common to tell
 * without comparing all of them. Its cost follows the number of changes.
 */
export function keysApart(a: RecordMap, b: RecordMap): ReadonlySet<string> | undefined {
  const [ours, theirs] = [layersOf.get(a), layersOf.get(b)]
  if (ours === undefined || ours.base !== theirs?.base) return undefined
  const keys = new Set<string>()
  for (const { changes } of [ours, theirs])
    for (const key of changes.keys()) if (a.get(key) !== b.get(key)) keys.add(key)
  return keys
}

function layered(
  base: ReadonlyMap<string, RecordValue>,
  changes: ReadonlyMap<string, RecordValue | null>,
): RecordMap {
  let size = base.size
  let needsOrder = false
  for (const [key, value] of changes) {
    const known = base.has(key)
    size += (value === null ? 0 : 1) - (known ? 1 : 0)
    needsOrder ||= value !== null && !known
  }

  const get = (key: string): RecordValue | undefined => {
    const changed = changes.get(key)
    return changed === undefined ? base.get(key) : (changed ?? undefined)
  }

  function* entries(): Iterable<readonly [string, RecordValue]> {
    if (!needsOrder) {
      for (const [key, value] of base) {
        const changed = changes.get(key)
        if (changed !== null) yield [key, changed ?? value]
      }
      return
    }
    const keys = [...base.keys(), ...changes.keys()].sort(compareKeys)
    let last: string | undefined
    for (const key of keys) {
      const value = key === last ? undefined : get(key)
      last = key
      if (value !== undefined) yield [key, value]
    }
  }

  const map: RecordMap = {
    size,
    get,
    has: (key) => get(key) !== undefined,
    entries,
    with: (more) => {
      const merged = new Map(changes)
      for (const [key, value] of more) merged.set(key, value)
      if (merged.size <= maxChanges) return layered(base, merged)
      return layered(new Map(layered(base, merged).entries()), new Map())
    },
  }
  layersOf.set(map, { base, changes })
  return map
}

/** Code unit order: the same on every machine, whatever its locale. */
export function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
