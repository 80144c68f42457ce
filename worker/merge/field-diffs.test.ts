import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonPatchStep } from '../../src/protocol/diff.ts'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import { equalValues } from '../format/record-diff.ts'
import { createFieldFilter, diffFields } from './field-diffs.ts'
import { toJsonPatch } from './json-patch.ts'

const numRuns = process.env['ESPALIER_LONG'] ? 10_000 : 1000
const names = fc.constantFrom('a', 'b', 'a/b', 'c~d', 'a.b', '__proto__', '0')
const { value: anyValue } = fc.letrec<{ value: Json; map: RecordValue }>((tie) => ({
  map: fc
    .array(fc.tuple(names, tie('value')), { maxLength: 4 })
    .map((entries) => Object.fromEntries(entries)),
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(null, true, 0, 1, '', 'x'),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('map'),
  ),
}))
const record = fc
  .array(fc.tuple(names, anyValue), { maxLength: 5 })
  .map((entries): RecordValue => Object.fromEntries(entries))

interface Node {
  [name: string]: Json
}

/** `__proto__` is a name like any other. */
function put(map: Node, name: string, value: Json): void {
  Object.defineProperty(map, name, { value, writable: true, enumerable: true, configurable: true })
}

function applyFields(before: RecordValue, fields: ReturnType<typeof diffFields>): RecordValue {
  const result = structuredClone(before) as Node // a copy may be written to
  for (const field of fields) {
    let at = result
    for (const name of field.path.slice(0, -1)) at = Object.getOwnPropertyDescriptor(at, name)?.value as Node
    const name = field.path.at(-1) ?? ''
    expect(Object.hasOwn(at, name)).toBe('before' in field)
    if (field.after === undefined) delete at[name]
    else put(at, name, field.after)
  }
  return result
}

/** RFC 6902, by the letter. */
function applyPatch(before: RecordValue, steps: readonly JsonPatchStep[]): RecordValue {
  const result = structuredClone(before) as Node // a copy may be written to
  for (const step of steps) {
    const names = step.path
      .slice(1)
      .split('/')
      .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
    let at: Node | Json[] = result
    for (const name of names.slice(0, -1))
      at = Object.getOwnPropertyDescriptor(at, name)?.value as Node | Json[]
    const name = names.at(-1) ?? ''
    if (Array.isArray(at)) {
      if (step.op === 'remove') at.splice(Number(name), 1)
      else at.splice(Number(name), step.op === 'add' ? 0 : 1, step.value)
    } else {
      if (step.op !== 'add') expect(Object.hasOwn(at, name)).toBe(true)
      if (step.op === 'remove') delete at[name]
      else put(at, name, step.value)
    }
  }
  return result
}

test('the fields that differ make the one record of the other, and equal records have none', () => {
  fc.assert(
    fc.property(record, record, (before, after) => {
      expect(diffFields(before, before)).toEqual([])
      expect(equalValues(applyFields(before, diffFields(before, after)), after)).toBe(true)
    }),
    { seed: 501, numRuns },
  )
})

test('a JSON patch makes the one record of the other', () => {
  fc.assert(
    fc.property(record, record, (before, after) => {
      expect(toJsonPatch(before, before)).toEqual([])
      expect(equalValues(applyPatch(before, toJsonPatch(before, after)), after)).toBe(true)
    }),
    { seed: 502, numRuns },
  )
})

test('a filter means fields, parts of them, and what holds them; a dot may belong to a name', () => {
  const fields = diffFields({ a: { b: 1, c: 1 }, 'd.e': 1, f: 1 }, { a: { b: 2, c: 2 }, 'd.e': 2, f: 2 })
  const picked = (...wanted: readonly string[]): readonly string[] =>
    createFieldFilter(wanted)
      .pick(fields)
      .map(({ path }) => path.join('.'))
  expect(picked('a')).toEqual(['a.b', 'a.c'])
  expect(picked('a.b', 'f')).toEqual(['a.b', 'f'])
  expect(picked('a.b.x')).toEqual(['a.b'])
  expect(picked('d.e')).toEqual(['d.e'])
  expect(picked('d.x')).toEqual([])
  expect(createFieldFilter(['a.b']).isIn({ a: { b: null } })).toBe(true)
  expect(createFieldFilter(['a.b']).isIn({ a: 1 })).toBe(false)
  expect(createFieldFilter(['a.b']).isIn({ 'a.b': 1 })).toBe(true)
})
