import type { Json, RecordValue, Row } from '../../../src/index.ts'
import type { TableColumn } from './columns.ts'
import { fieldOf, isNested } from './json.ts'
import { editorKind, parseCell } from './parse-cell.ts'
import { pickLocale } from './titles.ts'

/** A record's fields, or what to type instead, by field. The key's problem stands under `$id`. */
export type ParsedRecord =
  | { readonly ok: true; readonly key: string; readonly value: RecordValue }
  | { readonly ok: false; readonly problems: ReadonlyMap<string, string> }

/** What the form for a new record starts with: a text in the reader's language is half typed already. */
export function startText(column: TableColumn, rows: readonly Row[]): string {
  if (!column.required || !column.type.startsWith('map[locale]')) return ''
  const example = rows.map((row) => fieldOf(row, column.name)).find(isNested)
  const locale = pickLocale(Object.keys(example ?? { en: '' })) ?? 'en'
  return JSON.stringify({ [locale]: '' })
}

/** Reads the form. A field that was left empty is not part of the record. */
export function parseRecord(
  columns: readonly TableColumn[],
  key: string,
  texts: ReadonlyMap<string, string>,
  rows: readonly Row[],
): ParsedRecord {
  const problems = new Map<string, string>()
  const fields: [string, Json][] = []
  if (key.trim() === '') problems.set('$id', 'Type a key: it names the record and its file.')
  for (const column of columns) {
    const start = startText(column, rows)
    const text = texts.get(column.name) ?? start
    if (text.trim() === '' || text === start) {
      if (column.required) problems.set(column.name, `${column.title} is required.`)
      continue
    }
    const parsed = parseCell(editorKind(column, undefined), column, text)
    if (parsed.ok) fields.push([column.name, parsed.value])
    else problems.set(column.name, parsed.problem)
  }
  if (problems.size > 0) return { ok: false, problems }
  // `Object.fromEntries` defines own properties, whatever their names.
  return { ok: true, key: key.trim(), value: Object.fromEntries(fields) }
}
