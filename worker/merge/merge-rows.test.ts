import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RecordValue } from '../../src/protocol/records.ts'
import { mergeCsvRows } from './merge-csv-rows.ts'
import { type MergedRows, mergeRows as mergeNamed, type RowSides } from './merge-rows.ts'
import { canonicalText } from '../records/compare-values.ts'

const mergeRows = (sides: RowSides<RecordValue>): MergedRows<RecordValue> => mergeNamed(sides, canonicalText)

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

describe('a CSV file whose rows have no key', () => {
  test('keeps the rows that both sides added and removed', () => {
    expect(mergeCsvRows('a,b\n1,x\n2,y\n', 'a,b\n1,x\n2,y\n3,z\n', 'a,b\n2,y\n4,"w"\n')).toBe(
      'a,b\n2,y\n3,z\n4,"w"\n',
    )
  })

  test('keeps our line ends, byte order mark and last line', () => {
    expect(mergeCsvRows('a\n1\n', '\ufeffa\r\n1\r\n2', 'a\n1\n3\n')).toBe('\ufeffa\r\n1\r\n2\r\n3')
    expect(mergeCsvRows('a\n1\n', 'a\n', 'a\n1\n')).toBe('a\n')
  })

  test('is left to somebody where equal rows are more here and fewer there', () => {
    expect(mergeCsvRows('a\n1\n1\n', 'a\n1\n', 'a\n1\n1\n1\n')).toBe(undefined)
  })

  test('has the columns of both sides', () => {
    expect(mergeCsvRows('a\n', 'a,b\n1,2\n', 'a\n3\n')).toBe('a,b\n1,2\n3,\n')
    expect(mergeCsvRows('a,b\n1,2\n', 'a,b\n1,2\n3,4\n', 'b,c,a\n2,,1\n6,7,5\n')).toBe(
      'b,c,a\n2,,1\n4,,3\n6,7,5\n',
    )
    expect(mergeCsvRows('a,b\n1,2\n', 'a,b\n1,2\n3,\n', 'a\n1\n4\n')).toBe('a\n1\n3\n4\n')
  })

  test('is left to somebody where lines are no rows, or a removed column has something new in it', () => {
    expect(mergeCsvRows('a\n', 'a\n"1\n2"\n', 'a\n3\n')).toBe(undefined)
    expect(mergeCsvRows('a,b\n1,2\n', 'a,b\n1,2\n3,4\n', 'a\n1\n')).toBe(undefined)
    expect(mergeCsvRows('a,b\n1,2\n', 'a,b\n1,2\n1,2\n', 'a\n1\n')).toBe(undefined)
    expect(mergeCsvRows('a,b\n1,2\n', 'a,b\n1,"2\n3"\n', 'a\n1\n')).toBe(undefined)
    expect(mergeCsvRows('a,b\n1\n', 'a,b\n1,2\n', 'a\n1\n')).toBe(undefined)
    expect(mergeCsvRows('"a', 'a\n', 'a\n')).toBe(undefined)
    expect(mergeCsvRows('a\n', 'a\n1\r\n', 'a\n3\n')).toBe(undefined)
    expect(mergeCsvRows('', 'a\n1\n', 'a\n3\n')).toBe(undefined)
  })

  test('has rows with keys where a column is one: then its rows are records', () => {
    for (const header of ['id,v', 'v,$ID', 'v,"$id"', '"id"'])
      expect(mergeCsvRows(`${header}\n`, `${header}\n1,1\n`, `${header}\n2,2\n`)).toBe(undefined)
    expect(mergeCsvRows('idea\n', 'idea\n1\n', 'idea\n2\n')).toBe('idea\n1\n2\n')
  })
})
