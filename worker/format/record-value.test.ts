import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json } from '../../src/protocol/records.ts'
import { maxValueDepth, parsedBytes, writableBytes } from './record-value.ts'

const numRuns = process.env['ESPALIER_LONG'] ? 10_000 : 1_000

test('What was read from JSON is bounded by as many bytes as what came otherwise, or more', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const bytes = writableBytes(value)
      if (bytes >= 0) expect(parsedBytes(value as Json)).toBeGreaterThanOrEqual(bytes)
    }),
    { numRuns },
  )
})

test.each([
  ['lists', (value: Json): Json => [value]],
  ['maps', (value: Json): Json => ({ a: value })],
])('%s may be as deep as those that came otherwise', (_, wrap) => {
  let value: Json = 1
  for (let depth = 0; depth < maxValueDepth; depth++) value = wrap(value)
  expect(parsedBytes(value)).toBeLessThan(Infinity)
  expect(writableBytes(value)).toBeGreaterThan(0)
  expect(parsedBytes(wrap(value))).toBe(Infinity)
  expect(writableBytes(wrap(value))).toBe(-1)
})
