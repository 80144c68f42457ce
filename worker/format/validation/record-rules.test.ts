import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, RecordValue } from '../../../src/protocol/records.ts'
import type { Column } from '../../../src/protocol/schema.ts'
import { formulaLanguage } from '../formula/formula-language.ts'
import { compileRules } from './record-rules.ts'

const formulas = formulaLanguage

const column = (rules: Partial<Column>): Column => ({ name: 'x', type: 'any', required: false, ...rules })
const check = (columns: readonly Column[], value: RecordValue, key = 'k'): readonly object[] =>
  compileRules({ columns }, { formulas }).check(key, value)
/** The codes that a value of one column breaks, without their room. */
const codes = (rules: Partial<Column>, value: Json): readonly string[] =>
  compileRules({ columns: [column(rules)] })
    .check('k', { x: value })
    .map(({ code }) => code.replace('validation/', ''))

describe('record rules', () => {
  it('ask for required fields: null is missing, an empty text and zero are not', () => {
    const columns = [column({ type: 'string', required: true })]
    const missing = {
      code: 'validation/required',
      severity: 'error',
      message: 'Missing required field "x".',
      path: ['x'],
    }
    expect(check(columns, {})).toEqual([missing])
    expect(check(columns, { x: null })).toEqual([missing])
    expect(check(columns, { x: '' })).toEqual([])
    expect(codes({ type: 'int', required: true }, 0)).toEqual([])
    expect(codes({ type: 'int' }, null)).toEqual([])
  })

  it('accept of each type what the format accepts', () => {
    const values: readonly Json[] = [
      'a',
      1,
      5.5,
      true,
      {},
      { en: 'a' },
      { en: 1 },
      [],
      ['a'],
      [1],
      [1.5],
      [[]],
    ]
    const accepted = (type: string): readonly Json[] =>
      values.filter((value) => codes({ type }, value).length === 0)
    expect(accepted('string')).toEqual(['a'])
    expect(accepted('date')).toEqual(['a'])
    expect(accepted('time')).toEqual(['a'])
    expect(accepted('datetime')).toEqual(['a'])
    expect(accepted('int')).toEqual([1])
    expect(codes({ type: 'int' }, 5.0)).toEqual([])
    expect(accepted('float')).toEqual([1, 5.5])
    expect(accepted('bool')).toEqual([true])
    expect(accepted('any')).toEqual(values)
    expect(accepted('map[locale]string')).toEqual([{}, { en: 'a' }])
    expect(accepted('map[string]int')).toEqual([{}, { en: 'a' }, { en: 1 }])
    expect(accepted('[]string')).toEqual([[], ['a']])
    expect(accepted('[]int')).toEqual([[], [1]])
    expect(accepted('[]float')).toEqual([[], [1], [1.5]])
    expect(accepted('[]any')).toEqual([[], ['a'], [1], [1.5], [[]]])
  })

  it('name every wrong item of a list and every wrong text of a map, with what is there', () => {
    expect(check([column({ type: '[]int' })], { x: [1, 'two', 3, null] })).toEqual([
      {
        code: 'validation/type',
        severity: 'error',
        message: 'Wrong type for field "x.1": expected int, got string.',
        path: ['x', 1],
        expected: 'int',
        actual: 'two',
      },
      {
        code: 'validation/type',
        severity: 'error',
        message: 'Wrong type for field "x.3": expected int, got null.',
        path: ['x', 3],
        expected: 'int',
        actual: null,
      },
    ])
    expect(check([column({ type: 'map[locale]string' })], { x: { en: 'a', ru: 1 } })).toMatchObject([
      { path: ['x', 'ru'], expected: 'string', actual: 1 },
    ])
  })

  it('measure texts in code points, lists in elements, maps in entries, and nothing else', () => {
    expect(codes({ length: 1 }, '😀')).toEqual([])
    expect(codes({ length: 2 }, '😀')).toEqual(['length'])
    expect(codes({ maxLength: 2 }, 'e\u0301')).toEqual([])
    expect(codes({ maxLength: 1 }, 'e\u0301')).toEqual(['max-length'])
    expect(codes({ length: 3 }, '\ud800x\udc00')).toEqual([])
    expect(codes({ minLength: 2 }, ['a'])).toEqual(['min-length'])
    expect(codes({ minLength: 2 }, { a: 1 })).toEqual(['min-length'])
    expect(codes({ minLength: 9, length: 9, maxLength: 0 }, 12)).toEqual([])
  })

  it('hold numbers within inclusive bounds, and leave other values alone', () => {
    expect(codes({ minValue: 1, maxValue: 3 }, 1)).toEqual([])
    expect(codes({ minValue: 1, maxValue: 3 }, 3)).toEqual([])
    expect(codes({ minValue: 1 }, 0.9)).toEqual(['min-value'])
    expect(codes({ maxValue: 3 }, 3.1)).toEqual(['max-value'])
    expect(codes({ minValue: 1 }, 'a')).toEqual([])
  })

  it('compare with the permitted values by value, whatever their shape', () => {
    expect(codes({ enum: ['a', 2, null] }, 2)).toEqual([])
    expect(codes({ enum: ['a', 2] }, '2')).toEqual(['enum'])
    expect(codes({ enum: [['a'], { b: 1, c: 2 }] }, { c: 2, b: 1 })).toEqual([])
    expect(codes({ enum: [['a']] }, ['b'])).toEqual(['enum'])
    expect(codes({ enum: [] }, 'a')).toEqual(['enum'])
  })

  it('list all broken rules of a value, but none after a wrong type', () => {
    const rules = { type: 'string', enum: ['ab'], minLength: 3, length: 4 }
    expect(codes(rules, 'a')).toEqual(['enum', 'length', 'min-length'])
    expect(codes(rules, 7)).toEqual(['type'])
  })

  it('refuse fields that are no columns, and let names of the library be', () => {
    expect(check([], { a: 1, $content: 'x', $last_modified: 2 })).toMatchObject([
      { code: 'validation/undeclared-field', path: ['a'] },
    ])
  })

  it('refuse a computed column that is stored, null too', () => {
    const columns = [column({ formula: '1 + 1' })]
    expect(check(columns, {})).toEqual([])
    expect(check(columns, { x: null })).toMatchObject([{ code: 'validation/stored-computed', path: ['x'] }])
  })

  it('check the key by the rules of "$ID", and warn of a stored one that differs', () => {
    const columns = [column({ name: '$ID', type: 'string', required: true, length: 3 })]
    expect(check(columns, {}, 'abc')).toEqual([])
    expect(check(columns, {}, 'ab')).toMatchObject([
      { code: 'validation/length', path: ['$ID'], expected: 3, actual: 2 },
    ])
    expect(check(columns, { $ID: 'abd' }, 'abc')).toMatchObject([
      { code: 'validation/id', severity: 'warning', expected: 'abc', actual: 'abd' },
    ])
    expect(check([], { $ID: 7 }, '7')).toEqual([])
  })

  it('treat hostile names as names', () => {
    const columns = [
      column({ name: '__proto__', required: true }),
      column({ name: 'constructor', required: true }),
    ]
    expect(check(columns, {})).toMatchObject([{ path: ['__proto__'] }, { path: ['constructor'] }])
    const own: RecordValue = JSON.parse('{"__proto__": 1, "constructor": 2, "toString": 3}') // JSON data
    expect(check(columns, own)).toMatchObject([{ code: 'validation/undeclared-field', path: ['toString'] }])
  })

  it('keep long values out of issues', () => {
    const [issue] = compileRules({ columns: [column({ type: 'int', enum: [1] })] }).check('k', {
      x: 'a'.repeat(5000),
    })
    expect(JSON.stringify(issue).length).toBeLessThan(500)
  })
})

describe('required_when', () => {
  const columns = [column({ requiredWhen: 'kind == "b"' }), column({ name: 'kind', type: 'string' })]

  it('asks for the field when its condition holds for the record', () => {
    expect(check(columns, { kind: 'a' })).toEqual([])
    expect(check(columns, { kind: 'b' })).toMatchObject([{ code: 'validation/required', path: ['x'] }])
    expect(check(columns, { kind: 'b', x: 1 })).toEqual([])
    expect(check(columns, {})).toEqual([])
  })

  it('is an issue of the record when it fails on it', () => {
    expect(
      check([column({ requiredWhen: 'kind + 1 > 2' }), column({ name: 'kind' })], { kind: 'a' }),
    ).toMatchObject([{ code: 'validation/formula', path: ['x'] }])
  })
})

it('Rules find in one quick look just what they find in a thorough one', () => {
  const columns = [
    column({ name: 'id', type: 'string', required: true, length: 2 }),
    column({ name: 'n', type: 'int', minValue: 0, maxValue: 5 }),
    column({ name: 'tags', type: '[]string', maxLength: 2 }),
    column({ name: 'text', type: 'string', minLength: 1, maxLength: 2, enum: ['a', 'ab', '\u{1f600}x'] }),
    column({ name: 'when', type: 'bool', requiredWhen: 'n > 2' }),
    column({ name: 'double', type: 'int', formula: 'n * 2' }),
  ]
  const quick = compileRules({ columns }, { formulas })
  // An attached schema, even one that says nothing, keeps from looking quickly.
  const thorough = compileRules({ columns }, { formulas, jsonSchema: () => [] })
  const odd = fc.constantFrom<Json>('', 'abc', '\u{1f600}xx', null, -1, 6, 0.5, true, [], ['a', 1, 'b'], {})
  const mostly = (...right: readonly Json[]): fc.Arbitrary<Json> =>
    fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: odd })
  const fields = fc.record(
    {
      id: mostly('ab', '\u{1f600}x'),
      n: mostly(0, 1, 5, null),
      tags: mostly([], ['a', 'b']),
      text: mostly('a', 'ab', '\u{1f600}x'),
      when: mostly(true, false),
    },
    { requiredKeys: [] },
  )
  const more = fc.oneof(
    { weight: 5, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.array(fc.tuple(fc.constantFrom('double', '$ID', '$other', 'x', '__proto__'), odd)),
    },
  )
  let fine = 0
  fc.assert(
    fc.property(fields, more, fc.boolean(), (some, others, reversed) => {
      const entries = [...Object.entries(some), ...others]
      const record: RecordValue = Object.fromEntries(reversed ? entries.toReversed() : entries)
      const found = quick.check('k', record)
      expect(found).toEqual(thorough.check('k', record))
      if (found.length === 0) fine++
    }),
    { numRuns: process.env['ESPALIER_LONG'] ? 10_000 : 1_000 },
  )
  expect(fine).toBeGreaterThan(100)
})
