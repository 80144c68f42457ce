import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, RecordValue } from '../../../src/protocol/records.ts'
import type { CollectionDefinition, Column } from '../../../src/protocol/schema.ts'
import { toJsonSchema } from './json-schema.ts'
import { compileRules } from './record-rules.ts'

const definition = (columns: readonly Column[]): CollectionDefinition => ({
  id: 'geo.countries',
  titles: {},
  dataDir: 'c',
  recordsDir: 'c/$records',
  columns,
  columnsOrder: [],
  primaryKey: [],
  recordFile: { name: '{key}.yaml', format: 'yaml', type: 'map[string]any' },
  readable: { ok: true },
  definitionPath: 'c/.collection/definition.yaml',
})

/** What a validator that is not ours says of a record. */
function oracle(schema: Json): (value: Json) => boolean {
  const validate = new Ajv2020({ strict: false, allErrors: true, ownProperties: true }).compile(
    schema as object,
  ) // toJsonSchema gives an object
  return (value) => validate(value)
}

const scalarType = fc.constantFrom('string', 'int', 'float', 'bool', 'date', 'time', 'datetime', 'any')
const type = fc.oneof(
  { weight: 3, arbitrary: scalarType },
  scalarType.map((item) => `[]${item}`),
  fc.constantFrom('map[locale]string', 'map[string]int', 'map[int]any'),
)
const text = fc.oneof(
  fc.constantFrom('', 'a', 'ab', '😀', '😀😀', 'e\u0301', '__proto__'),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
)
const scalar: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, true, false, 0, -0, 1, 2.5, 5, -3, 1e300),
  text,
  fc.integer({ min: -5, max: 5 }),
  fc.double({ min: -5, max: 5, noNaN: true }),
)
const name = fc.constantFrom('a', 'b', 'c', 'constructor', 'toString', '$content', 'x')
const value: fc.Arbitrary<Json> = fc.oneof(
  { weight: 3, arbitrary: scalar },
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('en', 'ru', 'x'), scalar, { maxKeys: 3, noNullPrototype: true }),
)
const sometimes = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, one)
const length = sometimes(fc.integer({ min: 0, max: 4 }))
const bound = sometimes(fc.integer({ min: -4, max: 6 }))

const columnArbitrary: fc.Arbitrary<Column> = fc
  .record({
    name,
    type,
    required: fc.boolean(),
    length,
    minLength: length,
    maxLength: length,
    minValue: bound,
    maxValue: bound,
    enum: sometimes(fc.array(value, { maxLength: 3 })),
    formula: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, fc.constant('1')),
  })
  // Only undefined rules are dropped.
  .map(
    (rules) =>
      Object.fromEntries(Object.entries(rules).filter(([, rule]) => rule !== undefined)) as unknown as Column,
  )
const columnsArbitrary = fc.uniqueArray(columnArbitrary, { maxLength: 4, selector: (column) => column.name })
/** Values that are often of the column's type, or one of the permitted ones. */
function valueFor(column: Column): fc.Arbitrary<Json> {
  const item: { [type: string]: fc.Arbitrary<Json> } = {
    string: text,
    int: fc.integer({ min: -4, max: 6 }),
    float: fc.double({ min: -5, max: 7, noNaN: true }),
    bool: fc.boolean(),
  }
  const fitting = column.type.startsWith('[]')
    ? fc.array(item[column.type.slice(2)] ?? text, { maxLength: 5 })
    : column.type.startsWith('map')
      ? fc.dictionary(fc.constantFrom('en', 'ru', 'de', 'es'), text, { maxKeys: 4, noNullPrototype: true })
      : (item[column.type] ?? text)
  const choices: fc.Arbitrary<Json>[] = [fitting, fitting, value]
  if (column.enum?.length) choices.push(fc.constantFrom(...column.enum))
  return fc.oneof(...choices)
}
const sample = columnsArbitrary.chain((columns) =>
  fc.tuple(
    fc.constant(columns),
    fc.array(
      fc
        .tuple(
          fc.record(Object.fromEntries(columns.map((column) => [column.name, valueFor(column)])), {
            requiredKeys: [],
            noNullPrototype: true,
          }),
          fc.oneof(
            { weight: 4, arbitrary: fc.constant({}) },
            fc.dictionary(name, scalar, { maxKeys: 1, noNullPrototype: true }),
          ),
        )
        // A field that is left out is not there: no value is undefined.
        .map(([declared, more]) => ({ ...more, ...declared }) as RecordValue),
      { minLength: 3, maxLength: 12 },
    ),
  ),
)

describe('the JSON Schema of a collection', () => {
  it('gives the verdicts of our rules, whatever the columns and values', () => {
    const seen = { valid: 0, invalid: 0 }
    fc.assert(
      fc.property(sample, ([columns, records]) => {
        const rules = compileRules({ columns })
        const isValid = oracle(toJsonSchema(definition(columns)))
        for (const record of records) {
          const found = rules.check('k', record)
          seen[found.length === 0 ? 'valid' : 'invalid']++
          expect({ record, valid: found.length === 0 }).toEqual({ record, valid: isValid(record) })
        }
      }),
      { seed: 20261124, numRuns: 200 },
    )
    // Neither side may win by always saying the same.
    expect(seen.valid).toBeGreaterThan(200)
    expect(seen.invalid).toBeGreaterThan(200)
  })

  it('keeps titles, and what JSON Schema has no word for under x- names', () => {
    const schema = toJsonSchema({
      ...definition([
        {
          name: 'currency',
          type: 'string',
          required: true,
          titles: { ru: 'Валюта', en: 'Currency' },
          foreignKey: 'currencies',
          references: 'geo.currencies',
          length: 3,
          format: 'code',
        },
        { name: 'vat', type: 'int', required: false, requiredWhen: 'currency == "eur"' },
      ]),
      titles: { en: 'Countries' },
      minRecordsCount: 1,
    })
    expect(schema).toEqual({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'Countries',
      type: 'object',
      properties: {
        currency: {
          title: 'Currency',
          type: 'string',
          minLength: 3,
          maxLength: 3,
          minItems: 3,
          maxItems: 3,
          minProperties: 3,
          maxProperties: 3,
          'x-type': 'string',
          'x-format': 'code',
          'x-titles': { ru: 'Валюта', en: 'Currency' },
          'x-foreign-key': 'currencies',
          'x-references': 'geo.currencies',
        },
        vat: {
          anyOf: [{ type: 'null' }, { type: 'integer' }],
          'x-type': 'int',
          'x-required-when': 'currency == "eur"',
        },
      },
      required: ['currency'],
      patternProperties: { '^\\$': true },
      additionalProperties: false,
      'x-collection': 'geo.countries',
      'x-titles': { en: 'Countries' },
      'x-min-records-count': 1,
    })
  })

  it('has a column named __proto__ like any other', () => {
    const schema = JSON.stringify(
      toJsonSchema(definition([{ name: '__proto__', type: 'int', required: true }])),
    )
    expect(schema).toContain('"properties":{"__proto__":{"x-type":"int","type":"integer"}}')
  })
})
