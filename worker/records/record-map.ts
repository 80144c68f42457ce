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

  return {
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
}

/** Code unit order: the same on every machine, whatever its locale. */
export function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
