import type { FieldPath } from '../../src/protocol/query.ts'
import type { Row } from '../../src/protocol/records.ts'
import { identityOf, type Value } from './compare-values.ts'
import { compilePath } from './field-path.ts'
import type { RowChange } from './row-change.ts'
import { applyToSorted, compareRowKeys } from './sorted-rows.ts'

/** Rows by the value at a path. */
export interface HashIndex {
  /** Rows whose value equals (as `eq` does: null finds missing too, a list the whole list); in key order. */
  find(value: Value): readonly Row[]
  /** Number of rows by value, for planning. */
  count(value: Value): number
  /** Number of rows of each value; of equal values the one that the first row has. */
  counts(): readonly ValueCount[]
}

export interface ValueCount {
  readonly value: Value
  readonly rows: number
}

/** An index that follows its table. */
export interface FollowingHashIndex extends HashIndex {
  /** Takes over changes; nothing is done while the index waits to be built again. */
  apply(changes: readonly RowChange[]): void
}

/** Most values of many columns have one row: they are kept without a list around them. */
type Bucket = Row | Row[]

/** A bulk that changes more than this part of the rows is cheaper to index anew, when the index is next asked for. */
const rebuildFrom = 1 / 4

export function createHashIndex(path: FieldPath, rowsOf: () => readonly Row[]): FollowingHashIndex {
  const read = compilePath(path)
  let buckets: Map<unknown, Bucket> | undefined
  let size = 0

  const built = (): Map<unknown, Bucket> => {
    if (buckets !== undefined) return buckets
    const growing = new Map<unknown, Bucket>()
    const rows = rowsOf()
    for (const row of rows) {
      const id = identityOf(read(row))
      const bucket = growing.get(id)
      if (bucket === undefined) growing.set(id, row)
      else if (isList(bucket)) bucket.push(row)
      else growing.set(id, [bucket, row])
    }
    size = rows.length
    buckets = growing
    return growing
  }

  const find = (value: Value): Row[] => rowsIn(built().get(identityOf(value)))

  return {
    find,
    count: (value) => find(value).length,
    counts: () =>
      Array.from(built().values(), (bucket) => {
        const rows = rowsIn(bucket)
        return { value: read(rows[0] as Row), rows: rows.length } // never empty
      }),
    apply: (changes) => {
      if (buckets === undefined) return
      if (changes.length > 64 && changes.length > size * rebuildFrom) {
        buckets = undefined
        return
      }
      for (const [id, changed] of changesByValue(changes, read)) {
        const rows = rowsIn(buckets.get(id))
        // A new list: whoever holds the old one keeps what it saw.
        const after = applyToSorted(rows, [...changed.values()], compareRowKeys, false)
        size += after.length - rows.length
        const [only] = after
        if (only === undefined) buckets.delete(id)
        else buckets.set(id, after.length === 1 ? only : after)
      }
    },
  }
}

/** What changes among the rows of each value: a row that leaves one value may enter another. */
function changesByValue(
  changes: readonly RowChange[],
  read: (row: Row) => Value,
): Map<unknown, Map<string, RowChange>> {
  const byValue = new Map<unknown, Map<string, RowChange>>()
  const at = (row: Row): Map<string, RowChange> => {
    const id = identityOf(read(row))
    const known = byValue.get(id)
    if (known !== undefined) return known
    const fresh = new Map<string, RowChange>()
    byValue.set(id, fresh)
    return fresh
  }
  for (const { key, before, after } of changes) {
    if (before !== undefined) at(before).set(key, { key, before, after: undefined })
    if (after === undefined) continue
    const there = at(after)
    there.set(key, { key, before: there.get(key)?.before, after })
  }
  return byValue
}

function rowsIn(bucket: Bucket | undefined): Row[] {
  return bucket === undefined ? [] : isList(bucket) ? bucket : [bucket]
}

function isList(bucket: Bucket): bucket is Row[] {
  return Array.isArray(bucket)
}
