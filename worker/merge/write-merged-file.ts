import { isEspalierError, type EspalierError } from '../../src/protocol/errors.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { arrangeCsv, csvColumns } from '../format/csv-columns.ts'
import { equalValues } from '../format/record-diff.ts'
import { mergeColumns } from './merge-columns.ts'
import { mergeText } from './merge-text.ts'
import type { RecordFile } from './record-file.ts'
import { textOf } from './utf8-text.ts'

/** A file in three versions; undefined where there is none. */
export interface FileVersions {
  readonly base: Uint8Array | undefined
  readonly ours: Uint8Array | undefined
  readonly theirs: Uint8Array | undefined
}

/** A merged file. */
export interface WrittenFile {
  readonly bytes: Uint8Array
  /** Comments that a side put in, and for which there was no place. */
  readonly lostComments: readonly string[]
}

type Records = ReadonlyMap<string, RecordValue>

const utf8 = new TextEncoder()

/** Formats in which a file says more than its records: comments. */
const commented: ReadonlySet<string> = new Set(['yaml', 'yml', 'markdown', 'toml'])

/**
 * Writes merged records so that the file keeps what both sides did to its text besides them: ours stays as it is where
 * no value changes, and comments, blank lines and columns of theirs come in where ours did not touch those lines. What
 * is written reads as exactly these records. Throws as codecs do, when neither they nor the lines of the sides give them.
 */
export function writeMergedFile(file: RecordFile, sides: FileVersions, records: Records): WrittenFile {
  const { base, ours, theirs } = file.format === 'csv' ? withOneHeader(sides, records) : sides
  const keep = (bytes: Uint8Array): WrittenFile => ({ bytes, lostComments: [] })
  if (!ours || !theirs) return keep(file.write(ours ?? theirs, records))
  const written = attempt(() => file.write(ours, records))
  if (!(written instanceof Uint8Array)) {
    const others = [byLines(file, { base, ours, theirs }, records), ours, theirs]
    const bytes = others.find((each) => each && holds(file, each, records))
    if (!bytes) throw written
    return { bytes, lostComments: lostComments(file.format, { base, ours, theirs }, bytes) }
  }
  if (!commented.has(file.format)) return keep(written)
  // What theirs would be if only its values were other than the base's.
  const plain = attempt(() => file.write(base, file.parse(theirs) ?? new Map()))
  if (plain instanceof Uint8Array && equalBytes(plain, theirs)) return keep(written)
  const bytes =
    byLines(file, { base, ours, theirs }, records) ??
    (plain instanceof Uint8Array
      ? byLines(file, { base: plain, ours: written, theirs }, records, true)
      : undefined) ??
    written
  return { bytes, lostComments: lostComments(file.format, { base, ours, theirs }, bytes) }
}

function attempt(write: () => Uint8Array): Uint8Array | EspalierError {
  try {
    return write()
  } catch (error) {
    if (isEspalierError(error)) return error
    throw error
  }
}

/** The texts merged by lines and words, if that is what the records say. `partly`: ours where they conflict. */
function byLines(
  file: RecordFile,
  { base, ours, theirs }: FileVersions,
  records: Records,
  partly = false,
): Uint8Array | undefined {
  const texts = [base ?? new Uint8Array(), ours, theirs].map((bytes) => bytes && textOf(bytes))
  const [was, our, their] = texts
  if (was === undefined || our === undefined || their === undefined) return undefined
  // Lines that end in another way differ all.
  if (their.includes('\r\n') !== our.includes('\r\n')) return undefined
  const { text, ours: ourText } = mergeText(was, our, their)
  const merged = partly ? ourText : text
  const bytes = merged === undefined ? undefined : utf8.encode(merged)
  return bytes && holds(file, bytes, records) ? bytes : undefined
}

/** Whether a file holds exactly these records. */
function holds(file: RecordFile, bytes: Uint8Array, records: Records): boolean {
  try {
    const found = file.parse(bytes)
    if (found?.size !== records.size) return false
    for (const [key, value] of records) if (!equalValues(found.get(key), value)) return false
    return true
  } catch (error) {
    if (isEspalierError(error)) return false
    throw error
  }
}

/** The sides of a CSV file with the same columns: those that both have, and those that one of them added. */
function withOneHeader(sides: FileVersions, records: Records): FileVersions {
  const texts = { base: textIn(sides.base), ours: textIn(sides.ours), theirs: textIn(sides.theirs) }
  if (texts.ours === undefined || texts.theirs === undefined) return sides
  if (Object.values(texts).every((text) => firstLine(text) === firstLine(texts.ours))) return sides
  const headers = [texts.base ?? '', texts.ours, texts.theirs].map(csvColumns)
  const [base, ours, theirs] = headers
  if (!base || !ours || !theirs) return sides
  const used = new Set([...records.values()].flatMap((record) => Object.keys(record)))
  const columns = mergeColumns({ base, ours, theirs }, used)
  const arranged = arrangeCsv(texts.ours, columns)
  return arranged === undefined ? sides : { ...sides, ours: utf8.encode(arranged) }
}

function firstLine(text: string | undefined): string | undefined {
  return text?.slice(0, text.indexOf('\n') + 1)
}

function textIn(bytes: Uint8Array | undefined): string | undefined {
  return bytes && textOf(bytes)
}

function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i])
}

function lostComments(
  format: string,
  { base, ours, theirs }: FileVersions,
  merged: Uint8Array,
): readonly string[] {
  const all = (files: readonly (Uint8Array | undefined)[]): readonly string[] =>
    files.flatMap((bytes) => (bytes ? commentsIn(format, bytes) : []))
  const known = new Set(all([base, merged]))
  return [...new Set(all([ours, theirs]))].filter((comment) => !known.has(comment))
}

/** What looks like a comment: for telling people, not for changing anything. */
function commentsIn(format: string, bytes: Uint8Array): readonly string[] {
  const text = textOf(bytes) ?? ''
  const [, front = ''] = format === 'markdown' ? text.split(/^---\s*$/m) : ['', text]
  return front.split('\n').flatMap((line) => {
    const found = /(?:^|\s)#(.*)$/.exec(line)
    const isQuoted = found && (line.slice(0, found.index).split('"').length - 1) % 2 === 1
    const comment = found?.[1]?.trim() ?? ''
    return isQuoted || comment === '' ? [] : [comment]
  })
}
