import type { EspalierError } from '../../../src/protocol/errors.ts'
import type { Json, RecordValue } from '../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { createCsvCells, csvCell, csvName, csvText } from './csv-cells.ts'
import { createListKeys } from '../list-keys.ts'
import type { RecordSetCodec } from '../record-set-codec.ts'
import {
  badRecord,
  createPositions,
  positionAt,
  decodeRecord,
  editRefused,
  encodeRecord,
} from '../record-text.ts'
import {
  type CellSyntax,
  type ColumnRow,
  type ColumnText,
  createColumnCodec,
  editColumns,
  maxColumns,
  usedNames,
} from '../row-columns.ts'
import type { NewRow, RowsSyntax } from '../rows-codec.ts'
import { applySplices, type Splice } from '../text-splice.ts'

const ownKeys: readonly string[] = ['$ID', '$id']

/** What a CSV codec knows of its collection. */
export type CsvDefinition = Pick<CollectionDefinition, 'columns' | 'columnsOrder' | 'primaryKey'>

/**
 * The codec of CSV files: a header that names the columns, then a record per row. Rows are as RFC 4180 and Go's
 * encoding/csv say: commas, double quotes, line ends of either kind; empty lines are nothing. New files and rows
 * have the bytes that Go writes.
 */
export function createCsvCodec(
  definition: CsvDefinition,
  options: { readonly canonical?: 'go' } = {},
): RecordSetCodec {
  const codec = createColumnCodec(createCsvRows(definition), { keys: createListKeys(definition) })
  if (options.canonical === undefined) return codec
  return {
    ...codec,
    edit(bytes, changes) {
      const edited = codec.edit(bytes, changes)
      return edited === bytes ? bytes : encodeRecord(rewriteAsGo(decodeRecord(edited).text), false)
    },
  }
}

/** All cells as Go writes them; it keeps their text. Empty text stays in quotes, which Go reads all the same. */
function rewriteAsGo(text: string): string {
  const { rows, columns, broken } = scanCsv(text)
  if (broken.size > 0) throw editRefused('it holds rows that rewriting it would lose')
  const lines = rows.map(({ cells }) =>
    columns.map((_name, i) => {
      const source = text.slice(cells[2 * i], cells[2 * i + 1])
      return source === '""' ? source : csvCell(csvText(source))
    }),
  )
  return [columns.map(csvName), ...lines].map((cells) => `${cells.join(',')}\n`).join('')
}

/** Rows under a header; also for looking at files of which nothing is declared. */
export function createCsvRows({ columns, columnsOrder }: CsvDefinition): RowsSyntax<ColumnText> {
  const { read, write } = createCsvCells(columns)
  const names = columns.map(({ name }) => name)
  const known: ReadonlySet<string> = new Set([...ownKeys, 'id', ...names])
  const cells: CellSyntax<ColumnText> = {
    write,
    nameCell: csvName,
    addName: addCell,
    addCell,
    writeRow: ({ eol }, row) => row.join(',') + eol,
    refuse: (column) =>
      ownKeys.includes(column) || names.includes(column)
        ? undefined
        : 'the CSV file has no such column, and the definition does not declare it',
  }
  const create = (rows: readonly NewRow[]): string => {
    const order = columnsOrder.length > 0 ? columnsOrder : names
    const used = usedNames(rows)
    // A key that is no column comes first; Go needs `columns_order` to be all.
    const keys = order.length + used.length === 0 ? ['$ID'] : used.filter((name) => ownKeys.includes(name))
    const header = [...new Set([...keys.filter((name) => !order.includes(name)), ...order])]
    const empty = readCsv(`${header.map(csvName).join(',')}\n`)
    const changes = { changed: new Map(), removed: new Set<number>(), added: rows }
    return applySplices(empty.text, editColumns(empty, changes, cells, columnsOrder)) ?? ''
  }

  function rowValue(file: Scanned, row: ColumnRow): RecordValue {
    const value: { [name: string]: Json } = {}
    for (let i = 0; i < file.columns.length; i++) {
      const name = file.columns[i] as string // inside the list
      const cell = read(name, file.text.slice(row.cells[2 * i], row.cells[2 * i + 1]))
      if (cell === undefined) continue
      if (name === '__proto__')
        Object.defineProperty(value, name, { value: cell, enumerable: true, configurable: true })
      else value[name] = cell
    }
    return value
  }

  function readCsv(text: string): ColumnText {
    const file = scanCsv(text)
    if (names.length > 0 && file.columns.length > 0) checkHeader(file.columns, known)
    return { ...file, values: file.rows.map((row, i) => file.broken.get(i) ?? rowValue(file, row)) }
  }

  return {
    parse: readCsv,
    create,
    edit(file, changes) {
      if (file.columns.length > 0) return editColumns(file, changes, cells, columnsOrder)
      return [{ start: file.text.length, end: file.text.length, text: create(changes.added) }]
    },
    offsetOf({ columns: present, rows }, index, path) {
      const { start, cells: ends } = rows[index] as ColumnRow // `index` is a row's
      return ends[2 * present.indexOf(String(path[0]))] ?? start
    },
  }
}

function addCell(_file: ColumnText, offset: number, cell: string, first: boolean): Splice {
  return { start: offset, end: offset, text: first ? `${cell},` : `,${cell}` }
}

interface Scanned extends Omit<ColumnText, 'values'> {
  readonly broken: ReadonlyMap<number, EspalierError>
}

/** Finds rows and cells by searching for what ends them: long cells cost no more than short ones. */
export function scanCsv(text: string): Scanned {
  const rows: ColumnRow[] = []
  const broken = new Map<number, EspalierError>()
  const position = createPositions(text)
  const next = (mark: string, from: number): number => {
    const found = text.indexOf(mark, from)
    return found === -1 ? text.length : found
  }
  // The next one of each, from where it was last looked for: every part of the text is searched once.
  let [comma, newline, quote] = [-1, -1, -1]
  let at = 0
  while (at < text.length) {
    const start = at
    const cells: number[] = []
    let wrong: EspalierError | undefined
    for (;;) {
      if (text.charCodeAt(at) === 34) {
        let end = text.indexOf('"', at + 1)
        while (end !== -1 && text.charCodeAt(end + 1) === 34) end = text.indexOf('"', end + 2)
        if (end === -1) throw badRecord('the quoted cell that begins here does not end', position(at))
        cells.push(at, ++end)
        at = end
        if (newline < at) newline = next('\n', at)
        if (comma < at) comma = next(',', at)
        const lineEnd = newline > at && text.charCodeAt(newline - 1) === 13 ? newline - 1 : newline
        if (comma !== at && lineEnd !== at) {
          wrong = badRecord('a quoted cell must end at a comma or the end of the line', position(at))
        }
      } else {
        if (newline < at) newline = next('\n', at)
        if (comma < at) comma = next(',', at)
        if (quote < at) quote = next('"', at)
        const ends =
          comma < newline
            ? comma
            : text.charCodeAt(newline - 1) === 13 && newline > at
              ? newline - 1
              : newline
        if (quote < ends)
          wrong = badRecord(
            'a cell with a quote in it must be quoted, and the quote doubled',
            position(quote),
          )
        cells.push(at, ends)
      }
      if (comma >= newline || wrong !== undefined) break
      at = comma + 1
    }
    at = Math.min(newline + 1, text.length)
    // encoding/csv does not take an empty line for a row.
    if (cells.length === 2 && cells[0] === cells[1] && wrong === undefined) continue
    const header = rows[0]
    if (header !== undefined && wrong === undefined && cells.length !== header.cells.length) {
      const count = `it has ${cells.length / 2} cells, the header ${header.cells.length / 2}`
      wrong = badRecord(count, position(start))
    }
    if (wrong !== undefined) {
      if (header === undefined) throw wrong
      broken.set(rows.length - 1, wrong)
    }
    rows.push({ start, end: at, cells })
  }
  const header = rows.shift()
  const eol = text.charCodeAt((header?.end ?? 0) - 2) === 13 ? '\r\n' : '\n'
  const columnEnds = header?.cells.filter((_end, i) => i % 2 === 1) ?? []
  const columns = header === undefined ? [] : readHeader(text, header.cells)
  return {
    text,
    columns,
    columnStart: header?.cells[0] ?? 0,
    columnEnds,
    rows,
    broken,
    eol,
    end: text.length,
  }
}

function readHeader(text: string, cells: readonly number[]): readonly string[] {
  if (cells.length > 2 * maxColumns)
    throw badRecord('the header has too many columns', { line: 1, column: 1 })
  const names: string[] = []
  for (let i = 0; i < cells.length; i += 2) {
    const start = cells[i] as number // pairs
    const name = csvText(text.slice(start, cells[i + 1]))
    if (name === '') throw badRecord('the header has a column without a name', positionAt(text, start))
    if (names.includes(name)) throw badRecord(`the header names "${name}" twice`, positionAt(text, start))
    if (/\r(?!\n)/.test(name)) throw badRecord('its lines end in CR alone', { line: 1, column: 1 })
    names.push(name)
  }
  return names
}

/** A header without any of the names that it should have is none. */
function checkHeader(names: readonly string[], known: ReadonlySet<string>): void {
  if (names.some((name) => known.has(name))) return
  const why =
    names.length === 1 && /[;\t|]/.test(names.join())
      ? 'its cells are not separated by commas'
      : "its first line names none of the collection's columns"
  throw badRecord(why, { line: 1, column: 1 })
}
