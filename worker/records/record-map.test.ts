import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RecordValue } from '../../src/protocol/records.ts'
import { createRecordMap, keysApart, type RecordMap } from './record-map.ts'

const anyChanges = fc
  .array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.option(fc.nat(2))), { maxLength: 4 })
  .map((pairs) => new Map(pairs.map(([key, n]) => [key, n === null ? null : { n }] as const)))
const base = createRecordMap(new Map(['a', 'b', 'c'].map((key) => [key, { n: 0 }])))

/** Compares all records, one by one. */
function allApart(a: RecordMap, b: RecordMap): readonly string[] {
  return ['a', 'b', 'c', 'd'].filter((key) => a.get(key) !== b.get(key))
}

test('the keys of two versions of the same records are those whose records are not the same', () => {
  fc.assert(
    fc.property(fc.array(anyChanges), fc.array(anyChanges), (left, right) => {
      const [a, b] = [left, right].map((steps) => steps.reduce((map, step) => map.with(step), base))
      if (!a || !b) throw new Error('There are two')
      expect([...(keysApart(a, b) ?? ['unknown'])].sort()).toEqual(allApart(a, b))
    }),
  )
})

test('what has nothing in common is not compared', () => {
  const records = new Map<string, RecordValue>([['a', { n: 0 }]])
  expect(keysApart(createRecordMap(records), createRecordMap(new Map(records)))).toBeUndefined()
  const many = new Map(Array.from({ length: 1025 }, (_, n) => [`k${n}`, { n }] as const))
  const own = base.with(many)
  expect(keysApart(base, own)).toBeUndefined()
  expect(own.size).toBe(1028)
})
