import { EspalierError } from '../../src/protocol/errors.ts'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import { compareBytes } from './go-text.ts'

/** Larger record files are refused: one record of this size is a mistake or an attack. */
export const maxRecordBytes = 8_000_000
/** Larger files of many records are only read. */
export const maxEditableBytes = 20_000_000
/** Larger files of many records are not read. */
export const maxRecordSetBytes = 64_000_000

/** A file as text, and whether it began with a byte order mark (which `text` does not hold). */
export interface RecordText {
  readonly text: string
  readonly bom: boolean
}

/**
 * Decodes a record file.
 *
 * @throws EspalierError `format/bad-record` when it is too large or not UTF-8.
 */
export function decodeRecord(bytes: Uint8Array, maxBytes: number = maxRecordBytes): RecordText {
  if (bytes.length > maxBytes) {
    throw badRecord(`the file has ${bytes.length} bytes; at most ${maxBytes} are read`)
  }
  let text: string
  try {
    text = strictDecoder().decode(bytes)
  } catch {
    throw badRecord('the file is not valid UTF-8', invalidUtf8Position(bytes))
  }
  return text.charCodeAt(0) === 0xfeff ? { text: text.slice(1), bom: true } : { text, bom: false }
}

/** Reads files one by one; a file that does not parse gives its error. */
export function parseEach(
  files: readonly Uint8Array[],
  parse: (bytes: Uint8Array) => RecordValue,
): readonly (RecordValue | EspalierError)[] {
  return files.map((bytes) => {
    try {
      return parse(bytes)
    } catch (error) {
      if (error instanceof EspalierError) return error
      throw error
    }
  })
}

/** Encodes text, with the byte order mark that the old file had. */
export function encodeRecord(text: string, bom: boolean): Uint8Array {
  return new TextEncoder().encode(bom ? `\uFEFF${text}` : text)
}

let decoder: TextDecoder | undefined

/** A decoder that refuses invalid UTF-8 and keeps a byte order mark. */
export function strictDecoder(): TextDecoder {
  return (decoder ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }))
}

/** A place in a text, both 1-based. */
export interface RecordPosition {
  readonly line: number
  readonly column: number
}

/** The line and column of an offset. */
export function positionAt(text: string, offset: number): RecordPosition {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  let line = 1
  for (let i = before.indexOf('\n'); i !== -1; i = before.indexOf('\n', i + 1)) line++
  return { line, column: offset - lineStart + 1 }
}

/** {@link positionAt} for many places of one text: its lines are counted once, when the first one is asked for. */
export function createPositions(text: string): (offset: number) => RecordPosition {
  let starts: number[] | undefined
  return (offset) => {
    if (starts === undefined) {
      starts = [0]
      for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) starts.push(i + 1)
    }
    let low = 0
    let high = starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((starts[middle] as number) <= offset) low = middle
      else high = middle
    }
    return { line: low + 1, column: offset - (starts[low] as number) + 1 } // `low` is inside the list
  }
}

/** The error for a record file that cannot be read. */
export function badRecord(why: string, position?: RecordPosition): EspalierError {
  const where = position === undefined ? '' : ` (line ${position.line}, column ${position.column})`
  return new EspalierError('format/bad-record', `This record file cannot be read: ${why}${where}.`, {
    data: { ...position },
  })
}

/** A better reason when a file still has the marks of an unfinished merge. */
export function mergeMarkerFault(text: string): EspalierError | undefined {
  if (!text.includes('<<<<<<<')) return undefined
  const marker = /^<{7}(?: |\r?$)/m.exec(text)
  if (marker === null) return undefined
  return badRecord(
    'it holds merge conflict markers; resolve the conflict first',
    positionAt(text, marker.index),
  )
}

/** The error for an edit that would damage the rest of the file. */
export function editRefused(why: string): EspalierError {
  return new EspalierError(
    'format/edit-refused',
    `This record file cannot be edited without risk: ${why}. Change the file's text instead.`,
  )
}

/** Field names in the order in which new files list them: `first`, then by name. */
export function orderedEntries(
  map: { readonly [name: string]: Json },
  first: readonly string[] = noNames,
): readonly (readonly [string, Json])[] {
  return orderedNames(map, first).map((name) => [name, map[name] as Json]) // its own names
}

/** The names alone. */
export function orderedNames(
  map: { readonly [name: string]: Json },
  first: readonly string[] = noNames,
): readonly string[] {
  const names = Object.keys(map)
  const last = lastOrders.get(first)
  if (last && names.length === last.names.length && names.every((name, index) => name === last.names[index]))
    return last.ordered
  const rank = new Map(first.map((name, index) => [name, index]))
  const rankOf = (name: string): number => rank.get(name) ?? first.length
  const ordered = names.toSorted((a, b) => rankOf(a) - rankOf(b) || compareBytes(a, b))
  lastOrders.set(first, { names, ordered })
  return ordered
}

const noNames: readonly string[] = []

/** The records of a collection have the same names, mostly: those of the last one are not sorted again. */
const lastOrders = new WeakMap<
  readonly string[],
  { readonly names: readonly string[]; readonly ordered: readonly string[] }
>()

/**
 * The field after which a new field is inserted: the nearest one before it in `order` that is present; else
 * the last one.
 */
export function insertionNeighbour(
  name: string,
  present: readonly (string | undefined)[],
  order: readonly string[],
): string | undefined {
  for (let i = order.indexOf(name) - 1; i >= 0; i--) {
    const candidate = order[i]
    if (candidate !== undefined && present.includes(candidate)) return candidate
  }
  return present.at(-1)
}

function invalidUtf8Position(bytes: Uint8Array): RecordPosition {
  const text = new TextDecoder('utf-8').decode(bytes)
  return positionAt(text, Math.max(0, text.indexOf('\uFFFD')))
}
