import { EspalierError } from '../../src/protocol/errors.ts'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import { compareBytes } from './go-text.ts'
import type { ValueEdit } from './record-diff.ts'
import type { RecordSetCodec } from './record-set-codec.ts'
import { editRefused } from './record-text.ts'
import { isJsonMap } from './record-value.ts'
import {
  createRowsCodec,
  type NewRow,
  type RowChanges,
  type RowsOptions,
  type RowsSyntax,
  type RowsText,
} from './rows-codec.ts'
import type { Splice } from './text-splice.ts'

/** A header with more columns is no table of records: a mistake, or an attack. */
export const maxColumns = 4096

/** A text of rows under a header that names their columns: CSV, INGR. */
export interface ColumnText extends RowsText {
  readonly columns: readonly string[]
  /** Where the first column's name begins in the header, and where each one ends. */
  readonly columnStart: number
  readonly columnEnds: readonly number[]
  /** One for each of `values`. */
  readonly rows: readonly ColumnRow[]
  /** Rows that are commented out: they get new columns too. */
  readonly hidden?: readonly ColumnRow[]
  readonly eol: string
  /** Where new rows go at the end. */
  readonly end: number
}

/** One row of a {@link ColumnText}: `[start, end)` holds its line end, `cells` begins and ends in turn. */
export interface ColumnRow {
  readonly start: number
  readonly end: number
  readonly cells: readonly number[]
}

/** How cells are written. Null and missing are one: `undefined`. */
export interface CellSyntax<Text extends ColumnText> {
  /** A cell's text. */
  write(column: string, value: Json | undefined, old?: OldCell): string
  /** A column's name in a header. */
  nameCell(column: string): string
  /** Adds a name to a header, or a cell to a row: before the first one, or behind one that ends at the offset. */
  addName(file: Text, offset: number, name: string, first: boolean): Splice
  addCell(file: Text, offset: number, cell: string, first: boolean): Splice
  /** A whole row with its line end. */
  writeRow(file: Text, cells: readonly string[]): string
  /** Why a column cannot be added; undefined when it can. */
  refuse(column: string): string | undefined
  /** Where a new row goes; at the end unless given. */
  placeOf?(file: Text, key: string): number
}

/** A cell before its edit. */
export interface OldCell {
  readonly source: string
  /** The text of its column in the header. */
  readonly header: string
  /** The steps inside the cell's value. */
  readonly edits: readonly ValueEdit[]
}

/** The text's changes, cell by cell. Fields without a column get one in all rows. */
export function editColumns<Text extends ColumnText>(
  file: Text,
  { changed, removed, added }: RowChanges,
  syntax: CellSyntax<Text>,
  columnsOrder: readonly string[],
): Splice[] {
  const { text, rows, columnEnds } = file
  const columns = [...file.columns]
  const grown = [...[...changed.values()].map(({ row }) => row), ...added.map(({ row }) => row)]
  for (const name of new Set(grown.flatMap(namesOf))) {
    if (columns.includes(name)) continue
    const why = syntax.refuse(name)
    if (why !== undefined) throw badField(name, why)
    if (file.values.some((value) => value instanceof EspalierError)) {
      throw editRefused(`all rows would get the new column ${JSON.stringify(name)}, and some cannot be read`)
    }
    let at = columns.length
    while (at > 0 && compareColumns(columns[at - 1] ?? '', name, columnsOrder) > 0) at--
    columns.splice(at, 0, name)
  }

  // Of splices at one place the earlier ones come first.
  const before: Splice[] = []
  const splices: Splice[] = []
  const behind: Splice[] = []
  const grow = (
    cells: readonly number[],
    cellOf: (name: string) => string,
    add: typeof syntax.addCell,
  ): void => {
    let end: number | undefined
    for (const name of columns) {
      const at = file.columns.indexOf(name)
      if (at !== -1) end = cells[2 * at + 1]
      else if (end === undefined) before.push(add(file, cells[0] ?? 0, cellOf(name), true))
      else behind.push(add(file, end, cellOf(name), false))
    }
  }
  if (columns.length > file.columns.length) {
    const header = columnEnds.flatMap((end) => [file.columnStart, end])
    grow(header, syntax.nameCell, syntax.addName)
    rows.forEach(({ cells }, index) => {
      const row = changed.get(index)?.row ?? {}
      if (!removed.has(index)) grow(cells, (name) => syntax.write(name, cellOf(row, name)), syntax.addCell)
    })
    for (const { cells } of file.hidden ?? []) grow(cells, () => syntax.write('', undefined), syntax.addCell)
  }

  for (const [index, { edits, row }] of changed) {
    const { cells } = rows[index] as ColumnRow // indexes are rows'
    const names = new Set(edits.map(({ path }) => String(path[0])))
    file.columns.forEach((name, i) => {
      if (!names.has(name)) return
      const [start, end] = [cells[2 * i] as number, cells[2 * i + 1] as number] // one pair for each column
      const cell = syntax.write(name, cellOf(row, name), {
        source: text.slice(start, end),
        header: text.slice(columnEnds[i - 1] ?? 0, columnEnds[i]),
        edits: edits.filter(({ path }) => path[0] === name),
      })
      splices.push({ start, end, text: cell })
    })
  }
  splices.push(...behind)
  for (const index of removed) {
    const { start, end } = rows[index] as ColumnRow // indexes are rows'
    splices.push({ start, end, text: '' })
  }
  for (const { key, row } of added) {
    const cells = columns.map((name) => syntax.write(name, cellOf(row, name)))
    const at = syntax.placeOf?.(file, key) ?? file.end
    // A last line without a line end gets one; the codec takes that of the new last line away.
    const open = at === text.length && !/\n$|^$/.test(text) && !removed.has(rows.length - 1)
    const glue = open && added[0]?.key === key ? file.eol : ''
    splices.push({ start: at, end: at, text: glue + syntax.writeRow(file, cells) })
  }
  return [...before, ...splices]
}

/** New columns stand as in new files: keys, `columns_order`, then by name. */
function compareColumns(a: string, b: string, order: readonly string[]): number {
  const rank = (name: string): number => {
    const at = name === '$ID' || name === '$id' ? -1 : order.indexOf(name)
    return at === -1 && !name.startsWith('$') ? order.length : at
  }
  return rank(a) - rank(b) || compareBytes(a, b)
}

/** The codec of files with columns: fields that are null are left out, for such files have one way to say both. */
export function createColumnCodec<Text extends ColumnText>(
  syntax: RowsSyntax<Text>,
  options: RowsOptions,
): RecordSetCodec {
  const codec = createRowsCodec(syntax, options)
  return {
    ...codec,
    edit: (bytes, changes) => codec.edit(bytes, withoutNulls(changes)),
    create: (records) => codec.create(withoutNulls(records)),
  }
}

/** The names of the fields that rows have, in the order of their first use. */
export function usedNames(rows: readonly NewRow[]): readonly string[] {
  return [...new Set(rows.flatMap(({ row }) => namesOf(row)))]
}

/** A field's value; null is none. */
export function cellOf(row: RecordValue, name: string): Json | undefined {
  return Object.hasOwn(row, name) ? (row[name] ?? undefined) : undefined
}

/** The error for a field that a file of columns cannot hold. */
export function badField(name: string, why: string): EspalierError {
  return new EspalierError(
    'record/bad-value',
    `The field ${JSON.stringify(name)} cannot be stored: ${why}.`,
    {
      data: { path: [name] },
    },
  )
}

function namesOf(row: RecordValue): readonly string[] {
  return Object.keys(row).filter((name) => cellOf(row, name) !== undefined)
}

function withoutNulls<Value extends RecordValue | null>(
  changes: ReadonlyMap<string, Value>,
): Map<string, Value> {
  return new Map(
    [...changes].map(([key, value]) => {
      if (!isJsonMap(value) || !Object.values(value).includes(null)) return [key, value]
      // The same fields but for some: still a value of its kind.
      return [key, Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null)) as Value]
    }),
  )
}
