import type { Json, RecordValue } from '../../../src/index.ts'

/** A record's own field, or undefined where it has none (`__proto__` and friends included). */
export function fieldOf(record: RecordValue | undefined, name: string): Json | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined
}

/** Whether two values are equal; the order of an object's keys does not count. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const [keysA, keysB] = [Object.keys(a), Object.keys(b)]
  if (Array.isArray(a) !== Array.isArray(b) || keysA.length !== keysB.length) return false
  // Both are objects or both arrays here: reading by key fits either.
  const [left, right] = [a as RecordValue, b as RecordValue]
  return keysA.every((key) => Object.hasOwn(right, key) && sameJson(left[key], right[key]))
}

/** True for lists and maps. */
export function isNested(
  value: Json | undefined,
): value is readonly Json[] | { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null
}

/** A value on one line. */
export function compact(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
