import { describe, expect, test } from 'vitest'
import { parseOid } from '../../git/objects/oid.ts'
import { parseJournalEntry, storedEntry, type BulkText, type Edit, type JournalEntry } from './journal.ts'

const base = parseOid('a'.repeat(40))
const scope = 'refs/heads/main'

const edits = (count: number): readonly Edit[] =>
  Array.from({ length: count }, (_, n) => ({
    collection: 'notes',
    key: `ñ${n}`,
    before: n % 2 === 0 ? null : { n },
    after: n % 3 === 0 ? null : { n: n + 1, text: 'Straße' },
  }))

describe('a journal entry', () => {
  const read = (entry: JournalEntry, bulk?: BulkText): JournalEntry =>
    parseJournalEntry({ scope, seq: 1, entry: structuredClone(storedEntry(entry, bulk)) })

  test.each([0, 1, 63, 64, 700])('of %i edits is read as it was stored', (count) => {
    const entry = { base, edits: edits(count) }
    expect(read(entry)).toEqual(entry)
  })

  const rows = Array.from({ length: 100 }, (_, n) => ({ key: `ñ${n}`, value: { n, text: 'Straße' } }))
  const added = rows.map(({ key, value }): Edit => ({ collection: 'notes', key, before: null, after: value }))
  /** Text that nobody would make of these rows tells whether it was taken. */
  const partOf = (from: number, to: number): string =>
    `{"collection":"notes","rows":${JSON.stringify(rows.slice(from, to)).replaceAll('},{', '} , {')}}`
  const partTexts = [partOf(0, 60), partOf(60, 61), partOf(61, 100)]
  const bulk = { collection: 'notes', rows, texts: partTexts.map((text) => new TextEncoder().encode(text)) }
  const textsOf = (entry: JournalEntry): readonly string[] =>
    (storedEntry(entry, bulk).edits as readonly Uint8Array[]).map((text) => new TextDecoder().decode(text)) // many are text

  test('of new records holds their rows as they came', () => {
    expect(textsOf({ base, edits: added })).toEqual(partTexts)
    expect(read({ base, edits: added }, bulk)).toEqual({ base, edits: added })
  })

  test.each<[string, (edit: Edit) => Edit]>([
    ['was there before', (edit) => ({ ...edit, before: { n: 1 } })],
    ['got another value', (edit) => ({ ...edit, after: { ...edit.after } })],
    ['got another key', (edit) => ({ ...edit, key: 'other' })],
    ['is of another collection', (edit) => ({ ...edit, collection: 'other' })],
  ])('of records of which one %s holds edits', (_, change) => {
    const changed = added.map((edit, n) => (n === 70 ? change(edit) : edit))
    expect(textsOf({ base, edits: changed })).not.toContain(partTexts[0])
    expect(read({ base, edits: changed }, bulk)).toEqual({ base, edits: changed })
    expect(textsOf({ base, edits: added.slice(1) })).not.toContain(partTexts[0])
  })

  const literal = '{"collection":"notes","rows":[{"key":"ñ1","value":{"n":1}},{"key":"b","value":{"t":"é"}}]}'
  const edited = '[{"collection":"notes","key":"a","before":{"n":1},"after":null}]'

  const twoNew = [
    { collection: 'notes', key: 'ñ1', before: null, after: { n: 1 } },
    { collection: 'notes', key: 'b', before: null, after: { t: 'é' } },
  ]
  const removed = [{ collection: 'notes', key: 'a', before: { n: 1 }, after: null }]

  // What a version has stored every later one reads.
  test.each<[string, unknown, readonly Edit[]]>([
    ['edits in values', removed, removed],
    ['new records as one text', new TextEncoder().encode(literal), twoNew],
    ['edits as one text', new TextEncoder().encode(edited), removed],
    [
      'texts of both',
      [new TextEncoder().encode(literal), new TextEncoder().encode(edited)],
      [...twoNew, ...removed],
    ],
  ])('that was stored as %s is read for ever', (_, stored, expected) => {
    const entry = { base: 'a'.repeat(40), edits: stored }
    expect(parseJournalEntry({ scope, seq: 1, entry })).toEqual({ base, edits: expected })
  })

  test.each([
    ['nothing', null],
    ['no base', { edits: [] }],
    ['a base that is no commit', { base: 'main', edits: [] }],
    ['no edits', { base }],
    ['edits that are no list', { base, edits: {} }],
    ['text that is no JSON', { base, edits: new TextEncoder().encode('[{"colle') }],
    ['text of something else', { base, edits: new TextEncoder().encode('{}') }],
    [
      'a text that is damaged',
      { base, edits: [new TextEncoder().encode(edited), new TextEncoder().encode('[')] },
    ],
  ])('that holds %s is named as damaged', (_, entry) => {
    expect(() => parseJournalEntry({ scope, seq: 7, entry })).toThrow(
      expect.objectContaining({ code: 'storage/corrupt', data: { scope, seq: 7 } }),
    )
  })
})
