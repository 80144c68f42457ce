import { describe, expect, test } from 'vitest'
import { parseOid } from '../git/oid.ts'
import { parseJournalEntry, storedEntry, type Edit } from './journal.ts'

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
  test.each([0, 1, 63, 64, 500])('of %i edits is read as it was stored', (count) => {
    const entry = { base, edits: edits(count) }
    const stored = structuredClone(storedEntry(entry))
    expect(parseJournalEntry({ scope, seq: 1, entry: stored })).toEqual(entry)
  })

  const rows = Array.from({ length: 100 }, (_, n) => ({ key: `ñ${n}`, value: { n, text: 'Straße' } }))
  const added = rows.map(({ key, value }): Edit => ({ collection: 'notes', key, before: null, after: value }))
  /** Text that nobody would make of these rows tells whether it was taken. */
  const partOf = (from: number, to: number): string =>
    ` ${JSON.stringify(rows.slice(from, to)).slice(1, -1).replaceAll('},{', '} , {')} `
  const partTexts = [partOf(0, 60), partOf(60, 61), partOf(61, 100)]
  const texts = partTexts.map((text) => new TextEncoder().encode(`[${text}]`))
  const bulk = { collection: 'notes', rows, texts }
  const textOf = (entry: unknown): string => {
    const { edits } = entry as { readonly edits: Uint8Array }
    return new TextDecoder().decode(edits)
  }

  test('of new records holds their rows as they came', () => {
    const stored = structuredClone(storedEntry({ base, edits: added }, bulk))
    expect(textOf(stored)).toContain(partTexts.join(','))
    expect(parseJournalEntry({ scope, seq: 1, entry: stored })).toEqual({ base, edits: added })
  })

  test.each<[string, (edit: Edit) => Edit]>([
    ['was there before', (edit) => ({ ...edit, before: { n: 1 } })],
    ['got another value', (edit) => ({ ...edit, after: { ...edit.after } })],
    ['got another key', (edit) => ({ ...edit, key: 'other' })],
    ['is of another collection', (edit) => ({ ...edit, collection: 'other' })],
  ])('of records of which one %s holds edits', (_, change) => {
    const changed = added.map((edit, n) => (n === 70 ? change(edit) : edit))
    const stored = storedEntry({ base, edits: changed }, bulk)
    expect(textOf(stored)).not.toContain(partTexts[0])
    expect(parseJournalEntry({ scope, seq: 1, entry: stored })).toEqual({ base, edits: changed })
    expect(textOf(storedEntry({ base, edits: added.slice(1) }, bulk))).not.toContain(partTexts[0])
  })

  test.each([
    ['nothing', null],
    ['no base', { edits: [] }],
    ['a base that is no commit', { base: 'main', edits: [] }],
    ['no edits', { base }],
    ['edits that are no list', { base, edits: {} }],
    ['text that is no JSON', { base, edits: new TextEncoder().encode('[{"colle') }],
    ['text of something else', { base, edits: new TextEncoder().encode('{}') }],
  ])('that holds %s is named as damaged', (_, entry) => {
    expect(() => parseJournalEntry({ scope, seq: 7, entry })).toThrow(
      expect.objectContaining({ code: 'storage/corrupt', data: { scope, seq: 7 } }),
    )
  })
})
