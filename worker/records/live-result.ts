import type { WireError } from '../../src/protocol/errors.ts'
import type { LiveId, LiveUpdate } from '../../src/protocol/live.ts'
import type { ResultRow } from '../../src/protocol/query.ts'
import { equalValues } from '../format/record-diff.ts'

/** What a live query has sent so far. */
export interface LiveResult {
  /** The update from the last result to this one; undefined when they are equal, but for the first. */
  next(rows: readonly ResultRow[]): LiveUpdate | undefined
  /** The update that ends it. */
  fail(error: WireError): LiveUpdate
}

export function createLiveResult(live: LiveId): LiveResult {
  let version = 0
  let last: readonly ResultRow[] = []
  return {
    next: (rows) => {
      if (version === 0) {
        last = rows
        return { live, version: ++version, rows }
      }
      const now = reuseRows(last, rows)
      if (now === last) return undefined
      const update = { live, version: ++version, ...piecesOf(last, now) }
      last = now
      return update
    },
    fail: (error) => ({ live, version: ++version, rows: [], error }),
  }
}

/** The new rows with those of the old ones in their places that say the same; the old list itself when all do. */
export function reuseRows(before: readonly ResultRow[], after: readonly ResultRow[]): readonly ResultRow[] {
  const { start, end } = commonEnds(before, after, equalValues)
  if (start === before.length && start === after.length) return before

  const known = new Map<string, ResultRow>()
  for (const row of before.slice(start, before.length - end)) known.set(identityOf(row), row)
  const middle = after.slice(start, after.length - end).map((row) => {
    const old = known.get(identityOf(row))
    return old !== undefined && equalValues(old, row) ? old : row
  })
  return [...before.slice(0, start), ...middle, ...before.slice(before.length - end)]
}

/** A record's row by its key; others are known by all that they say. */
function identityOf(row: ResultRow): string {
  const { $id } = row
  return typeof $id === 'string' ? $id : JSON.stringify(row)
}

/** A result as pieces of the last one (the same objects) and rows that are new; see `LiveUpdate`. */
export function piecesOf(
  before: readonly ResultRow[],
  after: readonly ResultRow[],
): Required<Pick<LiveUpdate, 'pieces' | 'rows'>> {
  const { start, end } = commonEnds(before, after)
  const places = new Map<ResultRow, number>()
  for (let at = start; at < before.length - end; at++) places.set(before[at] as ResultRow, at)
  const rows: ResultRow[] = []
  const pieces: number[] = []
  const take = (from: number, count: number): void => {
    const last = pieces.length - 2
    const lastFrom = pieces[last] ?? -2
    const lastCount = pieces[last + 1] ?? 0
    const goesOn = from < 0 ? lastFrom === from : lastFrom >= 0 && lastFrom + lastCount === from
    if (goesOn) pieces[last + 1] = lastCount + count
    else pieces.push(from, count)
  }
  if (start > 0) take(0, start)
  for (const row of after.slice(start, after.length - end)) {
    const place = places.get(row)
    if (place === undefined) rows.push(row)
    take(place ?? -1, 1)
  }
  if (end > 0) take(before.length - end, end)
  return { pieces, rows }
}

/** How many rows two lists begin and end with alike; no row counts twice. */
export function commonEnds<T>(
  before: readonly T[],
  after: readonly T[],
  same: (a: T | undefined, b: T | undefined) => boolean = () => false,
): { readonly start: number; readonly end: number } {
  const most = Math.min(before.length, after.length)
  const isSame = (a: T | undefined, b: T | undefined): boolean => a === b || same(a, b)
  let start = 0
  while (start < most && isSame(before[start], after[start])) start++
  let end = 0
  while (end < most - start && isSame(before[before.length - 1 - end], after[after.length - 1 - end])) end++
  return { start, end }
}
