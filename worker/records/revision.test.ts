import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import { revisionOf } from './revision.ts'

const seed = 20_261_126
const records = fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<Json>)

/** The same value with the fields of every map the other way round. */
function turned(value: Json): Json {
  if (Array.isArray(value)) return value.map(turned)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, item]) => [name, turned(item)]),
  )
}

test('a revision does not depend on the order of fields, nor on how a number was spelled', () => {
  fc.assert(
    fc.property(records, (record) => {
      const again = JSON.parse(JSON.stringify(record)) as RecordValue
      expect(revisionOf(turned(record) as RecordValue)).toBe(revisionOf(again))
    }),
    { seed },
  )
  expect(revisionOf({ a: -0 })).toBe(revisionOf({ a: 0 }))
  expect(revisionOf({ a: 1 })).toMatch(/^[0-9a-f]{16}$/)
})

test('different values have different revisions', () => {
  const values: Json[] = [
    null,
    false,
    true,
    0,
    1,
    -1,
    0.5,
    2 ** 31,
    -(2 ** 31),
    2 ** 40,
    '',
    '0',
    '1',
    'a',
    'b',
  ]
  values.push([], [[]], [0], ['0'], [0, 1], [1, 0], {}, { a: 1 }, { b: 1 }, { a: { b: 1 } }, { a: 1, b: 1 })
  const revisions = values.flatMap((a) => [revisionOf({ a }), revisionOf({ b: a }), revisionOf({ a, b: a })])
  expect(new Set(revisions).size).toBe(revisions.length)
  expect(revisionOf({ a: 1, b: 2 })).not.toBe(revisionOf({ a: 2, b: 1 }))

  // More names than are remembered, a map within a map each.
  const named = Array.from({ length: 5000 }, (_, n) => ({ [`a${n}`]: { [`b${n}`]: n } }))
  const before = named.map(revisionOf)
  expect(new Set(before).size).toBe(named.length)
  expect(named.toReversed().map(revisionOf).toReversed()).toEqual(before)

  // One walk makes both halves: neither may follow the other.
  const many = Array.from({ length: 20_000 }, (_, n) =>
    revisionOf({ name: `row ${n}`, n, tags: [n % 7, `${n % 11}`] }),
  )
  for (const half of [many, many.map((text) => text.slice(0, 8)), many.map((text) => text.slice(8))])
    expect(new Set(half).size).toBeGreaterThan(many.length - 3)
})
