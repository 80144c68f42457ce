/** Byte order of UTF-8, which is the order of code points. */
export function compareBytes(a: string, b: string): number {
  let at = 0
  while (at < a.length && a.charCodeAt(at) === b.charCodeAt(at)) at++
  return rankOfUnit(a.charCodeAt(at)) - rankOfUnit(b.charCodeAt(at))
}

/** Surrogates stand for code points above all others; the end of a text (NaN) comes first. */
function rankOfUnit(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800
  return unit >= 0xd800 ? unit + 0x2000 : unit >= 0 ? unit : -1
}

/**
 * The order in which Go's yaml.v3 writes the keys of a map (its sorter.go; format facts §3.1): runs of digits compare
 * as numbers; elsewhere other characters come before letters, right after a common digit letters come first.
 */
export function compareNaturally(a: string, b: string): number {
  const [left, right] = [[...a], [...b]]
  const at = left.findIndex((character, i) => character !== right[i])
  if (at === -1 || at >= right.length) return left.length - right.length
  const [x, y] = [left[at] as string, right[at] as string] // both are longer
  const byCode = (x.codePointAt(0) ?? 0) - (y.codePointAt(0) ?? 0)
  const [xIsLetter, yIsLetter] = [isLetter(x), isLetter(y)]
  if (xIsLetter && yIsLetter) return byCode
  if (xIsLetter !== yIsLetter) return xIsLetter === (at > 0 && isDigit(left[at - 1] ?? '')) ? -1 : 1
  // A zero inside a number counts as a digit of it; at its start it does not.
  let before = at
  if (x === '0' || y === '0') while (isDigit(left[before - 1] ?? '') && left[before - 1] === '0') before--
  const inside = (x === '0' || y === '0') && isDigit(left[before - 1] ?? '') ? '1' : ''
  const [one, other] = [digitsFrom(left, at), digitsFrom(right, at)]
  const [n, m] = [toNumber(inside + one), toNumber(inside + other)]
  if (n !== m) return n < m ? -1 : 1
  return one.length - other.length || byCode
}

function digitsFrom(characters: readonly string[], start: number): string {
  let end = start
  while (isDigit(characters[end] ?? '')) end++
  return characters.slice(start, end).join('')
}

/** Go counts in 64 bits, and takes digits of other scripts by their distance from "0". */
function toNumber(digits: string): bigint {
  let value = 0n
  for (const digit of digits) {
    value = BigInt.asIntN(64, value * 10n + BigInt((digit.codePointAt(0) ?? 0) - 0x30))
  }
  return value
}

function isLetter(character: string): boolean {
  return /^\p{L}/u.test(character)
}

function isDigit(character: string): boolean {
  return /^\p{Nd}/u.test(character)
}

/** A number as yaml.v3 writes it: integers of 64 bits in full, others as `%g` does (exponents from 1e+06 and below 1e-04). */
export function formatGoNumber(value: number): string {
  return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 64
    ? String(value)
    : formatGoFloat(value)
}

/** `%g` with the shortest digits that read back. */
function formatGoFloat(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const [digits = '', power = '0'] = value.toExponential().split('e')
  const exponent = Number(power)
  if (exponent >= -4 && exponent < 6) return String(value)
  const size = Math.abs(exponent)
  return `${digits}e${exponent < 0 ? '-' : '+'}${size < 10 ? '0' : ''}${size}`
}

/** JSON text as Go's encoder escapes it. */
export function escapeGoJson(text: string): string {
  return text.replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
