import { expect, test } from 'vitest'
import type { Row } from '../../../src/index.ts'
import { spliceRows } from './splice-rows.ts'

const row = (id: string, revision = 'r1'): Row => ({ $id: id, $rev: revision, name: id })

test('changed rows are replaced, gone ones leave, new ones join in key order, and the rest stays identical', () => {
  const rows = [row('a'), row('b'), row('d'), row('e')]
  const found = new Map([
    ['b', row('b', 'r2')],
    ['c', row('c')],
    ['d', undefined],
    ['e', row('e')],
  ])
  const spliced = spliceRows(rows, found)
  expect(spliced.map(({ $id, $rev }) => $id + $rev)).toEqual(['ar1', 'br2', 'cr1', 'er1'])
  expect(spliced[0]).toBe(rows[0])
  expect(spliced[3]).toBe(rows[3])
})

test('a record that was never there and is not there now changes nothing', () => {
  const rows = [row('a')]
  expect(spliceRows(rows, new Map([['x', undefined]]))).toEqual(rows)
})
