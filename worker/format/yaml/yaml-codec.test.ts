import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { RecordValue } from '../../../src/protocol/records.ts'
import { equalValues } from '../record-diff.ts'
import { anyRecord, describeRecordCodec } from '../record-codec.suite.ts'
import { createYamlCodec } from './yaml-codec.ts'

const codec = createYamlCodec({ columnsOrder: ['id', 'name', 'size'] })
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const edit = (text: string, value: RecordValue): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(codec.edit(bytesOf(text), value))

describeRecordCodec('YAML', codec)

describe('YAML files', () => {
  it('that are created read the same with YAML 1.1 and 1.2', () => {
    fc.assert(
      fc.property(anyRecord, (value) => {
        const text = new TextDecoder().decode(codec.create(value, { columnsOrder: [] }))
        for (const version of ['1.1', '1.2'] as const) {
          expect(equalValues(parse(text, { version, logLevel: 'error' }), value)).toBe(true)
        }
      }),
      { seed: 20261121, numRuns: 300 },
    )
  })
})

describe('YAML edits', () => {
  const text = [
    '# Countries',
    'id: 7 # the number',
    "name: 'Eire'",
    'since: 2024-01-01',
    'price: 130.0',
    '# how large',
    'size: 1e6',
    'names:',
    '  en: "Ireland"   # English',
    '  ga: Éire',
    'tags:',
    '  - a',
    '  # second',
    '  - b',
    '',
  ].join('\n')
  const value = codec.parse(bytesOf(text))

  it('reads dates and YAML 1.1 booleans as text', () => {
    expect(codec.parse(bytesOf('a: 2024-01-01\nb: no\nc: 2024-01-01T10:00:00Z\n'))).toEqual({
      a: '2024-01-01',
      b: 'no',
      c: '2024-01-01T10:00:00Z',
    })
  })

  it('changes one line for one field and keeps quotes and comments', () => {
    expect(edit(text, { ...value, name: "It's" })).toBe(text.replace("'Eire'", "'It''s'"))
    expect(edit(text, { ...value, id: 8 })).toBe(text.replace('id: 7', 'id: 8'))
    expect(edit(text, { ...value, names: { en: 'x', ga: 'Éire' } })).toBe(text.replace('"Ireland"', '"x"'))
    expect(edit(text, { ...value, tags: ['a', 'no'] })).toBe(text.replace('- b', '- "no"'))
  })

  it('keeps the decimals of numbers, and dates without quotes', () => {
    expect(edit(text, { ...value, price: 131 })).toBe(text.replace('130.0', '131.0'))
    expect(edit(text, { ...value, since: '2025-02-03' })).toBe(text.replace('2024-01-01', '2025-02-03'))
    expect(edit('a: "x # y" # c\n', { a: 'no' })).toBe('a: "no" # c\n')
    expect(edit('a: x#y # c\r\nb: 1', { a: 'z: y', b: 1 })).toBe("a: 'z: y' # c\r\nb: 1")
  })

  it('adds a field after the one that precedes it in columns_order, else at the end', () => {
    const withoutName = { id: 7, size: 1 }
    expect(edit('id: 7\nsize: 1\n', { ...withoutName, name: 'new' })).toBe('id: 7\nname: new\nsize: 1\n')
    expect(edit('id: 7\nsize: 1', { ...withoutName, zzz: { a: [1] } })).toBe(
      'id: 7\nsize: 1\nzzz:\n    a:\n        - 1',
    )
  })

  it('removes a field with its own comment', () => {
    const { size: _size, ...rest } = value
    expect(edit(text, rest)).toBe(text.replace('# how large\nsize: 1e6\n', ''))
  })

  it('adds and removes list items', () => {
    expect(edit(text, { ...value, tags: ['a', 'x', 'b'] })).toBe(text.replace('  - a\n', '  - a\n  - x\n'))
    expect(edit(text, { ...value, tags: ['b'] })).toBe(text.replace('  - a\n', ''))
    expect(edit('t: []\n', { t: [1] })).toBe('t:\n    - 1\n')
    expect(edit('t: [1, 2]\n', { t: [1, 2, 3] })).toBe('t: [1, 2, 3]\n')
  })

  it('keeps a byte order mark, CRLF and a missing final newline', () => {
    expect(edit('\ufeffa: 1\r\nb:\r\n  c: 2', { a: 1, b: { c: 2, d: 3 } })).toBe(
      '\ufeffa: 1\r\nb:\r\n  c: 2\r\n  d: 3',
    )
    expect(edit('a: 1\r\nb: 2', { a: 1 })).toBe('a: 1')
  })

  it('fills an empty value and replaces a block scalar', () => {
    expect(edit('a:\nb: 1\n', { a: 'x', b: 1 })).toBe('a: x\nb: 1\n')
    expect(edit('a: |\n  one\n  two\nb: 1\n', { a: 'one\nthree\n', b: 1 })).toBe(
      'a: |\n  one\n  three\nb: 1\n',
    )
  })

  it('edits beside aliases, and refuses to edit what they share', () => {
    const shared = 'a: &x\n  n: 1\nb: *x\nc: 1\n'
    expect(edit(shared, { a: { n: 1 }, b: { n: 1 }, c: 2 })).toBe(shared.replace('c: 1', 'c: 2'))
    for (const next of [
      { a: { n: 2 }, b: { n: 1 }, c: 1 },
      { a: { n: 1 }, b: { n: 2 }, c: 1 },
    ]) {
      expect(() => edit(shared, next)).toThrow(expect.objectContaining({ code: 'format/edit-refused' }))
    }
  })

  it('reads a map with very many fields in linear time, and refuses a field that stands twice', () => {
    const lines = Array.from({ length: 20_000 }, (_unused, n) => `k${n}: [${n}]\n`).join('')
    expect(Object.keys(codec.parse(bytesOf(lines)))).toHaveLength(20_000)
    expect(() => codec.parse(bytesOf('a: [1]\nb: 1\na: 2\n'))).toThrow(
      expect.objectContaining({ code: 'format/bad-record', data: { line: 3, column: 1 } }),
    )
  })

  it('bounds alias bombs', () => {
    const level = (n: number): string =>
      `l${n}: &l${n} [${Array(9)
        .fill(`*l${n - 1}`)
        .join(', ')}]\n`
    const bomb = `l0: &l0 [x, x]\n${Array.from({ length: 9 }, (_unused, n) => level(n + 1)).join('')}`
    expect(() => codec.parse(bytesOf(bomb))).toThrow(expect.objectContaining({ code: 'format/bad-record' }))
  })

  it('creates files with four spaces and quotes what other readers misread', () => {
    const created = codec.create(
      { z: 'no', id: '0123', note: 'a\nb\n', names: { en: 'x: y', tags: [{ k: 1, l: [] }] } },
      { columnsOrder: ['id'] },
    )
    expect(new TextDecoder().decode(created)).toBe(
      'id: "0123"\nnames:\n    en: \'x: y\'\n    tags:\n        - k: 1\n          l: []\nnote: |\n    a\n    b\nz: "no"\n',
    )
  })
})

describe('places in YAML records', () => {
  it('are those of values, and of the nearest parent for what is not there', () => {
    const text = '\ufeff# c\na: 1\nb:\n  c:\n  - x\n  - {d: 1}\ne:\n'
    const at = (...path: (string | number)[]): unknown => {
      const found = codec.locate?.(bytesOf(text), path)
      return found && [found.line, found.column]
    }
    expect(at('a')).toEqual([2, 4])
    expect(at('b')).toEqual([3, 1])
    expect(at('b', 'c', 1, 'd')).toEqual([6, 9])
    expect(at('b', 'c', 7)).toEqual([4, 3])
    expect(at('e')).toEqual([7, 1])
    expect(at('none')).toEqual([2, 1])
  })
})

describe('YAML files of several documents', () => {
  it('are read as their first one, which is edited where that touches nothing else', () => {
    const text = 'a: 1\n---\nb: [2]\n'
    expect(codec.parse(bytesOf(text))).toEqual({ a: 1 })
    expect(edit(text, { a: 2 })).toBe('a: 2\n---\nb: [2]\n')
  })
})
