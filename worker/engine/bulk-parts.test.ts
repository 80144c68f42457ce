import { expect, test } from 'vitest'
import { revisionOf } from '../records/revision.ts'
import { createBulkParts } from './bulk-parts.ts'

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
const row = (key: string): { key: string; value: { name: string } } => ({ key, value: { name: `é ${key}` } })

test('parts are one list of rows, with the text and the revisions of each', () => {
  const tasks: (() => void)[] = []
  const parts = createBulkParts((task) => tasks.push(task))
  const [first, second] = [encode([row('a'), row('b')]), encode([row('c')])]
  parts.add(1, first)
  tasks.shift()?.()
  parts.add(1, second)
  const { rows, texts, revisions } = parts.take(1)
  const expected = ['a', 'b', 'c'].map(row)
  expect(rows).toEqual(expected)
  expect(texts).toEqual([first, second])
  // One part was read in time, the other is read now.
  expect(tasks).toHaveLength(1)
  expect(revisions()).toEqual(expected.map(({ value }) => revisionOf(value)))
})

test('what a write left behind that was never sent is not part of the next one', () => {
  const parts = createBulkParts(() => {})
  parts.add(1, encode([row('a')]))
  parts.add(2, encode([row('b')]))
  expect(parts.take(2).rows).toEqual([row('b')])
  expect(parts.take(2).rows).toEqual([])
  expect(() => parts.take(3)).toThrow(expect.objectContaining({ code: 'engine/bad-argument' }))
})
