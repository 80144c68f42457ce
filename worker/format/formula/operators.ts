import { compare, contains, equal, repr, text } from './compare.ts'
import { toInteger } from './convert.ts'
import { formatFloat } from './number-format.ts'
import type { Meter } from './meter.ts'
import {
  decodeText,
  dict,
  encodeText,
  fail,
  isDict,
  isNumber,
  isRange,
  isSequence,
  lengthOf,
  type Sequence,
  typeName,
  type Value,
} from './values.ts'

/** Above every integer that a formula may make: what a double can hold. */
const integerBound = 1n << 1024n

/** The integer, if it is not too large to go on with. */
export function checkInteger(value: bigint): bigint {
  return value < integerBound && value > -integerBound ? value : fail('the number is too large')
}

/** Applies a binary operator; `and` and `or` are not among them. */
export function binary(operator: string, a: Value, b: Value, meter: Meter): Value {
  switch (operator) {
    case '==':
      return equal(a, b, meter)
    case '!=':
      return !equal(a, b, meter)
    case '<':
      return compare(a, b, meter) < 0
    case '<=':
      return compare(a, b, meter) <= 0
    case '>':
      return compare(a, b, meter) > 0
    case '>=':
      return compare(a, b, meter) >= 0
    case 'in':
      return contains(b, a, meter)
    case 'not in':
      return !contains(b, a, meter)
    default:
      break
  }
  if (typeof a === 'bigint' && typeof b === 'bigint' && operator !== '/') {
    return checkInteger(integers(operator, a, b))
  }
  if (isNumber(a) && isNumber(b) && '+-*//%'.includes(operator)) return floats(operator, Number(a), Number(b))
  if (operator === '%' && typeof a === 'string') return interpolate(a, b, meter)
  if (operator === '|' && isDict(a) && isDict(b)) {
    return dict([...a.entries.values(), ...b.entries.values()], meter)
  }
  if (operator === '+') {
    if (typeof a === 'string' && typeof b === 'string') {
      meter.text(a.length + b.length)
      return a + b
    }
    if (isSequence(a) && isSequence(b) && a.kind === b.kind) {
      meter.spend(a.items.length + b.items.length)
      return { kind: a.kind, items: [...a.items, ...b.items] }
    }
  }
  if (operator === '*') {
    if (typeof a === 'bigint' && isRepeatable(b)) return repeat(b, a, meter)
    if (typeof b === 'bigint' && isRepeatable(a)) return repeat(a, b, meter)
  }
  return fail(`${typeName(a)} ${operator} ${typeName(b)} is not defined`)
}

function integers(operator: string, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '//':
    case '%': {
      if (b === 0n) return fail('division by zero')
      const rest = a % b
      const floored = rest !== 0n && rest < 0n !== b < 0n
      if (operator === '%') return floored ? rest + b : rest
      return a / b - (floored ? 1n : 0n)
    }
    case '|':
      return a | b
    case '&':
      return a & b
    case '^':
      return a ^ b
    default: // the shifts
      if (b < 0n || b >= (operator === '<<' ? 512n : 2n ** 31n))
        return fail('the shift count is out of range')
      return operator === '<<' ? a << b : a >> b
  }
}

function floats(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    default:
      break
  }
  if (b === 0) return fail('division by zero')
  if (operator === '/') return a / b
  if (operator === '//') return Math.floor(a / b)
  const rest = a % b
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest
}

const isRepeatable = (value: Value): value is string | Sequence =>
  typeof value === 'string' || isSequence(value)

function repeat(value: string | Sequence, times: bigint, meter: Meter): Value {
  const count = Math.max(0, Number(times))
  const length = lengthOf(value) * count
  if (typeof value === 'string') {
    meter.text(length)
    return length === 0 ? '' : value.repeat(count)
  }
  meter.spend(length)
  if (length === 0) return { ...value, items: [] }
  return { ...value, items: Array.from({ length }, (_, i) => value.items[i % value.items.length] as Value) } // within
}

/** Applies a unary operator. */
export function unary(operator: string, value: Value): Value {
  if (isNumber(value) && operator !== '~') return operator === '-' ? -value : value
  if (operator === '~' && typeof value === 'bigint') return ~value
  return fail(`unary ${operator} is not defined for ${typeName(value)}`)
}

/** `container[index]`. */
export function at(container: Value, index: Value, meter: Meter): Value {
  if (isDict(container)) {
    for (const [key, value] of container.entries.values()) if (equal(key, index, meter)) return value
    return fail(`the key ${repr(index, meter).slice(0, 80)} is not in the dict`)
  }
  if (typeof container !== 'string' && !isSequence(container) && !isRange(container)) {
    return fail(`a value of type ${typeName(container)} has no items`)
  }
  if (typeof index !== 'bigint') return fail(`an index must be an int, not ${typeName(index)}`)
  const length = lengthOf(container)
  const place = Number(index) + (index < 0n ? length : 0)
  if (place < 0 || place >= length) return fail(`the index ${index} is out of range`)
  return itemAt(container, place)
}

function itemAt(container: Value, place: number): Value {
  if (typeof container === 'string') return container.charAt(place)
  if (isRange(container)) return BigInt(container.start + place * container.step)
  return isSequence(container) ? (container.items[place] as Value) : null // within, as callers check
}

/** `container[start:stop:step]`; None stands for what is left out. */
export function slice(container: Value, bounds: readonly Value[], meter: Meter): Value {
  if (typeof container !== 'string' && !isSequence(container) && !isRange(container)) {
    return fail(`a value of type ${typeName(container)} cannot be sliced`)
  }
  const length = lengthOf(container)
  const [first = null, last = null, stride = null] = bounds
  const step = stride === null ? 1 : Number(toInteger(stride))
  if (step === 0) return fail('the step of a slice is zero')
  const clamp = (bound: Value, missing: number): number => {
    if (bound === null) return missing
    if (typeof bound !== 'bigint') return fail(`an index must be an int, not ${typeName(bound)}`)
    const place = Number(bound) + (bound < 0n ? length : 0)
    return step > 0 ? Math.min(Math.max(place, 0), length) : Math.min(Math.max(place, -1), length - 1)
  }
  const start = clamp(first, step > 0 ? 0 : length - 1)
  const stop = clamp(last, step > 0 ? length : -1)
  const count = Math.max(0, Math.ceil((stop - start) / step))
  meter.spend(count / 8)
  if (isRange(container)) {
    return {
      kind: 'range',
      start: container.start + start * container.step,
      stop: container.start + stop * container.step,
      step: step * container.step,
      length: count,
    }
  }
  if (step === 1) {
    if (typeof container === 'string') return container.slice(start, start + count)
    return { ...container, items: container.items.slice(start, start + count) }
  }
  const items = Array.from({ length: count }, (_, i) => itemAt(container, start + i * step))
  return typeof container === 'string' ? items.join('') : { ...container, items }
}

/** `format % value`. */
function interpolate(format: string, value: Value, meter: Meter): string {
  const given = isSequence(value) && value.kind === 'tuple' ? value.items : [value]
  let used = 0
  let length = 0
  const result = format.replace(/%(?:%|(?:\(([^)]*)\))?([^]?))/g, (match, key?: string, form?: string) => {
    if (match === '%%') return '%'
    const argument =
      key === undefined
        ? given[used]
        : at(isDict(value) ? value : fail('the format needs a dict'), key, meter)
    if (argument === undefined) return fail('the format needs more values')
    used++
    const part = convert(form ?? '', argument, meter)
    length += part.length
    meter.text(length)
    return part
  })
  if (used < given.length && !isDict(value)) return fail('the format has too few places for its values')
  meter.text(result.length)
  return result
}

function convert(form: string, value: Value, meter: Meter): string {
  if (form === '%') return '%'
  if (form === 's') return text(value, meter)
  if (form === 'r') return repr(value, meter)
  const radix = new Map([
    ['d', 10],
    ['i', 10],
    ['o', 8],
    ['x', 16],
    ['X', 16],
  ]).get(form)
  if (radix !== undefined) {
    const digits = toInteger(value).toString(radix)
    return form === 'X' ? digits.toUpperCase() : digits
  }
  if (form !== '' && 'efgEFG'.includes(form)) {
    return isNumber(value) ? formatFloat(Number(value), form) : fail(`%${form} needs a number`)
  }
  if (form === 'c') {
    const char = typeof value === 'bigint' ? character(value) : value
    if (typeof char === 'string' && [...decodeText(char)].length === 1) return char
    return fail('%c needs one character')
  }
  return fail(`the format has the unknown conversion %${form}`)
}

/** The text of a code point. */
export function character(code: bigint): string {
  if (code < 0n || code > 0x10ffffn) return fail(`${code} is no Unicode code point`)
  return encodeText(String.fromCodePoint(Number(code)))
}
