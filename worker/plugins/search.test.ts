import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, RecordValue, Row } from '../../src/protocol/records.ts'
import { toRow } from '../records/row.ts'
import { createTable, type Table } from '../records/table.ts'
import { search } from './search.ts'
import { maxTextLength, textOf, wordsOf } from './text-words.ts'

const { searchIndex: make } = search()
if (!make) throw new Error('the plug-in brings an index')

const tableOf = (records: { readonly [key: string]: RecordValue }): Table =>
  createTable(Object.entries(records).map(([key, value]) => toRow(key, value)))
const keysOf = (table: Table, text: string, fields?: readonly string[]): readonly string[] =>
  Array.from(table.searchIndex(make).search(text, fields), ([key]) => key)
const put = (table: Table, key: string, value: RecordValue | undefined): void => {
  table.apply([{ key, row: value && toRow(key, value) }])
}

describe('the search plug-in', () => {
  it('ranks whole words before beginnings before words with a wrong letter', () => {
    const table = tableOf({
      wrong: { name: 'garten' },
      begins: { name: 'gardeners' },
      whole: { name: 'garden' },
      other: { name: 'harbour' },
    })
    expect(keysOf(table, 'garden')).toEqual(['whole', 'begins', 'wrong'])
  })

  it('ranks by how often and in how little text the words stand', () => {
    const table = tableOf({
      once: { text: 'tea and a lot of other things that one may drink in the afternoon' },
      often: { text: 'tea tea tea' },
      short: { text: 'tea now' },
      none: { text: 'coffee' },
    })
    expect(keysOf(table, 'tea')).toEqual(['often', 'short', 'once'])
  })

  it('asks for all words, wherever they stand', () => {
    const table = tableOf({
      both: { title: 'Blue', text: 'a bicycle' },
      one: { title: 'Blue', text: 'a car' },
    })
    expect(keysOf(table, 'bicycle blue')).toEqual(['both'])
    expect(keysOf(table, 'blue blue')).toHaveLength(2)
    expect(keysOf(table, '')).toEqual([])
    expect(keysOf(table, ' .,<> ')).toEqual([])
  })

  it('forgives no letter of short words and numbers, one of four, two of eight', () => {
    const table = tableOf({ a: { t: 'tea 20241 Portugal Liechtenstein' } })
    expect(keysOf(table, 'tee')).toEqual([])
    expect(keysOf(table, '20242')).toEqual([])
    expect(keysOf(table, 'portogal')).toEqual(['a'])
    expect(keysOf(table, 'lichtenstain')).toEqual(['a'])
    expect(keysOf(table, 'lxxxhtenstein')).toEqual([])
  })

  it('reads nested text and lists of text, no numbers and no names of fields', () => {
    const table = tableOf({
      a: { names: { de: 'Irland', zh: { Hant: 'Aierlan' } }, tags: ['green', ['wet']], size: 70_273 },
    })
    for (const word of ['irland', 'aierlan', 'green', 'wet']) expect(keysOf(table, word)).toEqual(['a'])
    for (const word of ['70273', 'Hant', 'names', 'de', 'a']) expect(keysOf(table, word)).toEqual([])
  })

  it('looks only into the fields that are asked for', () => {
    const table = tableOf({ a: { name: 'Cork', county: 'Kerry' }, b: { name: 'Kerry' } })
    expect(keysOf(table, 'kerry', ['name'])).toEqual(['b'])
    expect(keysOf(table, 'kerry', ['county'])).toEqual(['a'])
    expect(keysOf(table, 'kerry', ['county', 'county', 'unknown'])).toEqual(['a'])
    expect(keysOf(table, 'kerry', ['unknown'])).toEqual([])
    expect(keysOf(table, 'kerry', [])).toEqual([])
  })

  it('knows no case, no accents, no forms of a letter', () => {
    const table = tableOf({ a: { t: 'École ΟΔΟΣ.Α İzmir Ångström' } })
    for (const word of ['ecole', 'ÉCOLE', 'οδος', 'ΟΔΟΣ', 'izmir', 'angstrom', 'A\u030angstro\u0308m'])
      expect(keysOf(table, word)).toEqual(['a'])
  })

  it('finds any part of text without spaces', () => {
    const table = tableOf({ a: { t: '東京都庁舎ABC' }, b: { t: '京都' }, c: { t: '東の京' } })
    expect(keysOf(table, '京都').toSorted()).toEqual(['a', 'b'])
    expect(keysOf(table, '都庁舎')).toEqual(['a'])
    expect(keysOf(table, '舎')).toEqual(['a'])
    expect(keysOf(table, '庁舎abc')).toEqual(['a'])
    expect(keysOf(tableOf({ d: { t: 'ภาษาไทย' } }), 'ไทย')).toEqual(['d'])
  })

  it('takes HTML and names of Object.prototype as text like any other', () => {
    const table = tableOf({
      html: { t: '<b onclick="steal()">bold</b>' },
      proto: JSON.parse('{"__proto__": "hidden", "constructor": "maker"}') as RecordValue,
      plain: { t: 'constructor toString __proto__' },
    })
    expect(keysOf(table, '<b>bold</b>')).toEqual(['html'])
    expect(keysOf(table, 'hidden')).toEqual(['proto'])
    expect(keysOf(table, 'hidden', ['__proto__'])).toEqual(['proto'])
    expect(keysOf(table, 'maker', ['constructor'])).toEqual(['proto'])
    expect(keysOf(table, 'constructor', ['toString'])).toEqual([])
    for (const word of ['constructor', 'toString', '__proto__'])
      expect(keysOf(table, word)).toEqual(['plain'])
  })

  it('reads so much of a text, however it is nested', () => {
    const long = `${'word '.repeat(maxTextLength / 5)}beyond`
    const table = tableOf({ text: { t: long }, list: { t: [long, 'after'] }, data: { t: 'x'.repeat(1e6) } })
    expect(keysOf(table, 'word').toSorted()).toEqual(['list', 'text'])
    expect(keysOf(table, 'beyond')).toEqual([])
    expect(keysOf(table, 'after')).toEqual([])
    expect(keysOf(table, 'x'.repeat(1e6))).toEqual(['data'])
    expect(keysOf(table, 'word '.repeat(1e5)).toSorted()).toEqual(['list', 'text'])
    let deep: Json = 'bottom'
    for (let level = 0; level < 50_000; level++) deep = [deep]
    expect(textOf(deep)).toBe('bottom')
  })

  it('tells a bounded number of fields apart and still finds the text of all', () => {
    const table = tableOf({
      wide: Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`c${n}`, `text${n}`])),
      other: { c0: 'else' },
    })
    expect(keysOf(table, 'text7', ['c7'])).toEqual(['wide'])
    expect(keysOf(table, 'text7', ['c8'])).toEqual([])
    expect(keysOf(table, 'text299')).toEqual(['wide'])
    expect(keysOf(table, 'text299', ['c299'])).toEqual(['wide'])
    put(table, 'wide', { c299: 'new' })
    expect(keysOf(table, 'text299')).toEqual([])
    expect(keysOf(table, 'new', ['c299'])).toEqual(['wide'])
  })

  it('follows inserts, changes and deletes, bulk ones and those that are taken back', () => {
    const table = tableOf({ a: { t: 'alpha' }, b: { t: 'beta' } })
    expect(keysOf(table, 'alpha')).toEqual(['a'])
    put(table, 'a', { t: 'gamma' })
    expect([keysOf(table, 'alpha'), keysOf(table, 'gamma')]).toEqual([[], ['a']])
    put(table, 'b', undefined)
    put(table, 'c', { t: 'beta', fresh: 'delta' })
    expect([keysOf(table, 'beta'), keysOf(table, 'delta', ['fresh'])]).toEqual([['c'], ['c']])
    const was = table.get('c') as Row // there
    put(table, 'c', { t: 'shown' })
    table.apply([{ key: 'c', row: was }])
    expect([keysOf(table, 'shown'), keysOf(table, 'beta')]).toEqual([[], ['c']])
    table.apply(Array.from({ length: 500 }, (_, n) => ({ key: `n${n}`, row: toRow(`n${n}`, { t: 'many' }) })))
    expect(keysOf(table, 'many')).toHaveLength(500)
    table.dropIndexes()
    expect(keysOf(table, 'gamma')).toEqual(['a'])
  })

  const word = fc.string({ unit: fc.constantFrom(...'abcéÉσςΣİ1ßñ京'), minLength: 1, maxLength: 6 })
  const separator = fc.constantFrom(' ', '. ', ', ', '\n', '<br>', ' — ', '/', "'")
  const sentence = fc.array(fc.tuple(word, separator), { maxLength: 6 }).map((parts) => parts.flat().join(''))
  const record = fc.oneof(
    sentence.map((text): RecordValue => ({ text })),
    fc.array(sentence, { maxLength: 3 }).map((list): RecordValue => ({ list, size: 1 })),
    sentence.map((text): RecordValue => ({ deep: { de: text, more: [{ text }] } })),
  )
  const records = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), record, { noNullPrototype: true })

  it('finds every record for every whole word that is in it', () => {
    fc.assert(
      fc.property(records, (values) => {
        const table = tableOf(values)
        for (const [key, value] of Object.entries(values))
          for (const whole of textOf(value as Json).split(/[^\p{L}\p{N}]+/u))
            if (whole !== '') expect(keysOf(table, whole)).toContain(key)
      }),
      { seed: 11, numRuns: 100 },
    )
  })

  it('ranks after changes as an index that is built after them', () => {
    fc.assert(
      fc.property(
        records,
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'f'), fc.option(record, { nil: undefined })), {
          maxLength: 6,
        }),
        word,
        (values, changes, text) => {
          const table = tableOf(values)
          keysOf(table, text)
          for (const [key, value] of changes) {
            put(table, key, value)
            if (value === undefined) keysOf(table, text)
          }
          const fresh = createTable(table.rows())
          const scores = (of: Table): readonly (readonly [string, number])[] =>
            [...of.searchIndex(make).search(text, undefined)].toSorted(([a], [b]) => (a < b ? -1 : 1))
          const expected = scores(fresh)
          expect(scores(table).map(([key]) => key)).toEqual(expected.map(([key]) => key))
          for (const [at, [, score]] of scores(table).entries())
            expect(score).toBeCloseTo(expected[at]?.[1] ?? 0, 4)
        },
      ),
      { seed: 12, numRuns: 150 },
    )
  })

  it('cuts text into words', () => {
    expect(wordsOf("Don't <i>stop</i>, No. 42")).toEqual(['don', 't', 'i', 'stop', 'i', 'no', '42'])
    expect(wordsOf('東京x')).toEqual(['東京', '京', 'x'])
    expect(wordsOf('y'.repeat(100))).toEqual(['y'.repeat(64)])
  })
})
