import { EspalierError } from '../../src/protocol/errors.ts'
import { attempt } from '../format/rows-codec.ts'
import { findNumbers } from '../format/validation/unsafe-numbers.ts'
import { mark } from './marked-numbers.ts'

/** As a file holds it: with the quotes that its format puts around a text. */
const written = /(["']?)\uf8e9([-+.\w]+)\uf8e9\1/g

const utf8 = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * A file of records with marks around such numbers; the same bytes where there are none. Undefined where they cannot
 * be put in: a key is one (`isKey` knows their places), a line holds a hash of the file, or the mark
 * is in use.
 */
export function markNumbers(
  format: string,
  bytes: Uint8Array,
  isKey: (path: readonly (string | number)[]) => boolean = () => false,
): Uint8Array | undefined {
  if (!mayHold(bytes)) return bytes
  const text = decoder.decode(bytes)
  if (text.includes(mark)) return undefined
  const start = text.startsWith('\ufeff') ? 1 : 0
  const numbers = attempt(() => findNumbers(format, text.slice(start)))
  // What cannot be read says so when it is.
  if (numbers instanceof EspalierError || numbers.length === 0) return bytes
  if (numbers.some(({ path }) => isKey(path)) || (format === 'ingr' && /^#[ \t]*sha256:/m.test(text)))
    return undefined
  const lines = text.slice(start).split('\n')
  // From the last one, so that what stands before it stays where it is.
  for (const { line, column, text: digits } of numbers.toReversed()) {
    const old = lines[line - 1] as string // where it was found
    lines[line - 1] =
      `${old.slice(0, column - 1)}"${mark}${digits}${mark}"${old.slice(column - 1 + digits.length)}`
  }
  return utf8.encode(text.slice(0, start) + lines.join('\n'))
}

/** As many digits as such a number has at least, in hexadecimal. */
const fewestDigits = 14
/** The first byte of the mark in UTF-8. */
const markByte = 0xef

/**
 * Whether there may be such a number, or a mark. Nearly all files hold neither, and a merge asks of each that changed:
 * so many digits in a row have one of them at every fourteenth byte, and only those bytes are looked at.
 */
function mayHold(bytes: Uint8Array): boolean {
  if (bytes.includes(markByte)) return true
  for (let at = fewestDigits - 1; at < bytes.length; at += fewestDigits) {
    if (!isDigit(bytes[at])) continue
    let [start, end] = [at, at + 1]
    while (isDigit(bytes[start - 1])) start--
    while (isDigit(bytes[end])) end++
    if (end - start >= fewestDigits) return true
  }
  return false
}

/** Digits of both kinds, and the point. */
function isDigit(byte = 0): boolean {
  if (byte < 0x3a) return byte >= 0x30 || byte === 0x2e
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66
}

/** A file that was written with marks, without them. */
export function unmarkBytes(bytes: Uint8Array): Uint8Array {
  const text = decoder.decode(bytes)
  return text.includes(mark) ? utf8.encode(text.replaceAll(written, '$2')) : bytes
}
