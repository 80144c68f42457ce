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

/** A file that was written with marks, without them. */
export function unmarkBytes(bytes: Uint8Array): Uint8Array {
  const text = decoder.decode(bytes)
  return text.includes(mark) ? utf8.encode(text.replaceAll(written, '$2')) : bytes
}
