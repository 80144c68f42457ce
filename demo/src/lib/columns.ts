import type { CollectionInfo, Json, Row } from '../../../src/index.ts'
import { pickTitle } from './titles.ts'

type Declared = CollectionInfo['definition']['columns'][number]

/** One column of the table. */
export interface TableColumn {
  readonly name: string
  readonly title: string
  readonly type: string
  readonly required: boolean
  readonly enum: readonly Json[]
  /** The collection that the values point to. */
  readonly references: string | null
  readonly numeric: boolean
}

const numericTypes = new Set(['int', 'integer', 'float', 'number', 'decimal'])

/** The declared columns, then the fields that records have beside them. Names with `$` belong to the library. */
export function tableColumns(definition: CollectionInfo['definition'], rows: readonly Row[]): TableColumn[] {
  const names = new Set<string>()
  const columns: TableColumn[] = []
  for (const column of definition.columns) {
    if (column.name.startsWith('$') || names.has(column.name)) continue
    names.add(column.name)
    columns.push(fromDeclared(column))
  }
  for (const row of rows) {
    for (const name of Object.keys(row)) {
      if (name.startsWith('$') || names.has(name)) continue
      names.add(name)
      columns.push(fromDeclared({ name, type: 'any', required: false }))
    }
  }
  return columns
}

function fromDeclared(column: Declared): TableColumn {
  return {
    name: column.name,
    title: column.title ?? pickTitle(column.titles, column.name),
    type: column.type,
    required: column.required,
    enum: (column.enum ?? []) as readonly Json[], // the schema's JSON is the records' JSON
    references: column.references ?? null,
    numeric: numericTypes.has(column.type),
  }
}
