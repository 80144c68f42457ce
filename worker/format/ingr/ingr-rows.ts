import { EspalierError } from '../../../src/protocol/errors.ts'
import type { Json, RecordValue } from '../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { compareBytes } from '../go-text.ts'
import { goIngrValue, ingrValue, valueEnd } from './ingr-values.ts'
import { jsonValueFault, parseJsonText } from '../json/json-parse.ts'
import { findUnsafeNumbers, type UnsafeNumber } from '../json/json-unsafe-numbers.ts'
import { createListKeys } from '../list-keys.ts'
import type { RecordFault, RecordSetCodec } from '../record-set-codec.ts'
import { badRecord, createPositions, editRefused } from '../record-text.ts'
import {
  badField,
  type CellSyntax,
  type ColumnRow,
  type ColumnText,
  createColumnCodec,
  editColumns,
  maxColumns,
  usedNames,
} from '../row-columns.ts'
import type { RowsOptions, RowsSyntax } from '../rows-codec.ts'
import { sha256 } from '../sha256.ts'
import { applySplices, type Splice } from '../text-splice.ts'

/** What an INGR codec knows of its collection. */
export type IngrDefinition = Pick<
  CollectionDefinition,
  'id' | 'columns' | 'columnsOrder' | 'primaryKey' | 'recordFile'
>

export interface IngrText extends ColumnText {
  readonly hidden: readonly ColumnRow[]
  /** The number in the line that counts the records; absent when there is no such line. */
  readonly count?: { readonly start: number; readonly end: number; readonly value: number }
  /** A `#-` line that stands behind every record, with its line end. */
  readonly delimiter: string
  readonly sorted: boolean
}

/**
 * The codec of INGR files (spec 1.0.0-RC): a header line that names the columns, a line of JSON for each column of a
 * record, and a line that counts the records. Lists and dictionaries look the same. New records keep a sorted file sorted.
 */
export function createIngrCodec(
  definition: IngrDefinition,
  options: { readonly canonical?: 'go' } = {},
): RecordSetCodec {
  const go = options.canonical === 'go'
  const syntax = createIngrRows(definition, go)
  const rewrite: RowsOptions['rewrite'] = (rows, before) => {
    if (findUnsafeIngrNumbers(before).length === 0) return syntax.create(rows)
    throw editRefused('it holds numbers that do not survive rewriting the whole file')
  }
  const primaryKey = definition.recordFile.type === '[]map[string]any' ? definition.primaryKey : []
  return createColumnCodec(syntax, {
    // Every record has `$ID`, whatever else is declared.
    keys: createListKeys({ primaryKey, columns: [{ name: '$ID', type: 'string', required: false }] }),
    ...(go ? { rewrite } : {}),
  })
}

function createIngrRows(definition: IngrDefinition, go: boolean): RowsSyntax<IngrText> {
  const { id, columnsOrder } = definition
  const computed = new Set(
    definition.columns.filter(({ formula }) => formula !== undefined).map(({ name }) => name),
  )
  const cells: CellSyntax<IngrText> = {
    write: (_column, value, old) => (go ? goIngrValue(value) : ingrValue(value, old)),
    nameCell: (column) => column,
    // `$ID` is always there, so nothing comes before the first column.
    addName: (_file, offset, name) => ({ start: offset, end: offset, text: `, ${name}` }),
    addCell({ text, eol, hidden }, offset, cell) {
      const newline = text.indexOf('\n', offset)
      const at = newline === -1 ? text.length : newline + 1
      const line = hidden.some((row) => offset > row.start && offset < row.end) ? `#${cell}` : cell
      return { start: at, end: at, text: newline === -1 ? eol + line : line + eol }
    },
    writeRow: ({ eol, delimiter }, row) => row.map((cell) => cell + eol).join('') + delimiter,
    refuse: (column) =>
      column === '' || column !== column.trim() || /[,:\p{Cc}]/u.test(column)
        ? 'a column of an INGR file has a name without commas, colons and outer white space'
        : undefined,
    placeOf({ sorted, values, rows, end }, key) {
      let low = sorted ? 0 : rows.length
      let high = rows.length
      while (low < high) {
        const middle = (low + high) >> 1
        if (compareBytes(idOf(values[middle]), key) < 0) low = middle + 1
        else high = middle
      }
      return rows[low]?.start ?? end
    },
  }

  const edit = (file: IngrText, changes: Parameters<typeof syntax.edit>[1]): readonly Splice[] => {
    const added = changes.added
      .map(({ key, row }) => ({ key, row: { $ID: key, ...row } }))
      .sort((a, b) => (file.sorted ? compareBytes(a.key, b.key) : 0))
    const splices = editColumns(file, { ...changes, added }, cells, columnsOrder)
    const { count } = file
    const delta = added.length - changes.removed.size
    if (count !== undefined && delta !== 0) {
      const value = Math.max(0, count.value + delta)
      splices.push({ start: count.start, end: count.end, text: `${value} record${value === 1 ? '' : 's'}` })
    }
    return [...splices, ...hashSplice(file, splices)]
  }

  const syntax: RowsSyntax<IngrText> = {
    parse: parseIngr,
    edit,
    create(rows) {
      const first = ['$ID', ...columnsOrder.filter((name) => name !== '$ID' && !computed.has(name))]
      const more = usedNames(rows).filter((name) => !first.includes(name))
      const columns = [...first, ...more.sort(compareBytes)]
      for (const name of columns) {
        const why = cells.refuse(name)
        if (why !== undefined) throw badField(name, why)
      }
      const empty = parseIngr(`# INGR.io | ${id}: ${columns.join(', ')}\n# 0 records`)
      const changes = { changed: new Map(), removed: new Set<number>(), added: rows }
      return applySplices(empty.text, edit(empty, changes)) ?? ''
    },
    offsetOf({ columns, rows }, index, path) {
      const { start, cells: ends } = rows[index] as ColumnRow // `index` is a row's
      return ends[2 * columns.indexOf(String(path[0]))] ?? start
    },
  }
  return syntax
}

/** The line that hashes all above it is made true again. */
export function hashSplice({ text, end }: IngrText, splices: readonly Splice[]): readonly Splice[] {
  const line = /^#[ \t]*sha256:([0-9a-fA-F]*)/m.exec(text.slice(end))
  if (line === null || splices.length === 0) return []
  const start = end + line.index
  const above = splices.filter((splice) => splice.start < start)
  const hashed = (applySplices(text, above) ?? text).slice(
    0,
    text.length === start ? undefined : start - text.length,
  )
  const at = start + line[0].length
  return [{ start: at - (line[1] ?? '').length, end: at, text: sha256(new TextEncoder().encode(hashed)) }]
}

function idOf(value: unknown): string {
  return value instanceof EspalierError ? '' : String((value as RecordValue)['$ID']) // rows are maps or errors
}

const header = /^#[ \t]*INGR\.io[ \t]*\|[^:\n]*:/
const countLine = /^#[ \t]*((\d{1,15}) records?)[ \t]*$/
const longestLine = 64 * 1024

export function parseIngr(text: string): IngrText {
  const newline = text.indexOf('\n')
  const firstEnd = newline === -1 ? text.length : newline
  const opening = header.exec(text)
  if (opening === null)
    throw badRecord('its first line is not "# INGR.io | name: $ID, …"', { line: 1, column: 1 })
  const { columns, columnEnds } = readColumns(text, opening[0].length, firstEnd)
  const position = createPositions(text)
  const rows: ColumnRow[] = []
  const hidden: ColumnRow[] = []
  const values: unknown[] = []
  const warnings: RecordFault[] = []
  let count: IngrText['count']
  let delimiter = ''
  let end: number | undefined
  let last: { end: number } | undefined
  let start = 0
  let spans: number[] = []
  let commented = 0

  const close = (at: number, whole: boolean): void => {
    if (spans.length === 0) return
    const row = { start, end: at, cells: spans }
    const lines = spans.length / 2
    if (commented > 0 && commented === lines && whole) hidden.push(row)
    else {
      rows.push(row)
      values.push(
        commented > 0
          ? badRecord('only some lines of this record are commented out', position(start))
          : whole
            ? rowValue(text, columns, row, position)
            : badRecord(
                `this record has ${lines} lines, the header names ${columns.length} columns`,
                position(start),
              ),
      )
    }
    last = row
    spans = []
    commented = 0
  }

  let hash = text.indexOf('#', firstEnd)
  for (let at = firstEnd + 1, next = 0; at < text.length; at = next) {
    const stop = text.indexOf('\n', at)
    next = stop === -1 ? text.length : stop + 1
    let first = at
    while (text.charCodeAt(first) <= 32 && first < next) first++
    if (first === next) continue
    if (next - at > longestLine) {
      const message = 'This line has more than 64 KiB; the Go tools cannot read it.'
      warnings.push({ severity: 'warning', code: 'format/bad-record', message, ...position(at) })
    }
    let from = first
    if (text.charCodeAt(first) === 35) {
      const line = text.slice(first, next).trimEnd()
      if (/^#-+$/.test(line)) {
        delimiter ||= text.slice(at, next)
        if (spans.length > 0) close(at, false)
        if (last !== undefined) last.end = next
        continue
      }
      const counted = countLine.exec(line)
      if (counted !== null) {
        close(at, false)
        const [, words = '', digits] = counted
        const from = first + line.indexOf(words)
        count = { start: from, end: from + words.length, value: Number(digits) }
        end = at
        if (/^[ \t]*[^\s#]/m.test(text.slice(next))) {
          throw badRecord('records follow the line that counts them', position(next))
        }
        break
      }
      if (!/^#(?:[^\s#-]|-\d)/.test(line)) {
        if (spans.length === 0 && /^#[ \t]*sha256:/.test(line)) end ??= at
        continue
      }
      from++
      commented++
    }
    if (spans.length === 0) start = at
    if (hash < from && hash !== -1) hash = text.indexOf('#', from)
    spans.push(from, hash === -1 || hash >= next ? trimEnd(text, from, next) : valueEnd(text, from, next))
    if (spans.length === 2 * columns.length) close(next, true)
  }
  close(text.length, false)
  const total = rows.length
  if (count !== undefined && count.value !== total && count.value !== total + hidden.length) {
    const message = `This line counts ${count.value} records, and ${total} stand above it.`
    warnings.push({ code: 'format/bad-record', message, ...position(count.start) })
  }
  const ids = values.map(idOf)
  return {
    text,
    columns,
    columnStart: opening[0].length,
    columnEnds,
    rows,
    hidden,
    values,
    faults: warnings,
    ...(count === undefined ? {} : { count }),
    delimiter: delimiter === '' || delimiter.endsWith('\n') ? delimiter : `${delimiter}\n`,
    sorted: ids.every((id, i) => i === 0 || compareBytes(ids[i - 1] as string, id) < 0), // inside the list
    eol: text.charCodeAt(newline - 1) === 13 ? '\r\n' : '\n',
    end: end ?? text.length,
  }
}

/** As `findUnsafeNumbers`, for INGR: the first step of a path is the record's index among those of the file. */
export function findUnsafeIngrNumbers(text: string): readonly UnsafeNumber[] {
  if (!/[\d.]{16}/.test(text)) return []
  const { rows, columns } = parseIngr(text)
  const position = createPositions(text)
  return rows.flatMap(({ cells }, index) =>
    columns.flatMap((name, i) => {
      const start = cells[2 * i] ?? 0
      return findUnsafeNumbers('json', text.slice(start, cells[2 * i + 1])).map((found) => ({
        ...found,
        path: [index, name, ...found.path],
        ...position(start + found.column - 1),
      }))
    }),
  )
}

function rowValue(
  text: string,
  columns: readonly string[],
  { cells }: ColumnRow,
  position: ReturnType<typeof createPositions>,
): RecordValue | EspalierError {
  const value: { [name: string]: Json } = {}
  for (let i = 0; i < columns.length; i++) {
    const name = columns[i] as string // inside the list
    const start = cells[2 * i] as number // two for each column
    const source = text.slice(start, cells[2 * i + 1])
    const item = readValue(source)
    if (item instanceof EspalierError) return badRecord(`the line of "${name}" is not JSON`, position(start))
    if (item === null) continue
    if (name === '__proto__')
      Object.defineProperty(value, name, { value: item, enumerable: true, configurable: true })
    else value[name] = item
  }
  return value
}

/** Text without escapes is what it says; all else is for the parser. */
function readValue(source: string): Json | EspalierError {
  // oxlint-disable-next-line no-control-regex -- what JSON text must not hold
  if (/^"[^"\\\u0000-\u001f]*"$/.test(source)) return source.slice(1, -1)
  try {
    const value = parseJsonText(source) as Json // what JSON.parse gives
    if (typeof value === 'number' && !Number.isFinite(value)) return badRecord('the number is too large')
    return typeof value === 'object' && value !== null ? (jsonValueFault(value, true) ?? value) : value
  } catch (error) {
    if (error instanceof EspalierError) return error
    throw error
  }
}

function trimEnd(text: string, start: number, end: number): number {
  let at = end
  while (at > start && text.charCodeAt(at - 1) <= 32) at--
  return at
}

function readColumns(text: string, start: number, end: number): Pick<IngrText, 'columns' | 'columnEnds'> {
  const columns: string[] = []
  const columnEnds: number[] = []
  let at = start
  const parts = text.slice(start, end).split(',')
  if (parts.length > maxColumns) throw badRecord('the header has too many columns', { line: 1, column: 1 })
  for (const part of parts) {
    const name = (part.split(':', 1)[0] ?? '').trim()
    const fault =
      name === '' ? 'a column without a name' : columns.includes(name) ? `"${name}" twice` : undefined
    if (fault !== undefined) throw badRecord(`the header has ${fault}`, { line: 1, column: at + 1 })
    columns.push(name)
    columnEnds.push(at + part.trimEnd().length)
    at += part.length + 1
  }
  if (!columns.includes('$ID'))
    throw badRecord('the header has no column "$ID"', { line: 1, column: start + 1 })
  return { columns, columnEnds }
}
