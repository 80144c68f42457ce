import { EspalierError } from '../../src/protocol/errors.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { arrangeCsv, csvColumns } from '../format/csv/csv-columns.ts'
import { arrangeIngr, ingrColumns } from '../format/ingr/ingr-columns.ts'
import { equalValues } from '../format/record-diff.ts'
import { attempt } from '../format/rows-codec.ts'
import { carryLines } from './carry-lines.ts'
import { orderFrom, type Orders } from './list-order.ts'
import { lostComments, type FileTexts, type LostComment } from './lost-comments.ts'
import { mergeColumns } from './merge-columns.ts'
import { mergeText } from './merge-text.ts'
import type { RecordFile } from './record-file.ts'

/** A file in three versions; undefined where there is none. */
export interface FileVersions {
  readonly base: Uint8Array | undefined
  readonly ours: Uint8Array | undefined
  readonly theirs: Uint8Array | undefined
}

/** A merged file. */
export interface WrittenFile {
  readonly bytes: Uint8Array
  readonly lostComments: readonly LostComment[]
}

type Records = ReadonlyMap<string, RecordValue>

const utf8 = new TextEncoder()
/** Files that are no UTF-8 are no records either. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Formats in which a file says more than its records: comments. */
const commented: ReadonlySet<string> = new Set(['yaml', 'yml', 'markdown', 'toml'])

/**
 * Writes merged records so that the file keeps what both sides did to its text besides them: that of the side in whose
 * order its rows are to stand (see {@link rowsFrom}) stays as it is where no value changes, and comments, blank lines and
 * columns of the other one come in where it did not touch those lines. What is written reads as exactly these records.
 * Throws as codecs do, when neither they nor the lines of the sides give them.
 */
export function writeMergedFile(
  file: RecordFile,
  versions: FileVersions,
  records: Records,
  first: 'ours' | 'theirs' = 'ours',
): WrittenFile {
  const { base } = versions
  const sides = first === 'ours' ? versions : { base, ours: versions.theirs, theirs: versions.ours }
  const { theirs } = sides
  if (!sides.ours || !theirs) return { bytes: file.write(sides.ours ?? theirs, records), lostComments: [] }
  const texts = {
    base: base ? decoder.decode(base) : '',
    ours: decoder.decode(sides.ours),
    theirs: decoder.decode(theirs),
  }
  const inPlace = first === 'ours' ? texts : { ...texts, ours: texts.theirs, theirs: texts.ours }
  const arranged = withAllColumns(file.format, texts.ours, inPlace, records)
  const ours = arranged === texts.ours ? sides.ours : utf8.encode(arranged)
  const tell = (bytes: Uint8Array): WrittenFile => ({
    bytes,
    lostComments: lostComments(file, texts, bytes),
  })
  const holding = (text: string | undefined): Uint8Array | undefined => {
    const bytes = text === undefined ? undefined : utf8.encode(text)
    return bytes && holds(file, bytes, records, ours) ? bytes : undefined
  }
  // Lines that end in another way differ all.
  const areAlike = texts.theirs.includes('\r\n') === texts.ours.includes('\r\n')
  const merge = (): Uint8Array | undefined =>
    areAlike ? holding(mergeText(texts.base, texts.ours, texts.theirs).text) : undefined

  const written = attempt(() => file.write(ours, records))
  if (written instanceof EspalierError) {
    const bytes = merge() ?? holding(texts.ours) ?? holding(texts.theirs)
    if (bytes) return tell(bytes)
    throw written
  }
  if (!commented.has(file.format)) return { bytes: written, lostComments: [] }
  // What theirs would be if only its values were other than the base's.
  const plain = attempt(() => file.write(sides.base, file.parse(theirs) ?? new Map()))
  if (plain instanceof EspalierError) return tell(merge() ?? written)
  const plainText = decoder.decode(plain)
  if (plainText === texts.theirs) return tell(written)
  const carry = (): Uint8Array | undefined =>
    areAlike ? holding(carryLines(plainText, decoder.decode(written), texts.theirs)) : undefined
  return tell(merge() ?? carry() ?? written)
}

/** A file in three versions, with marks around numbers that JavaScript cannot hold; undefined where they cannot be put. */
export function markSides(file: RecordFile, { base, ours, theirs }: FileVersions): FileVersions | undefined {
  const all = [base, ours, theirs].map((bytes) => ({ bytes, marked: bytes && file.mark(bytes) }))
  if (all.some(({ bytes, marked }) => bytes && !marked)) return undefined
  const [first, second, third] = all.map(({ marked }) => marked)
  return { base: first, ours: second, theirs: third }
}

/** Whether a file holds exactly these records; a list those of another one in its order. */
function holds(file: RecordFile, bytes: Uint8Array, records: Records, like: Uint8Array): boolean {
  const [found, other] = [bytes, like].map((each) => {
    const read = attempt(() => file.parse(each))
    return read instanceof EspalierError ? undefined : read
  })
  if (found?.size !== records.size) return false
  if (![...records].every(([key, value]) => equalValues(found.get(key), value))) return false
  const order = file.isList && other ? [...other.keys()] : []
  return rowsFrom({ base: order, ours: order, theirs: [...found.keys()] }) === 'ours'
}

/** Formats whose columns have an order. A column that nobody has any more goes from a CSV file. */
const tables: ReadonlyMap<
  string,
  readonly [
    read: (text: string) => readonly string[] | undefined,
    arrange: (text: string, columns: readonly string[]) => string | undefined,
  ]
> = new Map([
  ['csv', [csvColumns, arrangeCsv]],
  ['ingr', [ingrColumns, arrangeIngr]],
])

/** A table with the columns of both sides, but for those that one of them removed. */
function withAllColumns(format: string, text: string, texts: FileTexts, records: Records): string {
  const [base, ours, theirs] = [texts.base, texts.ours, texts.theirs].map(firstLine)
  const [read, arrange] = tables.get(format) ?? []
  if (!read || !arrange || (ours === theirs && base === ours)) return text
  const [before, mine, yours] = [texts.base, texts.ours, texts.theirs].map(read)
  if (!before || !mine || !yours) return text
  const used = new Set([...records.values()].flatMap((record) => Object.keys(record)))
  const columns = mergeColumns({ base: before, ours: mine, theirs: yours }, used)
  return arrange(text, columns) ?? text
}

/** Whose order the rows of a list are in: theirs where only they moved some. Each side's keys in the order of its file. */
export function rowsFrom(orders: Orders<string>): 'ours' | 'theirs' {
  return orderFrom(orders) === 'theirs' ? 'theirs' : 'ours'
}

function firstLine(text: string): string {
  return text.slice(0, text.indexOf('\n') + 1)
}
