import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RecordValue, Row } from '../../src/protocol/records.ts'
import { compareValues, equalValues, type Value } from './compare-values.ts'
import { compilePath } from './field-path.ts'
import { compareKeys } from './record-map.ts'
import { anyJson, anyNumber, anyRows, keyAt } from './records.support.ts'
import { toRow } from './row.ts'
import { createTable, type Table } from './table.ts'

const row = (key: string, value: RecordValue): Row => toRow(key, value)
const keys = (rows: readonly Row[]): readonly string[] => rows.map(({ $id }) => $id)

describe('a table', () => {
  test('has its rows in key order, whatever order they came in', () => {
    const table = createTable([row('b', {}), row('C', {}), row('a', {}), row('ä', {})])
    expect(keys(table.rows())).toEqual(['C', 'a', 'b', 'ä'])
    expect(table.size).toBe(4)
  })

  test('answers what really changed, and keeps the identity of rows that are the same', () => {
    const table = createTable([row('a', { n: 1 }), row('b', { n: 1 })])
    const a = table.get('a')
    expect(
      table.apply([
        { key: 'a', row: row('a', { n: 1 }) },
        { key: 'c', row: undefined },
      ]),
    ).toEqual([])
    expect(table.version).toBe(0)
    expect(table.get('a')).toBe(a)
    const changed = table.apply([
      { key: 'c', row: row('c', { n: 3 }) },
      { key: 'b', row: undefined },
      { key: 'a', row: row('a', { n: 2 }) },
      { key: 'a', row: row('a', { n: 1 }) },
    ])
    expect(changed.map(({ key, before, after }) => [key, before?.['n'], after?.['n']])).toEqual([
      ['b', 1, undefined],
      ['c', undefined, 3],
    ])
    expect(table.get('a')).toBe(a)
    expect(table.version).toBe(1)
  })

  test('a copy with changes is a table of its own', () => {
    const table = createTable([row('b', { n: 1 }), row('d', { n: 1 })])
    const copy = table.copyWith([
      { key: 'c', row: row('c', { n: 3 }) },
      { key: 'b', row: row('b', { n: 2 }) },
      { key: 'd', row: undefined },
      { key: 'x', row: undefined },
    ])
    copy.apply([{ key: 'a', row: row('a', { n: 4 }) }])
    expect(copy.rows().map(({ $id, n }) => [$id, n])).toEqual([
      ['a', 4],
      ['b', 2],
      ['c', 3],
    ])
    table.apply([{ key: 'e', row: row('e', { n: 5 }) }])
    expect(keys(table.rows())).toEqual(['b', 'd', 'e'])
    expect(table.get('b')).toEqual(row('b', { n: 1 }))
  })

  test('changes a row whose standing changed though its value did not', () => {
    const table = createTable([row('a', { n: 1 })])
    const modified: Row = { ...row('a', { n: 1 }), $status: 'modified' }
    expect(table.apply([{ key: 'a', row: modified }])).toHaveLength(1)
    expect(table.hashIndex(['$status']).find('modified')).toEqual([modified])
    expect(table.hashIndex(['$status']).find('clean')).toEqual([])
  })

  test('tells rows apart by their fields, whichever of them has its revision already', () => {
    const bare = (n: number): Row => ({ $id: 'a', n }) as unknown as Row // as tables make them
    const change = (before: Row, after: Row): number =>
      createTable([before]).apply([{ key: 'a', row: after }]).length
    const left = { ...bare(1), $rev: '1' }
    expect(change(left, bare(1))).toBe(0)
    expect(change(bare(1), left)).toBe(0)
    expect(change(left, bare(2))).toBe(1)
    expect(change(bare(2), left)).toBe(1)
    // Revisions that are the same prove nothing.
    expect(change(left, { ...bare(2), $rev: '1' })).toBe(1)
    // What a row does not show is in its revision.
    expect(change(left, { ...bare(1), $rev: '2' })).toBe(1)
    expect(change(left, { ...bare(1), more: 1 } as unknown as Row)).toBe(1)
    expect(change({ ...bare(1), more: 1 } as unknown as Row, left)).toBe(1)
  })

  test('leaves lists that somebody holds as they were', () => {
    const table = createTable([row('a', { n: 1 }), row('b', { n: 1 })])
    const before = table.rows()
    const found = table.hashIndex(['n']).find(1)
    table.apply([{ key: 'a', row: row('a', { n: 2 }) }])
    expect(before.map(({ n }) => n)).toEqual([1, 1])
    expect(found.map(({ n }) => n)).toEqual([1, 1])
    expect(table.rows().map(({ n }) => n)).toEqual([2, 1])
  })

  test('finds null and missing fields alike, lists by the whole list, and names of Object.prototype', () => {
    const table = createTable([
      row('a', { x: null }),
      row('b', {}),
      row('c', { x: [1, 2] }),
      row('d', JSON.parse('{"x":1,"__proto__":"p","constructor":"c"}')),
    ])
    expect(keys(table.hashIndex(['x']).find(null))).toEqual(['a', 'b'])
    expect(keys(table.hashIndex(['x']).find([1, 2]))).toEqual(['c'])
    expect(table.hashIndex(['x']).find(2)).toEqual([])
    expect(keys(table.hashIndex(['__proto__']).find('p'))).toEqual(['d'])
    expect(table.hashIndex(['constructor']).count('c')).toBe(1)
    expect(table.hashIndex(['constructor']).count(null)).toBe(3)
    expect(keys(table.hashIndex(['toString', 'length']).find(null))).toHaveLength(4)
  })

  test('keeps a bounded number of indexes', () => {
    const table = createTable([row('a', { n: 1 })])
    for (let i = 0; i < 100; i++) table.hashIndex([`f${i}`]).find(1)
    expect(table.hasIndex('hash', ['f99'])).toBe(true)
    expect(table.hasIndex('hash', ['f0'])).toBe(false)
    table.dropIndexes()
    expect(table.hasIndex('hash', ['f99'])).toBe(false)
  })
})

describe('indexes after any changes', () => {
  const paths = [['a'], ['b'], ['b', 'x'], ['constructor'], ['a', '0']]
  const fields = { a: anyJson, b: anyJson, constructor: anyJson }
  const batch = fc.tuple(
    anyRows(fields, 40),
    fc.array(fc.nat({ max: 60 }), { maxLength: 40 }),
    fc.integer({ min: 0, max: 20 }),
  )

  test('are those of a table that is made anew', () => {
    fc.assert(
      fc.property(anyRows(fields), fc.array(batch, { maxLength: 6 }), (rows, batches) => {
        const table = createTable(rows)
        readAll(table)
        for (const [given, removed, shift] of batches) {
          table.apply([
            ...given.map((one, index) => ({
              key: keyAt(index + shift),
              row: { ...one, $id: keyAt(index + shift) },
            })),
            ...removed.map((index) => ({ key: keyAt(index), row: undefined })),
          ])
          const again = createTable(table.rows())
          expect(keys(table.rows())).toEqual(keys(table.rows()).toSorted(compareKeys))
          expect(readAll(table)).toEqual(readAll(again))
        }
      }),
      { seed: 21, numRuns: 60 },
    )
  })

  test('answer as a scan does', () => {
    fc.assert(
      fc.property(
        anyRows(fields),
        anyJson,
        anyJson,
        fc.boolean(),
        fc.boolean(),
        (rows, low, high, open, shut) => {
          const table = createTable(rows)
          for (const path of paths) {
            const read = compilePath(path)
            const scan = (test: (value: Value) => boolean): readonly string[] =>
              keys(table.rows().filter((one) => test(read(one))))
            expect(keys(table.hashIndex(path).find(low))).toEqual(scan((value) => equalValues(value, low)))
            const index = table.sortedIndex(path)
            const { start, end } = index.span({
              from: { value: low, inclusive: !open },
              to: { value: high, inclusive: !shut },
            })
            const expected = table
              .rows()
              .filter(
                (one) => sign(read(one), low) > (open ? 0 : -1) && sign(read(one), high) < (shut ? 0 : 1),
              )
            expect(keys(index.rows().slice(start, end)).toSorted(compareKeys)).toEqual(keys(expected))
          }
        },
      ),
      { seed: 22, numRuns: 150 },
    )
  })

  test('stand in the order of their numbers, however near these are', () => {
    /** Steps of the last bit of a double. */
    const near = (number: number): fc.Arbitrary<number> =>
      fc.integer({ min: -40, max: 40 }).map((steps) => number * (1 + steps * Number.EPSILON))
    const number = fc.oneof(
      near(1),
      near(-1),
      near(1e300),
      near(5e-324),
      anyNumber,
      fc.double({ noNaN: true }),
    )
    fc.assert(
      fc.property(fc.array(number.filter(Number.isFinite), { maxLength: 60 }), (numbers) => {
        const rows = numbers.map((n, at) => row(keyAt(at), { n }))
        const expected = rows.toSorted((a, b) => Number(a['n']) - Number(b['n'])) // a stable sort
        expect(keys(createTable(rows).sortedIndex(['n']).rows())).toEqual(keys(expected))
      }),
      { seed: 23, numRuns: 200 },
    )
  })

  const sign = (a: Value, b: Value): number => Math.sign(compareValues(a, b))

  function readAll(table: Table): unknown {
    return paths.map((path) => {
      const read = compilePath(path)
      const found = new Map(
        table.rows().map((one) => [JSON.stringify(read(one) ?? null), table.hashIndex(path).find(read(one))]),
      )
      return [...found, table.sortedIndex(path).rows(), table.sortedIndex(path, 'sv').rows()]
    })
  }
})
