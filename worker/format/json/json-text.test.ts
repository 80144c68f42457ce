import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json } from '../../../src/protocol/records.ts'
import { formatJson } from './json-text.ts'

const name = fc.oneof(
  fc.string(),
  fc.constantFrom('name', 'é', '10', '9', '__proto__', 'constructor', 'toJSON'),
)
const { value: anyJson } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 0.5, -7, 'text', '', 'a\nb', '\u2028 "\\'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(name, tie('value')), { maxLength: 6 })
      .map((entries) => Object.fromEntries(entries) as Json),
  ),
}))

/** Line ends of another kind are written by our own code. */
function byHand(value: Json, unit: string, first: readonly string[]): string {
  return formatJson(value, { unit, eol: '\r\n' }, '', first).replaceAll('\r\n', '\n')
}

test('the text is the same whether the engine writes it or we do', () => {
  const first = ['name', 'constructor', '10']
  fc.assert(
    fc.property(anyJson, fc.constantFrom('  ', '\t', '', ' '.repeat(12)), (value, unit) => {
      const text = formatJson(value, { unit, eol: '\n' }, '', first)
      expect(text).toBe(byHand(value, unit, first))
      expect(JSON.parse(text)).toEqual(value)
    }),
    { seed: 20_261_127, numRuns: 1000 },
  )
})

test('names are in order, those of the definition first, then by their bytes', () => {
  const value = { b: { z: 1, a: [] }, '\u{1f600}': 1, '\uffff': 2, name: {}, a: [{ y: 1, x: null }] }
  expect(formatJson(value, { unit: ' ', eol: '\n' }, '', ['name'])).toBe(
    '{\n "name": {},\n "a": [\n  {\n   "x": null,\n   "y": 1\n  }\n ],\n "b": {\n  "a": [],\n  "z": 1\n },\n "\uffff": 2,\n "\u{1f600}": 1\n}',
  )
})
