import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bulkLevels } from '../../../src/protocol/bulk-write.ts'
import type { Json } from '../../../src/protocol/records.ts'
import { writableBytes } from '../../format/record-value.ts'
import { revisionOf } from '../../records/revision.ts'
import { createBulkParts } from './bulk-parts.ts'

const encode = (rows: unknown): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ collection: 'notes', rows }))
const row = (key: string): { key: string; value: { name: string } } => ({ key, value: { name: `é ${key}` } })

test('parts are one list of rows, with the text and the revisions of each, made a part at a turn', async () => {
  const turns: (() => void)[] = []
  const parts = createBulkParts(() => new Promise((resolve) => turns.push(resolve)))
  const [first, second] = [encode([row('a'), row('b')]), encode([row('c')])]
  parts.add(1, first)
  parts.add(1, second)
  expect(turns).toHaveLength(1)
  turns.shift()?.()
  await expect.poll(() => turns).toHaveLength(1)
  const { collection, rows, texts, revisions } = parts.take(1)
  const expected = ['a', 'b', 'c'].map(row)
  expect(collection).toBe('notes')
  expect(rows).toEqual(expected)
  expect(texts).toEqual([first, second])
  // The turn of the second did not come: its revisions are made when they are asked for.
  const made = revisions()
  expect(made).toEqual(expected.map(({ value }) => revisionOf(value)))
  turns.shift()?.()
  expect(revisions()).toEqual(made)
})

test.each([
  ['plain text', '\u00e9 \\ \n', true],
  ['what only looks like half of a pair', '\\ud', false],
  ['a pair', '\u{1f600}', true],
  ['NUL', 'a\u0000', false],
  ['half of a pair', 'a\ud83d', false],
  ['the other half', 'a\udc00', false],
  ['a dollar sign, which a name may begin with', '5 $', false],
  ['text so long that its file may be too large', 'a'.repeat(200_000), false],
])('%s in one of the parts: known to be fine %s', (_, text, isFine) => {
  const rows = [{ key: 'b', value: { name: text } }]
  for (const order of [
    [rows, [row('a')]],
    [[row('a')], rows],
  ]) {
    const parts = createBulkParts(async () => {})
    for (const part of order) parts.add(1, encode(part))
    const { maxBytes } = parts.take(1)
    if (isFine) expect(maxBytes).toBeGreaterThan(1000)
    else expect(maxBytes).toBe(undefined)
  }
})

test('what a file of a part may take is no less than what is found value by value', () => {
  // As deep as a part may be: its list, the row and its value are three levels.
  const values = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: bulkLevels - 3 }) as fc.Arbitrary<Json>)
  fc.assert(
    fc.property(values, (value) => {
      const parts = createBulkParts(async () => {})
      parts.add(1, encode([{ key: 'a', value }]))
      const { maxBytes = Infinity } = parts.take(1)
      expect(maxBytes).toBeGreaterThanOrEqual(writableBytes(value))
    }),
    { numRuns: process.env['ESPALIER_LONG'] ? 10_000 : 1_000 },
  )
  for (const leaf of [1, '', [], {}]) {
    let value: Json = Array.from({ length: 1000 }, () => leaf)
    for (let level = 0; level < bulkLevels - 5; level++) value = [value]
    const parts = createBulkParts(async () => {})
    parts.add(1, encode([{ key: 'a', value: { a: value } }]))
    expect(parts.take(1).maxBytes).toBeGreaterThanOrEqual(writableBytes({ a: value }))
  }
})

test('what a write left behind that was never sent is not part of the next one', () => {
  const parts = createBulkParts(async () => {})
  parts.add(1, encode([row('a')]))
  parts.add(2, encode([row('b')]))
  expect(parts.take(2).rows).toEqual([row('b')])
  expect(parts.take(2).rows).toEqual([])
  expect(() => parts.take(3)).toThrow(expect.objectContaining({ code: 'engine/bad-argument' }))
})
