import type { Json } from '../../../src/protocol/records.ts'
import type { CollectionDefinition, Column } from '../../../src/protocol/schema.ts'

type Schema = { readonly [keyword: string]: Json }

/**
 * The rules of a collection as a JSON Schema (2020-12) of one record's value. What JSON Schema has no word for
 * is kept under `x-` names: references, `required_when`, formulas, record counts, primary key.
 *
 * @example
 * toJsonSchema(definition) // { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', … }
 */
export function toJsonSchema(definition: CollectionDefinition): Json {
  const { id, titles, columns } = definition
  // The key stands in for a `$ID` that is not stored.
  const required = columns.filter(
    (column) => column.required && column.formula === undefined && column.name !== '$ID',
  )
  return present({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: titleOf(titles) ?? id,
    type: 'object',
    // fromEntries: a column named __proto__ is a property like others.
    properties: Object.fromEntries(columns.map((column) => [column.name, columnSchema(column)])),
    required: required.map(({ name }) => name),
    patternProperties: { '^\\$': true },
    additionalProperties: false,
    'x-collection': id,
    'x-titles': orNothing(titles),
    'x-primary-key': definition.primaryKey.length === 0 ? undefined : definition.primaryKey,
    'x-min-records-count': definition.minRecordsCount,
    'x-max-records-count': definition.maxRecordsCount,
  })
}

function columnSchema(column: Column): Schema {
  const { title, titles, type, formula, required } = column
  const hints: Schema = present({
    title: title ?? titleOf(titles ?? {}),
    'x-type': type,
    'x-titles': orNothing(titles ?? {}),
    'x-value-title': column.valueTitle,
    'x-format': column.format,
    'x-locale': column.locale,
    'x-formula': formula,
    'x-required-when': column.requiredWhen,
    'x-foreign-key': column.foreignKey,
    'x-references': column.references,
  })
  // A computed column is never stored.
  if (formula !== undefined) return { ...hints, not: {} }
  const rules: Schema = { ...typeSchema(type), ...boundsOf(column), ...enumOf(column) }
  if (required) return { ...hints, type: notNull, ...rules }
  return { ...hints, anyOf: [{ type: 'null' }, rules] }
}

const notNull = ['boolean', 'number', 'string', 'array', 'object']

const scalarTypes = new Map([
  ['string', 'string'],
  ['date', 'string'],
  ['time', 'string'],
  ['datetime', 'string'],
  ['int', 'integer'],
  ['float', 'number'],
  ['bool', 'boolean'],
])

function typeSchema(type: string): Schema {
  if (type.startsWith('[]')) return { type: 'array', items: typeSchema(type.slice(2)) }
  if (type === 'map[locale]string') return { type: 'object', additionalProperties: { type: 'string' } }
  if (type.startsWith('map[')) return { type: 'object' }
  const scalar = scalarTypes.get(type)
  return scalar === undefined ? {} : { type: scalar }
}

function boundsOf({ length, minLength, maxLength, minValue, maxValue }: Column): Schema {
  const least = Math.max(0, Math.ceil(Math.max(length ?? 0, minLength ?? 0)))
  const most = Math.floor(Math.min(length ?? Infinity, maxLength ?? Infinity))
  const min = least === 0 ? undefined : least
  // Nothing is shorter than nothing: a negative bound, or a length with a fraction, fits no value.
  const isNone = most < 0 || (length !== undefined && !Number.isInteger(length))
  const max = Number.isFinite(most) && !isNone ? most : undefined
  return present({
    minLength: min,
    maxLength: max,
    minItems: min,
    maxItems: max,
    minProperties: min,
    maxProperties: max,
    minimum: minValue,
    maximum: maxValue,
    not: isNone ? { type: ['string', 'array', 'object'] } : undefined,
  })
}

function enumOf({ enum: permitted }: Column): Schema {
  if (permitted === undefined) return {}
  // A list of permitted values must not be empty: without any, nothing is permitted.
  const values = permitted.filter((value) => value !== null)
  return values.length === 0 ? { not: {} } : { enum: values }
}

function titleOf(titles: { readonly [locale: string]: string }): string | undefined {
  return Object.hasOwn(titles, 'en') ? titles['en'] : Object.values(titles)[0]
}

function orNothing(map: { readonly [name: string]: string }): Schema | undefined {
  return Object.keys(map).length === 0 ? undefined : map
}

function present(schema: { readonly [keyword: string]: Json | undefined }): Schema {
  return Object.fromEntries(
    Object.entries(schema).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  )
}
