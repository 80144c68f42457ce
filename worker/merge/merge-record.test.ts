import { expect, test } from 'vitest'
import type { RecordValue } from '../../src/protocol/records.ts'
import { mergeRecord } from './merge-record.ts'

const rules = { mode: 'field', record: {} } as const

test('two sides that change different fields merge cleanly', () => {
  const base: RecordValue = { a: 1, b: { x: 1, y: 2 } }
  expect(
    mergeRecord({ base, ours: { a: 2, b: { x: 1, y: 2 } }, theirs: { a: 1, b: { x: 1, y: 3 } } }, rules),
  ).toEqual({ value: { a: 2, b: { x: 1, y: 3 } }, conflicts: [] })
})

test('two values in one field conflict, and ours survives', () => {
  const merged = mergeRecord({ base: { a: 1 }, ours: { a: 2 }, theirs: { a: 3 } }, rules)
  expect(merged.value).toEqual({ a: 2 })
  expect(merged.conflicts).toEqual([
    { path: ['a'], kind: 'edit/edit', base: 1, ours: 2, theirs: 3, blocking: true },
  ])
})
