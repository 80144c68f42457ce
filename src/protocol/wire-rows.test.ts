import { expect, test } from 'vitest'
import { packRows, rowsOfText, textOfRows, unpackRows } from './wire-rows.ts'

const rowsOf = (count: number): readonly { readonly n: number }[] =>
  Array.from({ length: count }, (_, n) => ({ n }))

test.each([150, 250, 251, 500, 1001])('%i rows cross in parts and are whole again', (count) => {
  const value = { rows: rowsOf(count), pieces: [-1, count], version: 3 }
  const packed = packRows(value, 'rows')
  expect(packed?.value).toEqual({ ...value, rows: [] })
  const rows = packed?.parts.flatMap((part) => rowsOfText(textOfRows(part))) ?? []
  expect(packed?.parts.length).toBe(Math.ceil(count / 250))
  expect(unpackRows(packed?.value, 'rows', rows)).toEqual(value)
})

test('a value may be the rows themselves; one that is not there becomes null', () => {
  const value = [undefined, ...rowsOf(200)]
  const packed = packRows(value, '')
  expect(packed?.value).toEqual([])
  const rows = packed?.parts.flatMap((part) => rowsOfText(textOfRows(part))) ?? []
  expect(unpackRows(packed?.value, '', rows)).toEqual([null, ...rowsOf(200)])
})

test('few rows go with their value', () => {
  expect(packRows({ rows: rowsOf(149) }, 'rows')).toBeUndefined()
  expect(packRows({ message: 'no rows at all' }, 'rows')).toBeUndefined()
})
