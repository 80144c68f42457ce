import { formatFloat } from './number-format.ts'
import type { Meter } from './meter.ts'
import {
  decodeText,
  encodeText,
  fail,
  isBuiltIn,
  isDict,
  isNumber,
  isRange,
  isSequence,
  iterate,
  typeName,
  type Value,
} from './values.ts'

export function equal(a: Value, b: Value, meter: Meter): boolean {
  meter.spend(1)
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b) === 0
  if (typeof a === 'string') {
    meter.text(a.length)
    return a === b
  }
  if (isSequence(a)) {
    return (
      isSequence(b) &&
      a.kind === b.kind &&
      a.items.length === b.items.length &&
      a.items.every((item, index) => equal(item, b.items[index] as Value, meter)) // same length
    )
  }
  if (isRange(a)) {
    if (!isRange(b) || a.length !== b.length) return false
    return a.length === 0 || (a.start === b.start && (a.length === 1 || a.step === b.step))
  }
  if (isDict(a)) {
    if (!isDict(b) || a.entries.size !== b.entries.size) return false
    for (const [key, [, value]] of a.entries) {
      const other = b.entries.get(key)
      if (other === undefined || !equal(value, other[1], meter)) return false
    }
    return true
  }
  return a === b
}

/** Below, at or above zero as `a` is less than, equal to or greater than `b`. */
export function compare(a: Value, b: Value, meter: Meter): number {
  meter.spend(1)
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b)
  if (typeof a === 'string' && typeof b === 'string') {
    meter.text(Math.min(a.length, b.length))
    return order(a, b)
  }
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (isSequence(a) && isSequence(b) && a.kind === b.kind) {
    for (const [index, item] of a.items.entries()) {
      const other = b.items[index]
      if (other === undefined) return 1
      if (!equal(item, other, meter)) return compare(item, other, meter)
    }
    return a.items.length - b.items.length
  }
  return fail(`${typeName(a)} and ${typeName(b)} have no order`)
}

/** NaN equals itself and is above everything, as in Go. */
function compareNumbers(a: bigint | number, b: bigint | number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return order(a, b)
}

const order = <T extends bigint | number | string>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0)

/** What `str` gives. */
export function text(value: Value, meter: Meter): string {
  return typeof value === 'string' ? value : repr(value, meter)
}

/** What `repr` gives: the value as Starlark would write it. */
export function repr(value: Value, meter: Meter): string {
  meter.spend(1)
  const join = (parts: readonly string[], open: string, close: string): string => {
    const joined = `${open}${parts.join(', ')}${close}`
    meter.text(joined.length)
    return joined
  }
  switch (typeof value) {
    case 'string':
      return join([quote(value)], '"', '"')
    case 'number':
      return formatFloat(value)
    case 'bigint':
      return String(value)
    case 'boolean':
      return value ? 'True' : 'False'
    default:
      break
  }
  if (value === null) return 'None'
  if (isSequence(value)) {
    const items = value.items.map((item) => repr(item, meter))
    if (value.kind === 'list') return join(items, '[', ']')
    return join(items, '(', items.length === 1 ? ',)' : ')')
  }
  if (isDict(value)) {
    const entries = [...value.entries.values()]
    return join(
      entries.map(([key, item]) => `${repr(key, meter)}: ${repr(item, meter)}`),
      '{',
      '}',
    )
  }
  if (isRange(value)) {
    const { start, stop, step } = value
    if (step !== 1) return `range(${start}, ${stop}, ${step})`
    return start === 0 ? `range(${stop})` : `range(${start}, ${stop})`
  }
  return `<${isBuiltIn(value) ? 'built-in ' : ''}function ${value.name}>`
}

const escapes = new Map([...'abtnvfr'].map((letter, index) => [index + 7, letter]))

function quote(bytes: string): string {
  const quoted = decodeText(bytes).replace(/["\\\p{C}\p{Z}]/gu, (char) => {
    const code = char.codePointAt(0) ?? 0
    if (char === ' ') return char
    if (char === '"' || char === '\\') return `\\${char}`
    const letter = escapes.get(code)
    if (letter !== undefined) return `\\${letter}`
    const hex = code.toString(16)
    if (code < 0x80) return `\\x${hex.padStart(2, '0')}`
    return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
  })
  return encodeText(quoted)
}

/** Whether `in` finds the item. */
export function contains(container: Value, item: Value, meter: Meter): boolean {
  if (typeof container === 'string') {
    if (typeof item !== 'string') return fail(`'in <string>' needs a string, not ${typeName(item)}`)
    return find(container, item, meter) >= 0
  }
  if (isRange(container)) {
    if (!isNumber(item)) return fail(`'in <range>' needs an int, not ${typeName(item)}`)
    const index = (Number(item) - container.start) / container.step
    return Number.isInteger(index) && index >= 0 && index < container.length
  }
  if (isDict(container)) {
    return [...iterate(container, meter)].some((key) => equal(key, item, meter))
  }
  for (const other of iterate(container, meter)) if (equal(other, item, meter)) return true
  return false
}

/** The first or last index of a part, from byte `from`; -1 when it is not there. */
export function find(whole: string, part: string, meter: Meter, last = false): number {
  meter.text(whole.length)
  meter.spend((whole.length * part.length) / 1024) // the worst case of a search
  return last ? whole.lastIndexOf(part) : whole.indexOf(part)
}
