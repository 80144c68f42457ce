import { expect, test } from 'vitest'
import type { Json } from '../../src/protocol/records.ts'
import { findValueFault, maxValueDepth, writableBytes } from './record-value.ts'

test.each([
  ['lists', (value: Json): Json => [value]],
  ['maps', (value: Json): Json => ({ a: value })],
])('%s may be so deep and no deeper', (_, wrap) => {
  let value: Json = 1
  for (let depth = 0; depth < maxValueDepth; depth++) value = wrap(value)
  expect(writableBytes(value)).toBeGreaterThan(0)
  expect(findValueFault(value, 'writable')).toBe(undefined)
  expect(writableBytes(wrap(value))).toBe(-1)
  expect(findValueFault(wrap(value), 'writable')).toBeDefined()
})
