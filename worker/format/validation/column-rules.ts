import type { IssueCode } from '../../../src/protocol/issues.ts'
import type { Json, RecordValue } from '../../../src/protocol/records.ts'
import type { Column } from '../../../src/protocol/schema.ts'
import type { FormulaLanguage } from '../extras.ts'
import { equalValues } from '../record-diff.ts'
import { isJsonMap, type ValuePath } from '../record-value.ts'
import type { ColumnCheck, Violation } from './record-rules.ts'

/** Checks a value that is there; false when it broke the rule and later rules make no sense. */
type Rule = (value: Json, found: Violation[]) => boolean | void

/** The rules of one column (format facts §2.3, §5.1). `siblings`: the columns that a `required_when` may use. */
export function compileColumn(
  column: Column,
  siblings: readonly string[],
  formulas?: FormulaLanguage,
): ColumnCheck {
  const { name, formula, requiredWhen } = column
  if (formula !== undefined) {
    return (value, _record, found) => {
      if (value === undefined) return
      found.push(violation('stored-computed', [name], `Computed column "${name}" must not be stored.`))
    }
  }
  const rules = [typeRule(column), enumRule(column), ...boundRules(column)].filter(
    (rule) => rule !== undefined,
  )
  const condition =
    requiredWhen === undefined ? undefined : formulas?.condition(requiredWhen, { names: siblings })
  const isRequired = (record: RecordValue, found: Violation[]): boolean => {
    if (column.required || condition === undefined) return column.required
    // A condition that does not compile is an issue of the definition, not of each record.
    const outcome = condition.ok ? condition.formula.evaluate(record) : undefined
    if (outcome?.ok === false) {
      const why = `"required_when" of "${name}" fails: ${outcome.fault.message} (${outcome.fault.kind}).`
      found.push(violation('formula', [name], why))
    }
    return outcome?.ok === true && outcome.value
  }
  return (value, record, found) => {
    if (value === undefined || value === null) {
      if (isRequired(record, found))
        found.push(violation('required', [name], `Missing required field "${name}".`))
      return
    }
    for (let i = 0; i < rules.length; i++) if (rules[i]?.(value, found) === false) return
  }
}

/** What surely breaks no rule of a column, told without calling each of them. */
export interface ColumnFit {
  /** What `typeof` says. */
  readonly kind: 'string' | 'number' | 'boolean'
  readonly integers: boolean
  /** Of the number, or of the length of the text. */
  readonly least: number
  readonly most: number
}

/** Undefined for columns whose values have to be asked rule by rule. */
export function columnFit(column: Column): ColumnFit | undefined {
  const { type, formula, length, enum: permitted } = column
  const kind = kinds.get(type)
  if (!kind || formula !== undefined || permitted || length !== undefined) return undefined
  const [least, most] =
    kind === 'string'
      ? [2 * (column.minLength ?? 0), column.maxLength] // as many characters may take twice the units
      : [column.minValue, column.maxValue]
  return { kind, integers: type === 'int', least: least ?? -Infinity, most: most ?? Infinity }
}

const kinds: ReadonlyMap<string, ColumnFit['kind']> = new Map([
  ['string', 'string'],
  ['date', 'string'],
  ['time', 'string'],
  ['datetime', 'string'],
  ['int', 'number'],
  ['float', 'number'],
  ['bool', 'boolean'],
])

/** Whether a value surely breaks no rule of its column. */
export function fits({ kind, integers, least, most }: ColumnFit, value: Json | undefined): boolean {
  if (typeof value !== kind) return false
  if (typeof value === 'string') return value.length >= least && value.length <= most
  if (typeof value !== 'number') return true
  return value >= least && value <= most && (!integers || Number.isInteger(value))
}

function typeRule({ name, type }: Column): Rule | undefined {
  if (type.startsWith('[]')) {
    const itemType = type.slice(2)
    const item = accepts(itemType) ?? (() => true)
    return (value, found) => {
      if (!Array.isArray(value)) return wrongType(found, [name], type, value)
      let fine = true
      for (let at = 0; at < value.length; at++)
        if (!item(value[at] as Json)) fine = wrongType(found, [name, at], itemType, value[at] as Json)
      return fine
    }
  }
  if (type.startsWith('map[')) {
    const strings = type === 'map[locale]string'
    return (value, found) => {
      if (!isJsonMap(value)) return wrongType(found, [name], type, value)
      let fine = true
      if (strings) {
        for (const [locale, text] of Object.entries(value)) {
          if (typeof text !== 'string') fine = wrongType(found, [name, locale], 'string', text)
        }
      }
      return fine
    }
  }
  const scalar = accepts(type)
  return scalar && ((value, found) => scalar(value) || wrongType(found, [name], type, value))
}

/** Whether a value is of a scalar type; undefined where every value is (`any`, and types that are reported with the definition). */
function accepts(type: string): ((value: Json) => boolean) | undefined {
  switch (type) {
    case 'string':
    case 'date':
    case 'time':
    case 'datetime':
      return (value) => typeof value === 'string'
    case 'int':
      return Number.isInteger
    case 'float':
      return (value) => typeof value === 'number'
    case 'bool':
      return (value) => typeof value === 'boolean'
    default:
      return undefined
  }
}

function enumRule({ name, enum: permitted }: Column): Rule | undefined {
  if (permitted === undefined) return undefined
  const scalars = new Set(permitted)
  return (value, found) => {
    if (scalars.has(value) || permitted.some((one) => equalValues(one, value))) return
    const listed = permitted.map(quote).join(', ')
    found.push(
      violation(
        'enum',
        [name],
        `Value ${quote(value)} is not one of the permitted values: ${clip(listed, 300)}.`,
        permitted,
        value,
      ),
    )
  }
}

const bounds: readonly (readonly [
  key: 'length' | 'minLength' | 'maxLength' | 'minValue' | 'maxValue',
  code: 'length' | 'min-length' | 'max-length' | 'min-value' | 'max-value',
  says: string,
])[] = [
  ['length', 'length', 'is not'],
  ['minLength', 'min-length', 'is below'],
  ['maxLength', 'max-length', 'is above'],
  ['minValue', 'min-value', 'is below'],
  ['maxValue', 'max-value', 'is above'],
]

function boundRules(column: Column): readonly Rule[] {
  return bounds.flatMap(([key, code, says]): readonly Rule[] => {
    const bound = column[key]
    if (bound === undefined) return []
    const rule = code.replace('-', '_')
    const [measure, what] = rule.endsWith('value')
      ? ([numberOf, 'Value'] as const)
      : ([lengthOf, 'Length'] as const)
    const least = key !== 'maxLength' && key !== 'maxValue'
    const most = key !== 'minLength' && key !== 'minValue'
    return [
      (value, found) => {
        // Surely short or long enough, without counting.
        if (typeof value === 'string' && (least ? !most && value.length >= 2 * bound : value.length <= bound))
          return
        const size = measure(value)
        if (size === undefined || !((least && size < bound) || (most && size > bound))) return
        found.push(
          violation(
            code,
            [column.name],
            `${what} ${size} of "${column.name}" ${says} ${rule} ${bound}.`,
            bound,
            size,
          ),
        )
      },
    ]
  })
}

function numberOf(value: Json): number | undefined {
  return typeof value === 'number' ? value : undefined
}

const surrogatePair = /[\ud800-\udbff][\udc00-\udfff]/

/** Unicode code points, elements, or entries; other values have no length. */
function lengthOf(value: Json): number | undefined {
  if (typeof value === 'string') return surrogatePair.test(value) ? Array.from(value).length : value.length
  if (Array.isArray(value)) return value.length
  return isJsonMap(value) ? Object.keys(value).length : undefined
}

function wrongType(found: Violation[], path: ValuePath, expected: string, actual: Json): false {
  const field = path.join('.')
  found.push(
    violation(
      'type',
      path,
      `Wrong type for field "${field}": expected ${expected}, got ${typeName(actual)}.`,
      expected,
      actual,
    ),
  )
  return false
}

function typeName(value: Json): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'list'
  switch (typeof value) {
    case 'number':
      return Number.isInteger(value) ? 'int' : 'float'
    case 'boolean':
      return 'bool'
    default:
      return typeof value === 'string' ? 'string' : 'map'
  }
}

type NameOf<Code> = Code extends `validation/${infer Name}` ? Name : never

/** One broken rule, by the last part of its code. */
export function violation(
  rule: NameOf<IssueCode>,
  path: ValuePath,
  message: string,
  expected?: Json,
  actual?: Json,
): Violation {
  return {
    code: `validation/${rule}`,
    severity: 'error',
    message,
    path,
    ...(expected === undefined ? {} : { expected }),
    ...(actual === undefined || isLarge(actual) ? {} : { actual }),
  }
}

/** Lists, maps and long texts are looked up where they stand. */
function isLarge(value: Json): boolean {
  return typeof value === 'string' ? value.length > 200 : typeof value === 'object' && value !== null
}

/** A value in a message. */
export function quote(value: Json): string {
  return clip(JSON.stringify(value), 80)
}

function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text
}
