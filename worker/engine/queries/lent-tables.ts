import type { Row } from '../../../src/protocol/records.ts'
import { keysApart, type RecordMap } from '../../records/record-map.ts'
import { createTable, type Table, type TableChange } from '../../records/table.ts'
import type { TableRowMaker } from './table-rows.ts'

/** A table of another branch or commit: rows of the same values need not be made again. */
export interface LentTable {
  /** What its rows stand for, but for those of `dirty` ones. */
  readonly records: RecordMap
  readonly table: Table
  readonly dirty: ReadonlySet<string>
}

/** What a table shall show. */
export interface TableContents {
  readonly records: RecordMap
  readonly makeRow: TableRowMaker
  /** Keys of records that have working changes, and how the row of any key is now. */
  readonly dirty: Iterable<string>
  readonly derive: (key: string) => TableChange
}

/** Makes a table: as a copy of another one where few records differ, else row by row. */
export function makeTable(contents: TableContents, lent: readonly LentTable[]): Table {
  return copyOf(contents, lent) ?? createTable(rowsOf(contents, lent))
}

function copyOf({ records, dirty, derive }: TableContents, lent: readonly LentTable[]): Table | undefined {
  for (const other of lent) {
    const keys = keysApart(records, other.records)
    if (!keys) continue
    return other.table.copyWith(Array.from(new Set([...keys, ...other.dirty, ...dirty]), derive))
  }
  return undefined
}

function rowsOf(
  { records, makeRow, dirty, derive }: TableContents,
  lent: readonly LentTable[],
): readonly Row[] {
  const changed = new Set(dirty)
  const rows: Row[] = []
  for (const [key, value] of records.entries()) {
    if (changed.has(key)) continue
    let row: Row | undefined
    for (const other of lent)
      if (row === undefined && other.records.get(key) === value && !other.dirty.has(key))
        row = other.table.get(key)
    rows.push(row ?? makeRow(key, value, undefined))
  }
  for (const key of changed) {
    const { row } = derive(key)
    if (row) rows.push(row)
  }
  return rows
}
