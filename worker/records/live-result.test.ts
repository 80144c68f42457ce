import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ResultRow } from '../../src/protocol/query.ts'
import { createLiveResult, piecesOf, reuseRows } from './live-result.ts'

const seed = 21
const rowsOf = fc.array(
  fc.oneof(
    fc.record({ $id: fc.constantFrom('a', 'b', 'c', 'd'), $rev: fc.constantFrom('1', '2') }),
    fc.record({ count: fc.nat(2), names: fc.array(fc.nat(1), { maxLength: 2 }) }),
  ),
  { maxLength: 8 },
)

/** What the page does with an update. */
function putTogether(
  last: readonly ResultRow[],
  pieces: readonly number[],
  rows: readonly ResultRow[],
): ResultRow[] {
  const result: ResultRow[] = []
  let next = 0
  for (let at = 0; at < pieces.length; at += 2) {
    const [from = 0, count = 0] = pieces.slice(at, at + 2)
    result.push(...(from < 0 ? rows.slice(next, next + count) : last.slice(from, from + count)))
    if (from < 0) next += count
  }
  return result
}

describe('live results', () => {
  test(`rows that say the same are the same objects, and the result reads as the new one (seed ${seed})`, () => {
    fc.assert(
      fc.property(rowsOf, rowsOf, (before, after) => {
        const reused = reuseRows(before, after)
        expect(reused).toEqual(after)
        for (const row of reused) {
          const known = before.some((old) => old === row)
          if (!known) expect(after).toContain(row)
        }
        if (reused !== before) expect(before).not.toEqual(after)
      }),
      { seed, numRuns: 1000 },
    )
  })

  test('an unchanged record keeps its row wherever it moves', () => {
    const [a, b, c] = [
      { $id: 'a', $rev: '1' },
      { $id: 'b', $rev: '1' },
      { $id: 'c', $rev: '1' },
    ]
    const reused = reuseRows([a, b, c], [structuredClone(c), { $id: 'b', $rev: '2' }, structuredClone(a)])
    expect(reused[0]).toBe(c)
    expect(reused[2]).toBe(a)
    expect(reused[1]).toEqual({ $id: 'b', $rev: '2' })
  })

  test(`the pieces of an update make the new result of the old one (seed ${seed})`, () => {
    fc.assert(
      fc.property(rowsOf, rowsOf, (before, next) => {
        const after = reuseRows(before, next)
        const { pieces, rows } = piecesOf(before, after)
        const made = putTogether(before, pieces, rows)
        expect(made).toHaveLength(after.length)
        for (const [at, row] of made.entries()) expect(row).toBe(after[at])
        for (const row of rows) expect(before).not.toContain(row)
      }),
      { seed, numRuns: 1000 },
    )
  })

  test('one changed row of many is one row and a few numbers', () => {
    const before = Array.from({ length: 1000 }, (_, n) => ({ $id: `k${n}`, $rev: '1' }))
    const after = before.with(500, { $id: 'k500', $rev: '2' })
    expect(piecesOf(before, after)).toEqual({
      pieces: [0, 500, -1, 1, 501, 499],
      rows: [{ $id: 'k500', $rev: '2' }],
    })
  })

  test('versions count emissions, the first one carries all rows, and equal results emit nothing', () => {
    const result = createLiveResult(7)
    const rows = [{ $id: 'a', $rev: '1' }]
    expect(result.next(rows)).toEqual({ live: 7, version: 1, rows })
    expect(result.next(structuredClone(rows))).toBeUndefined()
    expect(result.next([])).toEqual({ live: 7, version: 2, pieces: [], rows: [] })
    expect(createLiveResult(8).next([])).toEqual({ live: 8, version: 1, rows: [] })
  })
})
