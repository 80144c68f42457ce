import type { Json } from '../../../src/protocol/records.ts'
import { strictDecoder } from '../record-text.ts'
import { FormulaError } from './fault.ts'
import type { Meter } from './meter.ts'

/**
 * A Starlark value: int is bigint, float is number. A string holds its UTF-8 bytes, one per UTF-16 unit:
 * lengths, indexes and the order of strings are those of the Go tools.
 */
export type Value = null | boolean | bigint | number | string | Sequence | Range | Dict | Callable

export interface Sequence {
  readonly kind: 'list' | 'tuple'
  readonly items: readonly Value[]
}

export interface Range {
  readonly kind: 'range'
  readonly start: number
  readonly stop: number
  readonly step: number
  readonly length: number
}

/** Entries by {@link hashKey}, in insertion order. */
export interface Dict {
  readonly kind: 'dict'
  readonly entries: ReadonlyMap<string, readonly [Value, Value]>
}

export interface Callable {
  readonly kind: 'function'
  readonly name: string
  call(args: readonly Value[], named: ReadonlyMap<string, Value>, meter: Meter): Value
}

/** Reports what goes wrong while a formula runs. */
export function fail(message: string): never {
  throw new FormulaError('runtime-error', message)
}

export const list = (items: readonly Value[]): Sequence => ({ kind: 'list', items })
export const tuple = (items: readonly Value[]): Sequence => ({ kind: 'tuple', items })

export const isSequence = (value: Value): value is Sequence =>
  typeof value === 'object' && value !== null && (value.kind === 'list' || value.kind === 'tuple')
export const isRange = (value: Value): value is Range => typeof value === 'object' && value?.kind === 'range'
export const isDict = (value: Value): value is Dict => typeof value === 'object' && value?.kind === 'dict'
export const isNumber = (value: Value): value is bigint | number =>
  typeof value === 'bigint' || typeof value === 'number'

export const isBuiltIn = (value: Value): boolean =>
  typeof value === 'object' && value?.kind === 'function' && value.name !== 'lambda'

/** The name that `type()` gives and messages use. */
export function typeName(value: Value): string {
  switch (typeof value) {
    case 'boolean':
      return 'bool'
    case 'bigint':
      return 'int'
    case 'number':
      return 'float'
    case 'string':
      return 'string'
    default:
      if (value === null) return 'NoneType'
      return isBuiltIn(value) ? 'builtin_function_or_method' : value.kind
  }
}

export function truth(value: Value): boolean {
  switch (typeof value) {
    case 'bigint':
      return value !== 0n
    case 'number':
      return value !== 0 // NaN is true, as in Go
    case 'object':
      return value !== null && (value.kind === 'function' || lengthOf(value) > 0)
    default:
      return Boolean(value)
  }
}

/** The number of bytes or items. */
export function lengthOf(value: Value): number {
  if (typeof value === 'string') return value.length
  if (isSequence(value)) return value.items.length
  if (isRange(value)) return value.length
  if (isDict(value)) return value.entries.size
  return fail(`a value of type ${typeName(value)} has no len`)
}

/** The items of a list, tuple, range or the keys of a dict; each takes a step. */
export function* iterate(value: Value, meter: Meter): Generator<Value> {
  if (isRange(value)) {
    for (let i = 0; i < value.length; i++) {
      meter.spend(1)
      yield BigInt(value.start + i * value.step)
    }
  } else if (isSequence(value)) {
    for (const item of value.items) {
      meter.spend(1)
      yield item
    }
  } else if (isDict(value)) {
    for (const [key] of value.entries.values()) {
      meter.spend(1)
      yield key
    }
  } else {
    fail(`a value of type ${typeName(value)} is not iterable`)
  }
}

/** Text as the bytes that a formula works on. */
export function encodeText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- ASCII is the same in both
  if (/^[\0-\x7f]*$/.test(text)) return text
  let bytes = ''
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte)
  return bytes
}

/** Bytes as text; what is no UTF-8 becomes U+FFFD, or is a fault when `strict`. */
export function decodeText(bytes: string, strict = false): string {
  // oxlint-disable-next-line no-control-regex -- ASCII is the same in both
  if (/^[\0-\x7f]*$/.test(bytes)) return bytes
  const array = Uint8Array.from(bytes, (byte) => byte.charCodeAt(0))
  try {
    return (strict ? strictDecoder() : new TextDecoder('utf-8', { ignoreBOM: true })).decode(array)
  } catch {
    throw new FormulaError('unsupported-result-type', 'the text is cut inside a character')
  }
}

/** A record's value. A whole number is an int, unless its column is `float`. */
export function toValue(json: Json, float: boolean): Value {
  switch (typeof json) {
    case 'number':
      return float || !Number.isSafeInteger(json) ? json : BigInt(json)
    case 'string':
      return encodeText(json)
    case 'boolean':
      return json
    default:
      if (json === null) return null
      if (Array.isArray(json)) return list((json as readonly Json[]).map((item) => toValue(item, float)))
      return {
        kind: 'dict',
        entries: new Map(
          Object.entries(json).map(([name, value]) => {
            const key = encodeText(name)
            return [`s${key}`, [key, toValue(value, float)]]
          }),
        ),
      }
  }
}

/** Equal keys have equal texts; 1 and 1.0 are the same key. */
export function hashKey(value: Value, meter: Meter): string {
  meter.spend(1)
  switch (typeof value) {
    case 'string':
      meter.text(value.length)
      return `s${value}`
    case 'bigint':
      return `n${value}`
    case 'number':
      return `n${Number.isInteger(value) ? BigInt(value) : value}`
    case 'boolean':
      return `b${value}`
    default:
      if (value === null) return ''
      if (value.kind !== 'tuple') return fail(`a ${value.kind} cannot be a dict key`)
      return value.items
        .map((item) => hashKey(item, meter))
        .reduce((key, item) => {
          meter.text(key.length)
          return `${key}${item.length}:${item}`
        }, 't')
  }
}

/** A dict of entries; a later one replaces an earlier one in its place. */
export function dict(entries: Iterable<readonly [Value, Value]>, meter: Meter): Dict {
  const map = new Map<string, readonly [Value, Value]>()
  for (const [key, value] of entries) {
    const hash = hashKey(key, meter)
    map.set(hash, [map.get(hash)?.[0] ?? key, value])
  }
  return { kind: 'dict', entries: map }
}
