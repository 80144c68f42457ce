import { EspalierError } from '../../src/protocol/errors.ts'
import type { Json, RecordValue } from '../../src/protocol/records.ts'

/** Deeper values are refused: recursion over them must stay far from the stack's end. */
export const maxValueDepth = 200

const loneSurrogate = /\p{Surrogate}/u

/** A path inside a record. */
export type ValuePath = readonly (string | number)[]

/** Whether a value is a JSON object (not null, not a list). */
export function isJsonMap(value: unknown): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Why a value cannot be part of a record, and where. */
export interface ValueFault {
  readonly path: ValuePath
  readonly why: string
}

/**
 * Finds what keeps a value from being written as JSON data; undefined when it is fine. `strings: 'any'`
 * accepts strings that we read but never write (NUL, lone surrogates).
 */
export function findValueFault(
  value: unknown,
  strings: 'writable' | 'any',
  at: ValuePath = [],
): ValueFault | undefined {
  const checkString = (text: string): string | undefined => {
    if (strings === 'any') return undefined
    if (text.includes('\u0000')) return 'text must not hold NUL'
    return loneSurrogate.test(text)
      ? 'text must be valid Unicode (it holds half of a surrogate pair)'
      : undefined
  }
  const path = [...at]
  const visit = (item: unknown): string | undefined => {
    if (path.length > maxValueDepth)
      return `values must not be nested deeper than ${maxValueDepth} or hold themselves`
    switch (typeof item) {
      case 'string':
        return checkString(item)
      case 'boolean':
        return undefined
      case 'number':
        return Number.isFinite(item) ? undefined : `${item} is not a number that a record can hold`
      case 'object':
        return item === null ? undefined : visitObject(item)
      default:
        return `${item === undefined ? '' : 'a '}${typeof item} is not JSON data`
    }
  }
  const visitObject = (item: object): string | undefined => {
    if (Array.isArray(item)) {
      for (let i = 0; i < item.length; i++) {
        path.push(i)
        const why = visit(item[i])
        if (why !== undefined) return why
        path.pop()
      }
      return undefined
    }
    const prototype: unknown = Object.getPrototypeOf(item)
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
      const hint = item instanceof Date ? '; of a date its toISOString() is' : ''
      return `only plain objects and lists are JSON data${hint}`
    }
    for (const [name, child] of Object.entries(item)) {
      path.push(name)
      const why = checkString(name) ?? visit(child)
      if (why !== undefined) return why
      path.pop()
    }
    return undefined
  }
  const why = visit(value)
  return why === undefined ? undefined : { path, why }
}

/** What may be wrong in a text; most hold none of it, and one quick look tells. */
const suspicious = /[\u0000\uD800-\uDFFF]/ // oxlint-disable-line no-control-regex

/**
 * The quick form of {@link findValueFault} for writing: an upper bound of the bytes that the value takes in any record
 * file, or −1 when it cannot be stored (then that function says why).
 */
export function writableBytes(item: unknown, depth = 0): number {
  switch (typeof item) {
    case 'string':
      // The longest escape of a unit has six bytes; a line of a block is indented.
      if (suspicious.test(item) && (item.includes('\u0000') || loneSurrogate.test(item))) return -1
      return (item.length + 4) * (8 + 4 * depth)
    case 'boolean':
      return 16 + 4 * depth
    case 'number':
      return Number.isFinite(item) ? 32 + 4 * depth : -1
    case 'object':
      break
    default:
      return -1
  }
  if (item === null) return 16 + 4 * depth
  if (depth >= maxValueDepth) return -1
  let total = 16 + 4 * depth
  if (Array.isArray(item)) {
    for (const child of item) {
      const bytes = writableBytes(child, depth + 1)
      if (bytes < 0) return -1
      total += bytes
    }
    return total
  }
  const prototype: unknown = Object.getPrototypeOf(item)
  if (prototype !== Object.prototype && prototype !== null && Object.getPrototypeOf(prototype) !== null)
    return -1
  for (const name of Object.keys(item)) {
    const bytes = writableBytes((item as { readonly [name: string]: unknown })[name], depth + 1)
    const nameBytes = writableBytes(name, depth + 1)
    if (bytes < 0 || nameBytes < 0) return -1
    total += bytes + nameBytes
  }
  return total
}

/**
 * Checks that a value can be written at `at` of a record.
 *
 * @throws EspalierError `record/bad-value`
 */
export function checkValue(value: unknown, at: ValuePath = []): asserts value is Json {
  const fault = findValueFault(value, 'writable', at)
  if (fault === undefined) return
  const { path } = fault
  throw badValue(`The value at "${path.join('.')}" cannot be stored: ${fault.why}.`, path)
}

/**
 * Checks that a value is a whole record that can be written.
 *
 * @throws EspalierError `record/bad-value`
 */
export function checkRecordValue(value: unknown): asserts value is RecordValue {
  if (!isJsonMap(value)) throw badValue('A record must be an object with named fields.', [])
  if (writableBytes(value) < 0) checkValue(value)
}

function badValue(message: string, path: ValuePath): EspalierError {
  return new EspalierError('record/bad-value', message, { data: { path } })
}

/** Whether a JSON value has more than `limit` levels of lists and maps. */
export function isDeeperThan(value: object, limit: number): boolean {
  if (limit === 0) return true
  for (const child of Object.values(value)) {
    if (typeof child === 'object' && child !== null && isDeeperThan(child as object, limit - 1)) return true
  }
  return false
}
