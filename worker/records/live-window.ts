import type { Row } from '../../src/protocol/records.ts'
import type { RowChange } from './row-change.ts'

/** The rows of a filtered, sorted and limited query over one table, kept up to date by what changes in the table. */
export interface LiveWindow {
  /** The rows that the query shows, in order. The list is another one after a change. */
  readonly rows: readonly Row[]
  /** Takes changes of the table in. False when none of them matters; undefined when only reading again can tell. */
  apply(changes: readonly RowChange[]): boolean | undefined
}

export interface LiveWindowParts {
  readonly matches: (row: Row) => boolean
  /** A total order: 0 for a row and itself only. */
  readonly compare: (a: Row, b: Row) => number
  readonly offset: number
  /** Undefined: all rows. */
  readonly limit: number | undefined
  /** The first rows that match, in order, as the table is now; undefined when it does not hold them all (not at first). */
  readonly fill: (count: number | undefined) => readonly Row[] | undefined
}

/** So many of the first rows a window needs to know, to follow most changes; undefined: all. */
export function reachOf({
  offset = 0,
  limit,
}: {
  readonly offset?: number | undefined
  readonly limit?: number | undefined
}): number | undefined {
  return limit === undefined ? undefined : offset + limit + Math.max(limit, minReserve)
}

/** So many rows behind the window are kept, at least: they move up when rows go. */
const minReserve = 16
/** Beyond so many changes at once the window is filled again: each costs a move of the rows behind it. */
const maxSpliced = 256

export function createLiveWindow({ matches, compare, offset, limit, fill }: LiveWindowParts): LiveWindow {
  const end = limit === undefined ? Infinity : offset + limit
  const reach = reachOf({ offset, limit })
  /** The first matching rows; all of them when `complete`. */
  let kept: Row[] = []
  let complete = false
  let rows: readonly Row[] = []

  const refill = (): boolean => {
    const rows = fill(reach)
    if (!rows) return false
    kept = [...rows]
    complete = reach === undefined || kept.length < reach
    return true
  }
  const show = (): boolean => {
    const next = kept.slice(offset, end)
    if (next.length === rows.length && next.every((row, at) => row === rows[at])) return false
    rows = next
    return true
  }
  const remove = (row: Row): void => {
    const at = placeOf(kept, row, compare)
    // Otherwise it lay behind what is kept.
    if (kept[at] === row) kept.splice(at, 1)
  }
  const insert = (row: Row): void => {
    const at = placeOf(kept, row, compare)
    if (at < kept.length || complete) kept.splice(at, 0, row)
  }

  refill()
  show()
  return {
    get rows() {
      return rows
    },
    apply: (changes) => {
      const relevant = changes.flatMap(({ before, after }) => {
        const gone = before && matches(before) ? before : undefined
        const come = after && matches(after) ? after : undefined
        return gone || come ? [{ gone, come }] : []
      })
      if (relevant.length === 0) return false
      if (relevant.length > maxSpliced) {
        if (!refill()) return undefined
      } else {
        for (const { gone } of relevant) if (gone) remove(gone)
        for (const { come } of relevant) if (come) insert(come)
        if (!complete && kept.length < end) {
          if (!refill()) return undefined
        } else if (reach !== undefined && kept.length > 2 * reach) {
          kept.length = reach
          complete = false
        }
      }
      return show()
    },
  }
}

/** Where a row is in order, or would be. */
function placeOf(rows: readonly Row[], row: Row, compare: (a: Row, b: Row) => number): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compare(rows[middle] as Row, row) < 0) low = middle + 1 // low <= middle < high
    else high = middle
  }
  return low
}
