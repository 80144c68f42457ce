import type { Json, RecordValue } from '../../src/protocol/records.ts'
import { equalValues as equalJson } from '../format/record-diff.ts'
import { isJsonMap } from '../format/record-value.ts'
import { compareKeys } from './record-map.ts'

/**
 * A value as queries see it: undefined is a field that is not there. Equality, order and identity of values are
 * defined here and nowhere else; docs/queries.md, "How values compare", says the same to users.
 */
export type Value = Json | undefined

/** How two texts sort. */
export type CompareText = (a: string, b: string) => number

/** The kinds of values, in the order in which they sort. Null and missing are one kind. */
export const kinds = { nothing: 0, boolean: 1, number: 2, text: 3, list: 4, map: 5 } as const

export type Kind = (typeof kinds)[keyof typeof kinds]

export function kindOf(value: Value): Kind {
  switch (typeof value) {
    case 'string':
      return kinds.text
    case 'number':
      return kinds.number
    case 'boolean':
      return kinds.boolean
    case 'undefined':
      return kinds.nothing
    case 'object':
      return value === null ? kinds.nothing : Array.isArray(value) ? kinds.list : kinds.map
  }
}

/**
 * A total order: missing and null (equal), false, true, numbers, text, lists, maps. Lists compare item by item, maps
 * field by field in the order of their names. 0 means equal as `eq` has it, or equal in the eyes of `compareText`.
 */
export function compareValues(a: Value, b: Value, compareText: CompareText = compareKeys): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  const kind = kindOf(a)
  const difference = kind - kindOf(b)
  if (difference !== 0) return difference
  if (kind === kinds.boolean) return Number(a) - Number(b)
  if (Array.isArray(a) && Array.isArray(b)) return compareLists(a, b, compareText)
  return isJsonMap(a) && isJsonMap(b) ? compareMaps(a, b, compareText) : 0
}

/** Whether two values are equal: deep, whatever the order of fields. Values of two kinds never are. */
export function equalValues(a: Value, b: Value): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object') return (a ?? null) === (b ?? null)
  return equalJson(a, b)
}

/**
 * One primitive per value: equal exactly when the values are equal, so that a Map can hold them. Numbers and booleans
 * stand for themselves, text too unless it could be mistaken for a list's or map's canonical text.
 */
export function identityOf(value: Value): string | number | boolean | null {
  switch (typeof value) {
    case 'string':
      return value.charCodeAt(0) === 0 ? `\u0000"${value}` : value
    case 'object':
      return value === null ? null : `\u0000${canonicalText(value)}`
    case 'undefined':
      return null
    default:
      return value
  }
}

/** JSON text with the fields in the order of their names: one text per value. */
export function canonicalText(value: Value): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalText(item)).join(',')}]`
  if (!isJsonMap(value)) return JSON.stringify(value ?? null)
  const fields = namesOf(value).map((name) => `${JSON.stringify(name)}:${canonicalText(value[name])}`)
  return `{${fields.join(',')}}`
}

const collators = new Map<string, CompareText>()
const maxCollators = 32

/**
 * How a language sorts text; equals for the language are told apart by code units, so that the order is total.
 * Throws a RangeError for what is no BCP 47 tag.
 */
export function compareTextIn(locale: string | undefined): CompareText {
  if (locale === undefined) return compareKeys
  const known = collators.get(locale)
  if (known !== undefined) return known
  const { compare } = new Intl.Collator(locale)
  const compareText: CompareText = (a, b) => compare(a, b) || compareKeys(a, b)
  if (collators.size >= maxCollators) collators.clear()
  collators.set(locale, compareText)
  return compareText
}

function compareLists(a: readonly Json[], b: readonly Json[], compareText: CompareText): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = compareValues(a[i], b[i], compareText)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

function compareMaps(a: RecordValue, b: RecordValue, compareText: CompareText): number {
  const names = namesOf(a)
  const others = namesOf(b)
  const shared = Math.min(names.length, others.length)
  for (let i = 0; i < shared; i++) {
    const [name = '', other = ''] = [names[i], others[i]]
    const difference = compareKeys(name, other) || compareValues(a[name], b[other], compareText)
    if (difference !== 0) return difference
  }
  return names.length - others.length
}

function namesOf(map: RecordValue): readonly string[] {
  return Object.keys(map).sort(compareKeys)
}
