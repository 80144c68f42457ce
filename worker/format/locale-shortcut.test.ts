import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RecordValue } from '../../src/protocol/records.ts'
import type { CollectionDefinition, Column } from '../../src/protocol/schema.ts'
import { localeShortcut } from './locale-shortcut.ts'
import { codecFor, type RecordCodec } from './record-codec.ts'
import { equalValues } from './record-diff.ts'
import { recordSetCodecFor, type RecordSetCodec } from './record-set-codec.ts'
import { everyFormat as plugins } from './format-extras.ts'

const text = new TextDecoder()
const bytes = (source: string): Uint8Array => new TextEncoder().encode(source)

function collection(
  format: string,
  type: string,
  columns: readonly Partial<Column>[] = [],
): CollectionDefinition {
  const all: readonly Partial<Column>[] = [
    { name: 'title', type: 'string', locale: 'en' },
    { name: 'titles', type: 'map[locale]string' },
    { name: 'note', type: 'string', locale: 'de' },
    { name: 'notes', type: 'map[locale]string' },
    { name: 'n', type: 'int' },
    ...columns,
  ]
  return {
    id: 'posts',
    titles: {},
    dataDir: 'posts',
    recordsDir: 'posts/$records',
    columns: all.map((column) => ({ name: '', type: 'any', required: false, ...column })),
    columnsOrder: ['n', 'title', 'titles'],
    primaryKey: [],
    recordFile: { name: '{key}.x', format, type },
    readable: { ok: true },
    definitionPath: 'posts/.collection/definition.yaml',
  }
}

function single(format: string): RecordCodec {
  const codec = codecFor(collection(format, 'map[string]any'), { plugins })
  if (!codec) throw new Error(`no codec for ${format}`)
  return codec
}

function rows(format: string, type: string): RecordSetCodec {
  const codec = recordSetCodecFor(collection(format, type), { plugins })
  if (!codec) throw new Error(`no codec for ${format}`)
  return codec
}

describe('a column of one locale', () => {
  const yaml = single('yaml')
  const merged = bytes('n: 1 # number\ntitles:\n    en: Hello # greeting\n    ru: Привет\nnote: plain\n')

  it('is read from the map of all locales, which keeps the others', () => {
    expect(yaml.parse(merged)).toEqual({ n: 1, title: 'Hello', titles: { ru: 'Привет' }, note: 'plain' })
    expect(yaml.parse(bytes('titles: {en: Hi}\n'))).toEqual({ title: 'Hi' })
    expect(yaml.parse(bytes('titles: {en: 5}\n'))).toEqual({ titles: { en: 5 } })
    expect(yaml.parseMany([merged, bytes('a: [')])).toMatchObject([
      { title: 'Hello' },
      { code: 'format/bad-record' },
    ])
  })

  it('stays where it is stored itself', () => {
    expect(yaml.parse(bytes('title: A\ntitles: {en: B}\n'))).toEqual({ title: 'A', titles: { en: 'B' } })
  })

  it('is written where the file has it, in one line', () => {
    const value = yaml.parse(merged)
    expect(text.decode(yaml.edit(merged, { ...value, title: 'Hi', note: 'new' }))).toBe(
      'n: 1 # number\ntitles:\n    en: Hi # greeting\n    ru: Привет\nnote: new\n',
    )
    expect(yaml.edit(merged, value)).toBe(merged)
    const stored = bytes('title: A\n')
    expect(text.decode(yaml.edit(stored, { title: 'B' }))).toBe('title: B\n')
  })

  it('is taken out of the map when it is removed', () => {
    const { title: _, ...rest } = yaml.parse(merged)
    expect(text.decode(yaml.edit(merged, rest))).toBe('n: 1 # number\ntitles:\n    ru: Привет\nnote: plain\n')
  })

  it('goes into the map in new records', () => {
    const value = { title: 'Hi', n: 1, titles: { ru: 'Привет' }, note: 'Notiz' }
    const created = yaml.create(value, { columnsOrder: ['n', 'title', 'titles'] })
    expect(text.decode(created)).toBe('"n": 1\ntitles:\n    en: Hi\n    ru: Привет\nnotes:\n    de: Notiz\n')
    expect(yaml.parse(created)).toEqual(value)
  })

  it('has the place of its text in the map', () => {
    expect(yaml.locate?.(merged, ['title'])).toMatchObject({ line: 3 })
    expect(yaml.locate?.(merged, ['note'])).toMatchObject({ line: 5 })
    expect(yaml.locate?.(merged, ['titles', 'ru'])).toMatchObject({ line: 4 })
  })

  it('needs a map of texts beside it; without one there is nothing to do', () => {
    const columns = (...all: readonly (readonly [string, string, string?])[]): CollectionDefinition => ({
      ...collection('json', 'map[string]any'),
      columns: all.map(([name, type, locale]) => ({
        name,
        type,
        required: false,
        ...(locale && { locale }),
      })),
    })
    expect(localeShortcut(columns(['title', 'string', 'en'], ['titles', 'any']))).toBeUndefined()
    expect(localeShortcut(columns(['title', 'string'], ['titles', 'map[locale]string']))).toBeUndefined()
    expect(localeShortcut(columns(['title', 'string', 'en']))).toBeUndefined()
    expect(localeShortcut(collection('csv', '[]map[string]any'))).toBeUndefined()
  })

  it('of a hostile name is a name', () => {
    const shortcut = localeShortcut(
      collection('json', 'map[string]any', [
        { name: '__proto__', locale: 'constructor' },
        { name: '__proto__s', type: 'map[locale]string' },
      ]),
    )
    const value = JSON.parse('{"__proto__s": {"constructor": "x", "__proto__": "y"}}')
    expect(JSON.stringify(shortcut?.exposed(value))).toBe('{"__proto__s":{"__proto__":"y"},"__proto__":"x"}')
    expect(shortcut?.exposed({})).toEqual({})
  })

  it('of a value that is no record is refused as without it', () => {
    const wrong = 5 as unknown as RecordValue
    expect(() => yaml.edit(merged, wrong)).toThrow(expect.objectContaining({ code: 'record/bad-value' }))
    expect(() => yaml.create(wrong, { columnsOrder: [] })).toThrow(
      expect.objectContaining({ code: 'record/bad-value' }),
    )
  })
})

const word = fc.constantFrom('Hi', 'no', 'a: b', '', 'ü')
const texts = fc.dictionary(fc.constantFrom('en', 'ru', 'de'), word, { maxKeys: 3 })
const record: fc.Arbitrary<RecordValue> = fc.record(
  {
    n: fc.integer({ min: 0, max: 9 }),
    title: word,
    titles: texts,
    note: fc.oneof(word, fc.constant(null)),
    notes: texts,
  },
  { requiredKeys: [] },
)
const { exposed = (value: RecordValue) => value } = localeShortcut(collection('json', 'map[string]any')) ?? {}
const same = (a: unknown, b: unknown): boolean => equalValues(a as RecordValue, b as RecordValue)

describe('the laws of codecs hold for the values that users see', () => {
  it('exposing twice is exposing once', () => {
    fc.assert(
      fc.property(record, (value) => same(exposed(exposed(value)), exposed(value))),
      { seed: 1 },
    )
  })

  it.each(['json', 'yaml'])('one record per file, %s', (format) => {
    const codec = single(format)
    fc.assert(
      fc.property(record, record, (before, after) => {
        const file = codec.create(before, { columnsOrder: [] })
        expect(same(codec.parse(file), exposed(before))).toBe(true)
        expect(codec.edit(file, codec.parse(file))).toBe(file)
        const edited = codec.edit(file, after)
        expect(same(codec.parse(edited), exposed(after))).toBe(true)
      }),
      { seed: 2, numRuns: 300 },
    )
  })

  it.each([
    ['json', '[]map[string]any'],
    ['jsonl', '[]map[string]any'],
    ['yaml', 'map[$record_id]map[$field_name]any'],
  ])('many records per file, %s %s', (format, type) => {
    const codec = rows(format, type)
    const isList = type.startsWith('[]')
    const of = (key: string, value: RecordValue): RecordValue => (isList ? { ...value, id: key } : value)
    fc.assert(
      fc.property(record, record, record, (a, b, next) => {
        const file = codec.create(
          new Map([
            ['a', of('a', a)],
            ['b', of('b', b)],
          ]),
        )
        const { records } = codec.parse(file)
        expect(same(records.get('a'), exposed(of('a', a)))).toBe(true)
        expect(codec.edit(file, records)).toBe(file)
        const edited = codec.parse(
          codec.edit(
            file,
            new Map([
              ['b', of('b', next)],
              ['c', of('c', a)],
            ]),
          ),
        ).records
        expect(same(edited.get('b'), exposed(of('b', next)))).toBe(true)
        expect(same(edited.get('c'), exposed(of('c', a)))).toBe(true)
        expect(same(edited.get('a'), records.get('a'))).toBe(true)
        expect(codec.parse(codec.edit(file, new Map([['a', null]]))).records.has('a')).toBe(false)
      }),
      { seed: 3, numRuns: 150 },
    )
  })

  it('places in files of many records', () => {
    const codec = rows('yaml', 'map[$record_id]map[$field_name]any')
    const file = bytes('a:\n    titles:\n        en: Hi\nb:\n    title: Yo\n')
    expect(codec.locate(file, 'a', ['title'])).toMatchObject({ line: 3 })
    expect(codec.locate(file, 'b', ['title'])).toMatchObject({ line: 5 })
    expect(codec.locate(file, 'a')).toMatchObject({ line: 1 })
  })
})
