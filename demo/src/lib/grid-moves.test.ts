import { expect, test } from 'vitest'
import { moveCell } from './grid-moves.ts'

const shape = { rows: 50, columns: 4, page: 1, pages: 3 }
const press = (key: string, row: number, column: number, ctrlKey = false): unknown =>
  moveCell({ key, ctrlKey }, { row, column }, shape)

test('arrows stop at the edges; the header is above the first row', () => {
  expect(press('ArrowUp', 0, 2)).toEqual({ row: -1, column: 2, page: 1 })
  expect(press('ArrowUp', -1, 2)).toEqual({ row: -1, column: 2, page: 1 })
  expect(press('ArrowDown', 49, 2)).toEqual({ row: 49, column: 2, page: 1 })
  expect(press('ArrowLeft', 3, 0)).toEqual({ row: 3, column: 0, page: 1 })
  expect(press('ArrowRight', 3, 3)).toEqual({ row: 3, column: 3, page: 1 })
})

test('Home and End move in the row, with Control in the whole table', () => {
  expect(press('Home', 3, 2)).toEqual({ row: 3, column: 0, page: 1 })
  expect(press('End', 3, 2)).toEqual({ row: 3, column: 3, page: 1 })
  expect(press('Home', 3, 2, true)).toEqual({ row: 0, column: 0, page: 0 })
  expect(press('End', 3, 2, true)).toMatchObject({ column: 3, page: 2 })
})

test('PageDown and PageUp jump, and turn the page at its ends', () => {
  expect(press('PageDown', 3, 1)).toEqual({ row: 13, column: 1, page: 1 })
  expect(press('PageDown', 49, 1)).toEqual({ row: 0, column: 1, page: 2 })
  expect(press('PageUp', 0, 1)).toMatchObject({ column: 1, page: 0 })
  expect(press('a', 0, 1)).toBe(null)
})
