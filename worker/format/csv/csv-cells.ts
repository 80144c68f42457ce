import type { Json } from '../../../src/protocol/records.ts'
import type { Column } from '../../../src/protocol/schema.ts'
import { formatNumberLike } from '../number-text.ts'
import { badField, type OldCell } from '../row-columns.ts'

type CellKind = 'int' | 'float' | 'bool' | 'text'

/** How one column's cells are read. */
interface CellType {
  readonly kind: CellKind
  /** An empty cell is empty text: a required column of text always has a value. */
  readonly always: boolean
}

/**
 * Cells of a CSV file ⇄ values by column type. A cell that does not fit its column's type stays text, for
 * validation to report. An empty cell is no value, `""` is empty text; in a required string column both are.
 */
export interface CsvCells {
  read(column: string, source: string): Json | undefined
  /** @throws EspalierError `record/bad-value` when the value would not be read back. */
  write(column: string, value: Json | undefined, old?: OldCell): string
}

const number = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/
const boolean = /^(?:true|false|True|False|TRUE|FALSE)$/
/** What Go's encoding/csv quotes: more than RFC 4180 asks for. */
const needsQuotes = /[",\r\n]|^(?!\ufeff)[\s\u0085]|^\\\.$/

/** The cells of a collection's CSV files. */
export function createCsvCells(columns: readonly Column[]): CsvCells {
  const types = new Map(columns.map((column) => [column.name, typeOf(column)]))
  const read = (column: string, source: string): Json | undefined => {
    const type = types.get(column)
    if (source === '') return type?.always === true ? '' : undefined
    const text = csvText(source)
    if (type === undefined || type.kind === 'text') return text
    if (text === '') return undefined
    if (type.kind === 'bool') return boolean.test(text) ? text.toLowerCase() === 'true' : text
    if (!number.test(text)) return text
    const value = Number(text)
    return (type.kind === 'int' ? Number.isSafeInteger(value) : Number.isFinite(value)) ? value : text
  }
  return {
    read,
    write(column, value, old) {
      if (value === undefined || value === null) return ''
      if (typeof value === 'object') throw badField(column, 'a CSV cell holds no list and no map')
      const before = old === undefined ? '' : csvText(old.source)
      const text = spell(value, before)
      // Quotes that a cell did not need, or that its header has too, are the file's style.
      const keeps =
        old?.source.startsWith('"') === true && (!needsQuotes.test(before) || /^[,\r\n]*"/.test(old.header))
      const quoted = keeps || (text === '' && types.get(column)?.always !== true)
      const source = quoted ? csvQuoted(text) : csvCell(text)
      const back = read(column, source)
      if (back !== value) {
        throw badField(
          column,
          `its CSV cell would be read as ${back === undefined ? 'nothing' : JSON.stringify(back)}`,
        )
      }
      return source
    },
  }
}

/** A text as a cell, in quotes where it needs them. */
export function csvCell(text: string): string {
  return needsQuotes.test(text) ? csvQuoted(text) : text
}

/** What a cell's source says. */
export function csvText(source: string): string {
  return source.startsWith('"') ? source.slice(1, -1).replaceAll('""', '"') : source
}

/** A column's name; one that could be taken for a byte order mark is quoted. */
export function csvName(name: string): string {
  return name.startsWith('\ufeff') ? csvQuoted(name) : csvCell(name)
}

function csvQuoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`
}

function spell(value: string | number | boolean, before: string): string {
  if (typeof value === 'number') return formatNumberLike(value, before)
  if (typeof value === 'string') return value
  const text = String(value)
  if (!/^[TF]/.test(before)) return text
  return /^..?[A-Z]/.test(before) ? text.toUpperCase() : text.charAt(0).toUpperCase() + text.slice(1)
}

function typeOf({ type, required, formula }: Column): CellType {
  const kind = type === 'int' || type === 'float' || type === 'bool' ? type : 'text'
  return { kind, always: type === 'string' && required && formula === undefined }
}
