import { EspalierError } from '../../src/protocol/errors.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { type ListKeys, withoutOwnFields, withOwnFields } from './list-keys.ts'
import { checkEdits, diffValues, type ValueEdit } from './record-diff.ts'
import type { RecordFault, RecordSet, RecordSetCodec } from './record-set-codec.ts'
import {
  badRecord,
  createPositions,
  decodeRecord,
  editRefused,
  encodeRecord,
  maxEditableBytes,
  maxRecordSetBytes,
  mergeMarkerFault,
  type RecordPosition,
} from './record-text.ts'
import { checkRecordValue, checkValue, isJsonMap, type ValuePath } from './record-value.ts'
import { applySplices, type Splice } from './text-splice.ts'

/** A text of many rows, taken apart. */
export interface RowsText {
  readonly text: string
  /** The rows' names in a dictionary. */
  readonly names?: readonly string[]
  /** What each row says: JSON data, or the error for why it says nothing. */
  readonly values: readonly unknown[]
  /** What is wrong beside the rows. */
  readonly faults?: readonly RecordFault[]
}

/** A row that is to be written. */
export interface NewRow {
  readonly key: string
  readonly row: RecordValue
}

/** What becomes of a row: the steps, and what it is then. */
export interface RowChange {
  readonly edits: readonly ValueEdit[]
  readonly row: RecordValue
}

/** Changes of rows by their index; new rows stand at the end. */
export interface RowChanges {
  readonly changed: ReadonlyMap<number, RowChange>
  readonly removed: ReadonlySet<number>
  readonly added: readonly NewRow[]
}

/** How the rows of one kind of file are read and written. All offsets are UTF-16 units. */
export interface RowsSyntax<Text extends RowsText> {
  /** @throws EspalierError `format/bad-record` */
  parse(text: string): Text
  /** Where the row's value, or what is at a path of it, stands; the nearest parent when there is nothing. */
  offsetOf(file: Text, index: number, path: ValuePath): number
  /** The text's changes; those inside rows are verified. @throws EspalierError `format/edit-refused` */
  edit(file: Text, changes: RowChanges): readonly Splice[]
  /** A whole new file. */
  create(rows: readonly NewRow[]): string
}

/** How a file's rows are made records. */
export interface RowsOptions {
  /** Absent for dictionaries. */
  readonly keys?: ListKeys
  /** Rewrites the whole file at every change, with what {@link RowsSyntax.create} writes. */
  readonly rewrite?: (rows: readonly NewRow[], before: string) => string
}

interface OpenFile<Text> extends RecordSet {
  readonly file: Text
  readonly bom: boolean
  /** Rows by key: those of `records`, and -1 for keys that no edit may touch. */
  readonly rows: ReadonlyMap<string, number>
  positionOf(offset: number): RecordPosition
}

/** The codec of files of many rows, for one syntax. */
export function createRowsCodec<Text extends RowsText>(
  syntax: RowsSyntax<Text>,
  options: RowsOptions,
): RecordSetCodec {
  const { keys, rewrite } = options
  /** A file that is read is edited next, or its values are located. */
  const opened = new WeakMap<Uint8Array, OpenFile<Text>>()

  const open = (bytes: Uint8Array): OpenFile<Text> => {
    const { text, bom } = decodeRecord(bytes, maxRecordSetBytes)
    const marked = mergeMarkerFault(text)
    if (marked !== undefined) throw marked
    const file = syntax.parse(text)
    const positions = createPositions(text)
    const records = new Map<string, RecordValue>()
    const rows = new Map<string, number>()
    const faults: RecordFault[] = [...(file.faults ?? [])]
    for (let i = 0; i < file.values.length; i++) {
      const value = file.values[i]
      const name = file.names?.[i]
      const key =
        name === undefined ? (isJsonMap(value) ? keys?.keyOf(value) : undefined) : name.normalize('NFC')
      const fault = faultOf(value, key, rows)
      if (fault === undefined) {
        // A map with a key: checked by `faultOf`.
        records.set(key as string, withoutOwnFields(value as RecordValue))
        rows.set(key as string, i)
        continue
      }
      const known = value instanceof EspalierError ? (value.data as Partial<RecordPosition>) : {}
      const place = known.line === undefined ? positions(syntax.offsetOf(file, i, [])) : known
      faults.push({ ...fault, ...(key === undefined ? {} : { key }), ...place })
      if (key !== undefined) rows.set(key, -1)
    }
    return { file, bom, records, rows, faults, positionOf: positions }
  }
  const openOnce = (bytes: Uint8Array): OpenFile<Text> => {
    const known = opened.get(bytes)
    if (known !== undefined) return known
    const file = open(bytes)
    opened.set(bytes, file)
    return file
  }
  const newRow = (key: string, value: RecordValue, sibling: RecordValue | undefined): NewRow => {
    checkRecordValue(value)
    checkValue(key)
    if (key === '') throw new EspalierError('record/bad-value', 'A record needs a key.')
    return { key, row: keys === undefined ? value : keys.newRow(key, value, sibling) }
  }

  return {
    parse(bytes) {
      const { records, faults } = bytes.length > maxEditableBytes ? open(bytes) : openOnce(bytes)
      return { records, faults }
    },
    edit(bytes, changes) {
      if (changes.size === 0) return bytes
      if (bytes.length > maxEditableBytes) throw tooLarge(bytes.length)
      const { file, bom, rows, faults } = openOnce(bytes)
      const sibling = file.values.findLast((value) => isJsonMap(value) && keys?.keyOf(value) !== undefined)
      const changed = new Map<number, RowChange>()
      const removed = new Set<number>()
      const added: NewRow[] = []
      for (const [key, value] of changes) {
        const index = rows.get(key)
        if (index === -1)
          throw editRefused(`the record ${JSON.stringify(key)} stands twice or cannot be read`)
        if (value === null) {
          if (index !== undefined) removed.add(index)
          continue
        }
        if (index === undefined) {
          added.push(newRow(key, value, sibling as RecordValue | undefined))
          continue
        }
        if (!isJsonMap(value)) checkRecordValue(value)
        const old = file.values[index] as RecordValue // `rows` holds only rows that are maps
        const edits = diffValues(old, withOwnFields(value, old))
        if (edits.length === 0) continue
        checkEdits(edits)
        const row = keys === undefined ? withOwnFields(value, old) : keys.changedRow(key, value, old)
        changed.set(index, { edits, row })
      }
      if (changed.size + removed.size + added.length === 0) return bytes
      if (rewrite !== undefined) {
        if (faults.some(({ severity }) => severity === undefined))
          throw editRefused('it holds rows that rewriting it would lose')
        const kept = [...rows].flatMap(([key, index]) =>
          removed.has(index)
            ? []
            : [{ key, row: changed.get(index)?.row ?? (file.values[index] as RecordValue) }],
        )
        return encodeRecord(rewrite([...kept, ...added], file.text), false)
      }
      const text = applySplices(file.text, syntax.edit(file, { changed, removed, added }))
      if (text === undefined) throw editRefused('the changes touch the same place')
      const final = file.text === '' || file.text.endsWith('\n')
      return encodeRecord(final ? text : text.replace(/\r?\n$/, ''), bom)
    },
    create(records) {
      const rows = [...records].map(([key, value]) => newRow(key, value, undefined))
      return encodeRecord(rewrite === undefined ? syntax.create(rows) : rewrite(rows, ''), false)
    },
    locate(bytes, key, path = []) {
      const { file, rows, positionOf } = openOnce(bytes)
      const index = rows.get(key)
      return index === undefined || index === -1 ? undefined : positionOf(syntax.offsetOf(file, index, path))
    },
  }
}

function faultOf(
  value: unknown,
  key: string | undefined,
  taken: ReadonlyMap<string, number>,
): Pick<RecordFault, 'code' | 'message'> | undefined {
  if (value instanceof EspalierError) return { code: 'format/bad-record', message: value.message }
  if (!isJsonMap(value)) {
    return { code: 'format/bad-record', message: 'A record must be a map of fields.' }
  }
  if (key === undefined || key === '') {
    return { code: 'format/no-key', message: 'This row has no key: no primary_key, "$ID", "$id" or "id".' }
  }
  return taken.has(key)
    ? {
        code: 'format/duplicate-key',
        message: `The key ${JSON.stringify(key)} stands twice in this file; the first record counts.`,
      }
    : undefined
}

function tooLarge(size: number): EspalierError {
  return new EspalierError(
    'format/read-only',
    `This file has ${size} bytes; files above ${maxEditableBytes} are only read. Split it into one file per record.`,
  )
}

/** The error for a file of rows that is not one: a list, a dictionary. */
export function notRows(what: string): EspalierError {
  return badRecord(`the file must hold ${what}`, { line: 1, column: 1 })
}

/** What an action gives, or the typed error with which it ends. */
export function attempt<T>(act: () => T): T | EspalierError {
  try {
    return act()
  } catch (error) {
    if (error instanceof EspalierError) return error
    throw error
  }
}
