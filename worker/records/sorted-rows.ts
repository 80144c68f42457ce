import type { Row } from '../../src/protocol/records.ts'
import { compareKeys } from './record-map.ts'
import type { RowChange } from './row-change.ts'

/** A total order of rows. */
export type CompareRows = (a: Row, b: Row) => number

/** The order of `Table.rows`. */
export function compareRowKeys(a: Row, b: Row): number {
  return compareKeys(a.$id, b.$id)
}

/** Up to so many changes are spliced in one by one; more are written into a new array in one pass. */
const maxSplices = 24

/**
 * A sorted array of rows after changes: a new array, or possibly the same one where `inPlace`. Rows that compare as
 * equal are the same record.
 */
export function applyToSorted(
  rows: Row[],
  changes: readonly RowChange[],
  compare: CompareRows,
  inPlace: boolean,
): Row[] {
  if (changes.length > maxSplices) return rewrite(rows, changes, compare)
  const target = inPlace ? rows : rows.slice()
  for (const { before, after } of changes) {
    if (before !== undefined) {
      const at = placeOf(target, before, compare)
      // The common edit: the row stays where it is.
      if (after !== undefined && compare(before, after) === 0) {
        target[at] = after
        continue
      }
      target.splice(at, 1)
    }
    if (after !== undefined) target.splice(placeOf(target, after, compare), 0, after)
  }
  return target
}

/** The first place whose row is not below what is looked for: `compare` tells how a row stands to that. */
export function lowerBound(rows: readonly Row[], compare: (row: Row) => number): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(rows[middle] as Row) < 0) low = middle + 1 // middle < length
    else high = middle
  }
  return low
}

/** Finds all places first, so that rows are compared for the changes only and the rest is copied. */
function rewrite(rows: readonly Row[], changes: readonly RowChange[], compare: CompareRows): Row[] {
  const removed: number[] = []
  const added: { readonly at: number; readonly row: Row }[] = []
  for (const { before, after } of changes) {
    if (before !== undefined) removed.push(placeOf(rows, before, compare))
    if (after !== undefined) added.push({ at: placeOf(rows, after, compare), row: after })
  }
  removed.sort((a, b) => a - b)
  added.sort((a, b) => a.at - b.at || compare(a.row, b.row))
  const result = new Array<Row>(rows.length - removed.length + added.length)
  let from = 0
  let to = 0
  let nextRemoved = 0
  const copyTo = (end: number): void => {
    while (from < end) {
      const skip = removed[nextRemoved] ?? end
      for (const stop = Math.min(skip, end); from < stop;) result[to++] = rows[from++] as Row // stop <= length
      if (skip >= end) return
      from++
      nextRemoved++
    }
  }
  for (const { at, row } of added) {
    copyTo(at)
    result[to++] = row
  }
  copyTo(rows.length)
  return result
}

function placeOf(rows: readonly Row[], wanted: Row, compare: CompareRows): number {
  return lowerBound(rows, (row) => compare(row, wanted))
}
