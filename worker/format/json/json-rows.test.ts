import { describe, expect, it } from 'vitest'
import type { RecordValue } from '../../../src/protocol/records.ts'
import type { RecordSetCodec } from '../record-set-codec.ts'
import { describeRecordSetCodec } from '../record-set-codec.suite.ts'
import { createListKeys } from '../list-keys.ts'
import { createJsonLines } from './jsonl-rows.ts'
import { createJsonRows } from './json-rows.ts'
import { createRowsCodec } from '../rows-codec.ts'

const order = ['id', 'name']
const keys = createListKeys({ primaryKey: [] })
const list = createRowsCodec(createJsonRows(false, order), { keys })
const dictionary = createRowsCodec(createJsonRows(true, order), {})
const lines = createRowsCodec(createJsonLines(order), { keys })

describeRecordSetCodec('JSON list', list)
describeRecordSetCodec('JSON dictionary', dictionary)
describeRecordSetCodec('JSON lines', lines)
describeRecordSetCodec(
  'JSON list with a primary key',
  createRowsCodec(createJsonRows(false, order), { keys: createListKeys({ primaryKey: ['code'] }) }),
  { withKey: (key, value) => ({ ...value, code: key }) },
)

const decode = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
type Changes = readonly (readonly [string, RecordValue | null])[]
const editing =
  (codec: RecordSetCodec) =>
  (text: string, ...changes: Changes): string =>
    decode(codec.edit(encode(text), new Map(changes)))

describe('JSON lists', () => {
  const edit = editing(list)
  const compact = '[\n  {"$ID":"a","n":130.0,"big":12345678901234567890},\n  {"$ID":"b","n":1e6}\n]\n'
  const pretty = '[\n\t{\n\t\t"$ID": "a",\n\t\t"tags": [\n\t\t\t"x"\n\t\t]\n\t},\n\t{\n\t\t"$ID": "b"\n\t}\n]'
  const big = Number('12345678901234567890')

  it('with one row per line keep a row on its line, and number spelling', () => {
    expect(edit(compact, ['a', { n: 131, big }])).toBe(compact.replace('130.0', '131.0'))
    expect(edit(compact, ['b', { n: 1e6, name: 'x', o: { p: [1] } }])).toBe(
      compact.replace('"n":1e6', '"n":1e6,"name":"x","o":{"p":[1]}'),
    )
    expect(edit(compact, ['b', {}])).toBe(compact.replace(',"n":1e6', ''))
  })

  it('take new rows like the ones that they have', () => {
    expect(edit(compact, ['c', { z: 1, name: 'x' }])).toBe(
      compact.replace('1e6}', '1e6},\n  {"$ID":"c","name":"x","z":1}'),
    )
    expect(edit('[\n  { "id": "a", "n": 1 }\n]\n', ['b', { id: 'b', l: [1, 2] }])).toBe(
      '[\n  { "id": "a", "n": 1 },\n  { "id": "b", "l": [1, 2] }\n]\n',
    )
    expect(edit(pretty, ['c', { l: [1] }])).toBe(
      pretty.replace('"b"\n\t}', '"b"\n\t},\n\t{\n\t\t"$ID": "c",\n\t\t"l": [\n\t\t\t1\n\t\t]\n\t}'),
    )
    expect(edit('[{"id":"a"},{"id":"b"}]', ['c', { id: 'c' }], ['a', null])).toBe('[{"id":"b"},{"id":"c"}]')
    expect(edit('[]', ['c', { n: 1 }])).toBe('[\n  {"$ID":"c","n":1}\n]')
    expect(edit('[\r\n]\r\n', ['c', { n: 1 }])).toBe('[\r\n  {"$ID":"c","n":1}\r\n]\r\n')
  })

  it('keep many-line rows and commas right', () => {
    expect(edit(pretty, ['a', { tags: ['x', 'y'] }])).toBe(pretty.replace('"x"', '"x",\n\t\t\t"y"'))
    expect(edit(pretty, ['b', { new: { x: 1 } }])).toBe(
      pretty.replace('"$ID": "b"', '"$ID": "b",\n\t\t"new": {\n\t\t\t"x": 1\n\t\t}'),
    )
    expect(edit(pretty, ['a', null])).toBe('[\n\t{\n\t\t"$ID": "b"\n\t}\n]')
    expect(edit(pretty, ['b', null])).toBe(pretty.replace(',\n\t{\n\t\t"$ID": "b"\n\t}', ''))
    expect(edit(pretty, ['a', null], ['b', null])).toBe('[]')
  })

  it('report rows that cannot be taken, and take the others', () => {
    const text = '[\n  {"$ID": "a", "n": 1},\n  5,\n  {"n": 2},\n  {"$ID": "a", "n": 3},\n  {"id": 7}\n]'
    const { records, faults } = list.parse(encode(text))
    expect([...records]).toEqual([
      ['a', { n: 1 }],
      ['7', { id: 7 }],
    ])
    expect(faults.map(({ code, line, column, key }) => [code, line, column, key])).toEqual([
      ['format/bad-record', 3, 3, undefined],
      ['format/no-key', 4, 3, undefined],
      ['format/duplicate-key', 5, 3, 'a'],
    ])
    expect(() => edit(text, ['a', { n: 2 }])).toThrow(
      expect.objectContaining({ code: 'format/edit-refused' }),
    )
    expect(edit(text, ['7', { id: 7, x: 1 }])).toBe(text.replace('{"id": 7', '{"id": 7, "x": 1'))
  })

  it('refuse other shapes, with the place', () => {
    for (const text of ['{}', '5', '', '[1,', '[{"a": 1} {"b": 2}]', 'null']) {
      expect(() => list.parse(encode(text))).toThrow(
        expect.objectContaining({ code: 'format/bad-record', data: { line: 1, column: expect.any(Number) } }),
      )
    }
  })

  it('take rows that are too deep for faults, beside others', () => {
    const { records, faults } = list.parse(
      encode(
        `[{"id": "a", "x": ${'['.repeat(5000)}${']'.repeat(5000)}}, {"id": "b"}, {"id": "c", "n": 1e999}]`,
      ),
    )
    expect([...records.keys()]).toEqual(['b'])
    expect(faults.map(({ code }) => code)).toEqual(['format/bad-record', 'format/bad-record'])
  })
})

describe('JSON dictionaries', () => {
  const edit = editing(dictionary)

  it('keep file order, whatever the names', () => {
    const text = '{"10": {"a": 1}, "2": {"a": 2}, "__proto__": {"a": 3}, "x\\u0041": {}}'
    expect([...dictionary.parse(encode(text)).records]).toEqual([
      ['10', { a: 1 }],
      ['2', { a: 2 }],
      ['__proto__', { a: 3 }],
      ['xA', {}],
    ])
    expect(edit(text, ['__proto__', { a: 4 }])).toBe(text.replace('3', '4'))
    expect(({} as { a?: number }).a).toBeUndefined()
  })

  it('report names that stand twice: the first counts', () => {
    const text = '{\n  "a": {"n": 1},\n  "a": {"n": 2},\n  "b": 5\n}'
    const { records, faults } = dictionary.parse(encode(text))
    expect([...records]).toEqual([['a', { n: 1 }]])
    expect(faults.map(({ code, line, column, key }) => [code, line, column, key])).toEqual([
      ['format/duplicate-key', 3, 3, 'a'],
      ['format/bad-record', 4, 3, 'b'],
    ])
  })

  it('add and delete entries in the style of the file', () => {
    const text = '{\n    "a": {\n        "n": 1\n    }\n}\n'
    const grown = text.replace('}\n}', '},\n    "b": {\n        "n": 2\n    }\n}')
    expect(edit(text, ['b', { n: 2 }])).toBe(grown)
    expect(edit(grown, ['b', null])).toBe(text)
    expect(edit('{\n  "a": {},\n  "b": {"n": 1}\n}\n', ['a', { n: 2 }])).toBe(
      '{\n  "a": {"n": 2},\n  "b": {"n": 1}\n}\n',
    )
  })

  it('keep a stored $ID, which is not part of the value', () => {
    const text = '{"a": {"$ID": "a", "n": 1}}'
    expect(dictionary.parse(encode(text)).records.get('a')).toEqual({ n: 1 })
    expect(edit(text, ['a', { n: 2 }])).toBe('{"a": {"$ID": "a", "n": 2}}')
  })
})

describe('JSON lines', () => {
  const edit = editing(lines)
  const text = '{"$id":"a","n":1.50}\n\n{"$id": "b", "s": "x"}\n'

  it('edit, add and delete lines; blank lines stay', () => {
    expect(edit(text, ['a', { n: 2 }])).toBe(text.replace('1.50', '2.00'))
    expect(edit(text, ['c', { n: 1 }])).toBe(`${text}{"$id": "c", "n": 1}\n`)
    expect(edit(text.trimEnd(), ['c', { n: 1 }], ['a', null])).toBe(
      '\n{"$id": "b", "s": "x"}\n{"$id": "c", "n": 1}',
    )
    expect(edit(text.trimEnd(), ['b', null])).toBe('{"$id":"a","n":1.50}\n')
    expect(edit('', ['a', { n: 1 }])).toBe('{"$ID":"a","n":1}\n')
  })

  it('report each bad line alone', () => {
    const { records, faults } = lines.parse(
      encode('{"id":"a"}\n{"id":\n[1]\n{"id":"b"}\n{"x":1}\r\n{"id":"a"}'),
    )
    expect([...records.keys()]).toEqual(['a', 'b'])
    expect(faults.map(({ code, line }) => [code, line])).toEqual([
      ['format/bad-record', 2],
      ['format/bad-record', 3],
      ['format/no-key', 5],
      ['format/duplicate-key', 6],
    ])
  })
})

it('places inside rows are found, the nearest parent for what is not there', () => {
  const at = (codec: RecordSetCodec, text: string, key: string, ...path: (string | number)[]): unknown => {
    const found = codec.locate(encode(text), key, path)
    return found && [found.line, found.column]
  }
  const text = '\ufeff[\n  {\n    "id": "a",\n    "x": {"y": [1, "no"]}\n  }\n]'
  expect(at(list, text, 'a')).toEqual([2, 3])
  expect(at(list, text, 'a', 'x', 'y', 1)).toEqual([4, 20])
  expect(at(list, text, 'a', 'x', 'z', 1)).toEqual([4, 10])
  expect(at(list, text, 'a', 'none')).toEqual([2, 3])
  expect(at(dictionary, '{\n  "k": {"a": 1}\n}', 'k')).toEqual([2, 3])
  expect(at(dictionary, '{\n  "k": {"a": 1}\n}', 'k', 'a')).toEqual([2, 14])
  expect(at(lines, '{"id":"a"}\n{"id":"b","n":1}', 'b', 'n')).toEqual([2, 15])
  expect(at(list, text, 'zzz')).toBeUndefined()
})
