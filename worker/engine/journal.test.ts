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
