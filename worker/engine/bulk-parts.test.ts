import { expect, test } from 'vitest'
import { revisionOf } from '../records/revision.ts'
import { createBulkParts } from './bulk-parts.ts'

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
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
  const { rows, texts, revisions } = parts.take(1)
  const expected = ['a', 'b', 'c'].map(row)
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
])('%s in one of the parts: clean %s', (_, text, isClean) => {
  const parts = createBulkParts(async () => {})
  parts.add(1, encode([row('a')]))
  parts.add(1, encode([{ key: 'b', value: { name: text } }]))
  expect(parts.take(1).isClean).toBe(isClean)
})

test('what a write left behind that was never sent is not part of the next one', () => {
  const parts = createBulkParts(async () => {})
  parts.add(1, encode([row('a')]))
  parts.add(2, encode([row('b')]))
  expect(parts.take(2).rows).toEqual([row('b')])
  expect(parts.take(2).rows).toEqual([])
  expect(() => parts.take(3)).toThrow(expect.objectContaining({ code: 'engine/bad-argument' }))
})
