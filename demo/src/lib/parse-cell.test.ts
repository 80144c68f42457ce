import { expect, test } from 'vitest'
import type { Json } from '../../../src/index.ts'
import type { TableColumn } from './columns.ts'
import { cellText, editorKind, isSameCell, parseCell } from './parse-cell.ts'

function column(type: string, options: readonly Json[] = []): TableColumn {
  return {
    name: 'field',
    title: 'Field',
    type,
    required: false,
    enum: options,
    references: null,
    numeric: false,
  }
}

function parse(type: string, text: string, before?: Json, options?: readonly Json[]): unknown {
  const target = column(type, options)
  const parsed = parseCell(editorKind(target, before), target, text)
  return parsed.ok ? parsed.value : parsed
}

const refused = { ok: false, problem: expect.any(String) as string }

test('a text stays a text, whatever it looks like', () => {
  for (const text of ['', '007', 'true', 'null', ' a ']) expect(parse('string', text)).toBe(text)
})

test('numbers are read exactly or refused', () => {
  expect(parse('int', ' 5300000 ')).toBe(5_300_000)
  expect(parse('float', '-1.5e3')).toBe(-1500)
  for (const text of ['', 'two', '1,5', '0x10', '1e999', 'NaN', '9007199254740993'])
    expect(parse('float', text)).toEqual(refused)
  expect(parse('int', '1.5')).toEqual(refused)
})

test('booleans and enums take only what they list', () => {
  expect(parse('bool', 'true')).toBe(true)
  expect(parse('bool', 'yes')).toEqual(refused)
  expect(parse('int', '2', 1, [1, 2])).toBe(2)
  expect(parse('string', 'c', 'a', ['a', 'b'])).toEqual(refused)
})

test('lists and maps are JSON of their own kind', () => {
  expect(parse('[]string', '["a"]')).toEqual(['a'])
  expect(parse('[]string', '{}')).toEqual(refused)
  expect(parse('map[locale]string', '{"en":"Ireland"}')).toEqual({ en: 'Ireland' })
  expect(parse('map[locale]string', '[]')).toEqual(refused)
  expect(parse('map[locale]string', '{"en"')).toEqual(refused)
})

test('a column of any type follows the value that is there', () => {
  expect(parse('any', '3', 2)).toBe(3)
  expect(parse('any', '3', 'two')).toBe('3')
  expect(parse('any', '[1]', [])).toEqual([1])
  expect(cellText('json', { a: 1 })).toBe('{\n  "a": 1\n}')
})

test('missing, null and empty are three different things', () => {
  expect(isSameCell(undefined, null)).toBe(false)
  expect(isSameCell(null, '')).toBe(false)
  expect(isSameCell({ a: 1, b: [2] }, { b: [2], a: 1 })).toBe(true)
  expect(isSameCell([1], { 0: 1 })).toBe(false)
})
