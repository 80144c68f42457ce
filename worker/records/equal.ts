import type { Json } from '../../src/protocol/records.ts'

/** Deep equality of JSON values. The order of fields does not count; `undefined` stands for "no value". */
export function equalValues(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false
  if (isList(a) || isList(b)) {
    if (!isList(a) || !isList(b) || a.length !== b.length) return false
    return a.every((item, index) => equalValues(item, b[index]))
  }
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => Object.hasOwn(b, name) && equalValues(a[name], b[name]))
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
