import { describe, expect, it, vi } from 'vitest'
import type { RecordValue } from '../../../src/protocol/records.ts'
import { createJsonCodec } from './json-codec.ts'
import { describeRecordCodec } from '../record-codec.suite.ts'

const codec = createJsonCodec({ columnsOrder: ['id', 'name', 'size'] })
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const edit = (text: string, value: RecordValue): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(codec.edit(bytesOf(text), value))

describeRecordCodec('JSON', codec)

describe('JSON edits', () => {
  it('changes one line for one field, and keeps number spelling elsewhere', () => {
    const text = '{\n  "price": 130.0,\n  "id": 12345678901234567890,\n  "name": "a"\n}'
    const value = codec.parse(bytesOf(text))
    expect(edit(text, { ...value, name: 'b' })).toBe(text.replace('"a"', '"b"'))
  })

  it('keeps a byte order mark, CRLF, tabs and the final newline', () => {
    const text = '\ufeff{\r\n\t"a": 1,\r\n\t"b": {\r\n\t\t"c": 2\r\n\t}\r\n}\r\n'
    expect(edit(text, { a: 1, b: { c: 3 }, d: [1] })).toBe(
      '\ufeff{\r\n\t"a": 1,\r\n\t"b": {\r\n\t\t"c": 3\r\n\t},\r\n\t"d": [\r\n\t\t1\r\n\t]\r\n}\r\n',
    )
  })

  it('puts a new field after the one that precedes it in columns_order', () => {
    const text = '{\n  "id": 1,\n  "size": 2,\n  "zzz": 3\n}\n'
    expect(edit(text, { id: 1, size: 2, zzz: 3, name: 'n' })).toBe(
      '{\n  "id": 1,\n  "name": "n",\n  "size": 2,\n  "zzz": 3\n}\n',
    )
  })

  it('keeps one-line objects on one line', () => {
    expect(edit('{"a":1,"b":2}', { a: 1, b: 2, c: { d: 1 } })).toBe('{"a":1,"b":2,"c":{"d":1}}')
    expect(edit('{ "a": 1, "b": [1, 2] }', { a: 1, b: [1, 2, 3] })).toBe('{ "a": 1, "b": [1, 2, 3] }')
  })

  it('removes fields and items with their lines', () => {
    const text = '{\n  "a": 1,\n  "b": [\n    1,\n    2,\n    3\n  ],\n  "c": 3\n}\n'
    expect(edit(text, { b: [1, 3], c: 3 })).toBe('{\n  "b": [\n    1,\n    3\n  ],\n  "c": 3\n}\n')
  })

  it('refuses an edit of a field that the file names twice only when it cannot be made safely', () => {
    expect(edit('{"a": 1, "a": 2, "b": 3}', { a: 2, b: 4 })).toBe('{"a": 1, "a": 2, "b": 4}')
    expect(() => edit('{"a": 1, "a": 2}', {})).toThrow(
      expect.objectContaining({ code: 'format/edit-refused' }),
    )
  })

  it('creates files in columns_order, then by name', () => {
    const created = codec.create(
      { z: 1, size: 2, id: 3, b: { y: 1, x: [] } },
      { columnsOrder: ['id', 'name', 'size'] },
    )
    expect(new TextDecoder().decode(created)).toBe(
      '{\n  "id": 3,\n  "size": 2,\n  "b": {\n    "x": [],\n    "y": 1\n  },\n  "z": 1\n}\n',
    )
  })

  it('does not read numbers that JavaScript cannot hold', () => {
    expect(() => codec.parse(bytesOf('{"a": 1e400}'))).toThrow(
      expect.objectContaining({ code: 'format/bad-record' }),
    )
    expect(codec.parseMany([bytesOf('{"a": 1e400}'), bytesOf('{"a": 1}')])).toEqual([
      expect.objectContaining({ code: 'format/bad-record' }),
      { a: 1 },
    ])
  })

  it.each([
    ['is a code', '0e123', 1],
    ['looks like such a number', 'at 0e123 m', 1 + 6],
  ])('parses many files in one go, also when some text in them %s', (_, text, expected) => {
    const texts = Array.from(
      { length: 300 },
      (_, i) => `{"sku": "${i % 50 === 7 ? text : 'abc'}", "i": ${i}}`,
    )
    const parse = vi.spyOn(JSON, 'parse')
    const values = codec.parseMany(texts.map(bytesOf))
    const calls = parse.mock.calls.length
    parse.mockRestore()
    expect(values).toEqual(texts.map((each) => JSON.parse(each)))
    expect(calls).toBe(expected)
  })

  it.each(['1e309', '-1E+309', '[1.5e400]', `${'9'.repeat(250)}e99`, `1${'0'.repeat(400)}`])(
    'finds %.12s wherever it stands',
    (number) => {
      for (const text of [`{"a":${number}}`, `{"a": {"b": ${number} , "c": 1}}`, `{"a":[1,${number},2]}`])
        expect(codec.parseMany([bytesOf('{"a": 1}'), bytesOf(text), bytesOf('{"b": 2}')])).toEqual([
          { a: 1 },
          expect.objectContaining({ code: 'format/bad-record' }),
          { b: 2 },
        ])
    },
  )
})

it('gives places of values in JSON records, of the nearest parent for what is not there', () => {
  const text = '\ufeff{\n  "a": {"b": [1, {"c": 2}]}\n}'
  const at = (...path: (string | number)[]): unknown => {
    const found = codec.locate?.(bytesOf(text), path)
    return found && [found.line, found.column]
  }
  expect(at('a', 'b', 1, 'c')).toEqual([2, 24])
  expect(at('a', 'x')).toEqual([2, 8])
  expect(at('x')).toEqual([1, 1])
})
