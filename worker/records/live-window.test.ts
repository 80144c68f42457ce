import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Row } from '../../src/protocol/records.ts'
import { createLiveWindow, type LiveWindow } from './live-window.ts'
import { createTable, type Table } from './table.ts'

const seed = 31
let revision = 0
const rowOf = (key: string, size: number): Row => ({ $id: key, $rev: String(++revision), size })
const sizeOf = (row: Row): number => Number(row['size'])
const matches = (row: Row): boolean => sizeOf(row) % 3 !== 0
const compare = (a: Row, b: Row): number =>
  sizeOf(b) - sizeOf(a) || (a.$id < b.$id ? -1 : a.$id > b.$id ? 1 : 0)

interface Watched {
  readonly table: Table
  readonly window: LiveWindow
  readonly fresh: () => readonly Row[]
  readonly fills: () => number
}

function watch(rows: readonly Row[], offset: number, limit: number | undefined): Watched {
  const table = createTable(rows)
  let fills = 0
  const all = (): readonly Row[] => table.rows().filter(matches).sort(compare)
  const window = createLiveWindow({
    matches,
    compare,
    offset,
    limit,
    fill: (count) => {
      fills++
      return all().slice(0, count)
    },
  })
  return {
    table,
    window,
    fresh: () => all().slice(offset, limit === undefined ? undefined : offset + limit),
    fills: () => fills,
  }
}

const keys = Array.from({ length: 60 }, (_, n) => `k${String(n).padStart(2, '0')}`)

describe('a live window', () => {
  test(`shows after every batch what a fresh query shows (seed ${seed})`, () => {
    const edit = fc.record({ key: fc.constantFrom(...keys), size: fc.option(fc.nat(40), { nil: undefined }) })
    const batches = fc.array(fc.array(edit, { minLength: 1, maxLength: 30 }), { maxLength: 20 })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...keys), fc.nat(40)), { maxLength: 60 }),
        fc.nat(5),
        fc.option(fc.nat(8), { nil: undefined }),
        batches,
        (start, offset, limit, steps) => {
          const { table, window, fresh } = watch(
            start.map(([key, size]) => rowOf(key, size)),
            offset,
            limit,
          )
          expect(window.rows).toEqual(fresh())
          for (const step of steps) {
            const before = window.rows
            const changed = table.apply(
              step.map(({ key, size }) => ({ key, row: size === undefined ? undefined : rowOf(key, size) })),
            )
            const says = window.apply(changed)
            const now = fresh()
            expect(window.rows).toEqual(now)
            for (const [at, row] of window.rows.entries()) expect(row).toBe(now[at])
            const differs = now.length !== before.length || now.some((row, at) => row !== before[at])
            expect(says).toBe(differs)
            if (!says) expect(window.rows).toBe(before)
          }
        },
      ),
      { seed, numRuns: 150 },
    )
  })

  test('reads the table again only when rows behind it run out, or very many change at once', () => {
    const rows = Array.from({ length: 1000 }, (_, n) => rowOf(`r${String(n).padStart(4, '0')}`, 3 * n + 1))
    const { table, window, fresh, fills } = watch(rows, 0, 10)
    for (let n = 999; n > 989; n--) {
      window.apply(table.apply([{ key: `r${String(n).padStart(4, '0')}`, row: undefined }]))
      expect(window.rows).toEqual(fresh())
    }
    expect(fills()).toBe(1)
    for (let n = 989; n > 979; n--)
      window.apply(table.apply([{ key: `r${String(n).padStart(4, '0')}`, row: undefined }]))
    expect(window.rows).toEqual(fresh())
    expect(fills()).toBe(2)
    expect(window.apply(table.apply([{ key: 'r0000', row: rowOf('r0000', 2) }]))).toBe(false)
    expect(
      window.apply(table.apply(rows.slice(0, 500).map(({ $id }) => ({ key: $id, row: rowOf($id, 9001) })))),
    ).toBe(true)
    expect(window.rows).toEqual(fresh())
    expect(fills()).toBe(3)
  })

  test('does not care for rows that do not match', () => {
    const { table, window, fills } = watch([rowOf('a', 1), rowOf('b', 3)], 0, undefined)
    expect(window.apply(table.apply([{ key: 'b', row: rowOf('b', 6) }]))).toBe(false)
    expect(window.apply(table.apply([{ key: 'b', row: undefined }]))).toBe(false)
    expect(fills()).toBe(1)
  })
})
