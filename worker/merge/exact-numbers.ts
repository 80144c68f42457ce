import type { FieldConflict } from '../../src/protocol/merge.ts'
import type { Json } from '../../src/protocol/records.ts'
import { EspalierError } from '../../src/protocol/errors.ts'
import { isJsonMap } from '../format/record-value.ts'
import { attempt } from '../format/rows-codec.ts'
import { findNumbers } from '../format/validation/unsafe-numbers.ts'

// Numbers that JavaScript cannot hold are merged as what files say of them: each becomes a text, its digits between two
// marks, before a file is read, and the digits alone once it is written. So they compare, and stay, to the last digit.

/** Of the characters that Unicode gives no meaning. */
const mark = '\uf8e9'
const marked = /^\uf8e9([^\uf8e9]*)\uf8e9$/
/** As a file holds it: with the quotes that its format puts around a text. */
const written = /(["']?)\uf8e9([-+.\w]+)\uf8e9\1/g

const utf8 = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * A file of records with marks around such numbers; the same bytes where there are none. Undefined where they cannot
 * be put in: a record's key is one (`keys`: the names of fields that are), a line holds a hash of the file, or the mark
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

export function isMarked(value: Json | undefined): value is string {
  return typeof value === 'string' && marked.test(value)
}

/** Whether something in a value is marked. */
export function holdsMarks(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.some(holdsMarks)
  return isJsonMap(value) ? Object.values(value).some(holdsMarks) : isMarked(value)
}

/** A value as whoever reads it has it: the nearest number that JavaScript holds. */
export function asRead<Value extends Json | undefined>(value: Value): Value {
  return (holdsMarks(value) ? replaced(value, Number) : value) as Value // numbers stand in for texts only
}

/** A value as it is shown: all digits, as text. */
export function asShown<Value extends Json | undefined>(value: Value): Value {
  return (holdsMarks(value) ? replaced(value, (digits) => digits) : value) as Value // texts stay texts
}

function replaced(value: Json | undefined, read: (digits: string) => Json): Json | undefined {
  if (Array.isArray(value)) return value.map((item: Json) => replaced(item, read) as Json) // items are there
  if (isJsonMap(value))
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => [name, replaced(field, read) as Json]), // fields are there
    )
  const [, digits] = (typeof value === 'string' && marked.exec(value)) || []
  return digits === undefined ? value : read(digits)
}

/** A conflict as it is shown. What only marks stand for is not suggested: chosen, it would be text. */
export function shownConflict(conflict: FieldConflict): FieldConflict {
  const { suggestion, ...shown } = conflict
  return {
    ...shown,
    path: conflict.path.map((step) => asShown(step)),
    base: asShown(conflict.base),
    ours: asShown(conflict.ours),
    theirs: asShown(conflict.theirs),
    ...(suggestion && !holdsMarks(suggestion.value) && { suggestion }),
  }
}
