import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RecordValue } from '../../src/protocol/records.ts'
import { mergeRows } from './merge-rows.ts'

const row = (v: number): RecordValue => ({ v })
const rows = (...values: number[]): readonly RecordValue[] => values.map(row)

test('rows without a key keep the additions and removals of both sides', () => {
  expect(mergeRows({ base: rows(1, 2, 3), ours: rows(1, 3, 4), theirs: rows(5, 1, 2) })).toEqual({
    rows: rows(1, 4, 5),
    conflicts: [],
  })
})

test('the same row added by both is added once, and removed by both once', () => {
  expect(mergeRows({ base: rows(1, 1, 1), ours: rows(1, 1, 2), theirs: rows(1, 1, 2) }).rows).toEqual(
    rows(1, 1, 2),
  )
  expect(mergeRows({ base: rows(1), ours: rows(1, 2), theirs: rows(1, 2, 2) }).rows).toEqual(rows(1, 2, 2))
  expect(mergeRows({ base: rows(1, 1, 1), ours: rows(1, 1), theirs: rows(1) }).rows).toEqual(rows(1))
})

test('only more and fewer of an equal row conflict, and the greater number stays', () => {
  expect(mergeRows({ base: rows(1, 1), ours: rows(1), theirs: rows(1, 1, 1) })).toEqual({
    rows: rows(1, 1, 1),
    conflicts: [{ row: row(1), base: 2, ours: 1, theirs: 3 }],
  })
})

test('the laws of merges hold for rows', () => {
  const some = fc.array(fc.integer({ min: 0, max: 3 }).map(row), { maxLength: 6 })
  const sorted = (given: readonly RecordValue[]): readonly string[] =>
    given.map((each) => JSON.stringify(each)).sort()
  fc.assert(
    fc.property(some, some, some, (base, x, y) => {
      expect(sorted(mergeRows({ base, ours: base, theirs: x }).rows)).toEqual(sorted(x))
      expect(mergeRows({ base, ours: x, theirs: base }).rows).toEqual(x)
      expect(mergeRows({ base, ours: x, theirs: x })).toEqual({ rows: x, conflicts: [] })
      const one = mergeRows({ base, ours: x, theirs: y })
      const other = mergeRows({ base, ours: y, theirs: x })
      expect(sorted(other.rows)).toEqual(sorted(one.rows))
      expect(other.conflicts.length).toBe(one.conflicts.length)
      if (one.conflicts.length > 0) return
      expect(mergeRows({ base, ours: one.rows, theirs: y })).toEqual({ rows: one.rows, conflicts: [] })
    }),
    { numRuns: 1000, seed: 504 },
  )
})
