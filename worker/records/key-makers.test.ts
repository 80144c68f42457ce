import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkKey, isDeviceName } from '../format/record-keys.ts'
import { createUlid, createUuid, slugOf } from './key-makers.ts'

test('ULIDs sort in the order in which they were made, also when the clock stands or goes back', () => {
  const now = Date.now() + 60_000
  const times = [now, now, now, now + 1, now - 5000, now + 1, now + 2]
  const ids = times.map((time) => createUlid(time))
  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids) expect(id).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/)
  // The time is in the first ten digits (the example of the specification: 1469918176385 is 01ARYZ6S41).
  const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
  const timeOf = (id: string): number =>
    Array.from(id.slice(0, 10)).reduce((time, digit) => time * 32 + digits.indexOf(digit), 0)
  expect(timeOf('01ARYZ6S41')).toBe(1_469_918_176_385)
  expect(timeOf(ids[0] ?? '')).toBe(now)
})

test('UUIDs are of version 4 and different', () => {
  const ids = Array.from({ length: 100 }, createUuid)
  expect(new Set(ids).size).toBe(100)
  for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
})

test.each([
  ['Éire & co.', 'eire-co'],
  ['  a--b  ', 'a-b'],
  ['ΑΒΓ 日本', 'αβγ-日本'],
  ['../..', 'record'],
  [12.5, '12-5'],
  [null, 'record'],
  [undefined, 'record'],
  ['x'.repeat(200), 'x'.repeat(80)],
  [`${'y'.repeat(79)} z`, 'y'.repeat(79)],
  ['日'.repeat(80), '日'.repeat(60)],
  [`${'ก'.repeat(59)} ${'ข'.repeat(59)}`, 'ก'.repeat(59)],
  ['𠀀'.repeat(50), '𠀀'.repeat(45)],
  [`a${'𠀀'.repeat(50)}`, `a${'𠀀'.repeat(44)}`],
])('the slug of %j is %j', (value, slug) => {
  expect(slugOf(value)).toBe(slug)
})

test('a slug is a key as keys are kept, also with a number behind it', () => {
  const letters = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.string({ unit: 'grapheme', maxLength: 400 }),
    fc.string({
      unit: fc.constantFrom('日', 'ก', '𠀀', 'e\u0301', 'ß', 'İ', '각', '-', ' '),
      maxLength: 300,
    }),
    fc
      .tuple(fc.constantFrom('con', 'PRN', 'Aux.', 'nul', 'COM¹', 'lpt9', 'ＣＯＮ'), fc.string())
      .map((two) => two.join('')),
  )
  fc.assert(
    fc.property(letters, fc.integer({ min: 2, max: Number.MAX_SAFE_INTEGER }), (text, number) => {
      const slug = slugOf(text)
      expect(slug).toMatch(/^[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)*$/u)
      const key = `${slug}-${number}`
      expect(checkKey(key)).toBe(key)
      if (!isDeviceName(slug)) expect(checkKey(slug)).toBe(slug)
    }),
    { seed: 61, numRuns: 500 },
  )
})
