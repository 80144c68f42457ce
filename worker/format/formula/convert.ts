import { fail, isNumber, typeName, type Value } from './values.ts'

/** Digits of the largest integer that a formula may make, in base 2. */
const maxDigits = 1030

/** A number as int, cut towards zero. */
export function toInteger(value: Value): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value !== 'number') return fail(`a number is needed, not ${typeName(value)}`)
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : fail('the number is not finite')
}

/** `int(value)`, `int(text, base)`. */
export function parseInteger(value: Value, base: Value | undefined): bigint {
  if (typeof value === 'boolean') return base === undefined ? BigInt(value) : fail('int: a base needs a text')
  if (typeof value !== 'string') {
    return base === undefined ? toInteger(value) : fail('int: a base needs a text')
  }
  const radix = base === undefined ? 10 : Number(toInteger(base))
  if (radix !== 0 && (radix < 2 || radix > 36)) return fail('int: the base must be 0 or 2 to 36')
  const invalid = (): never => fail(`int: the text is no number in base ${radix}`)
  const [, sign, prefixed, whole = ''] = /^([+-]?)(0[box](?=[^]))?([^]*)$/i.exec(value) ?? []
  const own = prefixed === undefined ? 0 : { b: 2, o: 8, x: 16 }[prefixed.charAt(1).toLowerCase()]
  const usesPrefix = own !== 0 && own !== undefined && (radix === 0 || radix === own)
  const digits = usesPrefix ? whole : (prefixed ?? '') + whole
  if (digits.length > maxDigits || !/^[0-9a-z]+$/i.test(digits)) return invalid()
  if (!usesPrefix && radix === 0 && /^0\d*[1-9]/.test(digits)) return invalid()
  const factor = usesPrefix ? own : radix === 0 ? 10 : radix
  let result = 0n
  for (const char of digits) {
    const digit = Number.parseInt(char, 36)
    if (digit >= factor) return invalid()
    result = result * BigInt(factor) + BigInt(digit)
  }
  return sign === '-' ? -result : result
}

/** `float(value)`. */
export function toFloat(value: Value): number {
  if (typeof value === 'boolean' || isNumber(value)) {
    const float = Number(value)
    return Number.isFinite(float) || typeof value === 'number' ? float : fail('float: the int is too large')
  }
  if (typeof value !== 'string') return fail(`float: a number or text is needed, not ${typeName(value)}`)
  const special = /^([+-]?)(inf(?:inity)?|nan)$/i.exec(value)
  if (special !== null) {
    if (special[2]?.toLowerCase() === 'nan') return Number.NaN
    return special[1] === '-' ? -Infinity : Infinity
  }
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(value)) return fail('float: the text is no number')
  const float = Number(value)
  return Number.isFinite(float) ? float : fail('float: the number is too large')
}
