import { join } from 'node:path'
import { commitHeader, fileModify, importedRepository } from './fast-import.ts'
import { benchRecord } from './record-data.ts'
import { cacheDir } from './repositories.ts'

/** The formats that hold many records in one file. */
export const listFormats = ['csv', 'jsonl', 'ingr', 'json', 'yaml'] as const
export type ListFormat = (typeof listFormats)[number]

/** Rows in each list file. */
export const rowCount = 10_000

const columns = {
  id: 'string',
  code: 'string',
  name: 'string',
  local_name: 'string',
  city: 'string',
  country: 'string',
  population: 'int',
  area: 'float',
  active: 'bool',
  founded: 'date',
  note: 'string',
  version: 'int',
} as const
type Row = { readonly [name in keyof typeof columns]: string | number | boolean }

export function rowKey(index: number): string {
  return `r${String(index).padStart(6, '0')}`
}

/** A bare repository with one list file of {@link rowCount} rows per format; made on first use. */
export function listRepository(): Promise<string> {
  return importedRepository(join(cacheDir, 'lists-10k-2.git'), stream)
}

function* stream(): Generator<string> {
  yield commitHeader('Import the data', 0)
  const registry = listFormats.map((format) => `${format}: ${format}\n`).join('')
  yield fileModify('.ingitdb/root-collections.yaml', registry)
  for (const format of listFormats) {
    yield fileModify(`${format}/.collection/definition.yaml`, definition(format))
    yield fileModify(`${format}/rows.${format}`, listText(format))
  }
  yield 'done\n'
}

function definition(format: ListFormat): string {
  const lines = ['record_file:', `    name: rows.${format}`, `    format: ${format}`]
  lines.push("    type: '[]map[string]any'")
  // INGR names its rows by `$ID`.
  if (format !== 'ingr') lines.push('primary_key:', '    - id')
  lines.push('columns:')
  const own = Object.entries(columns).filter(([name]) => format !== 'ingr' || name !== 'id')
  for (const [name, type] of own) lines.push(`    ${name}:`, `        type: ${type}`)
  lines.push('columns_order:', ...own.map(([name]) => `    - ${name}`))
  return `${lines.join('\n')}\n`
}

/** The file of a format, as its usual writer makes it. */
export function listText(format: ListFormat): string {
  const rows = Array.from({ length: rowCount }, (_, index) => row(index))
  switch (format) {
    case 'json':
      return `[\n${rows.map((one) => `  ${JSON.stringify(one)}`).join(',\n')}\n]\n`
    case 'jsonl':
      return rows.map((one) => `${JSON.stringify(one)}\n`).join('')
    case 'yaml':
      return rows
        .map((one) => Object.entries(one).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}\n`))
        .map((lines) => lines.join('').replace('  ', '- '))
        .join('')
    case 'csv':
      return [Object.keys(columns), ...rows.map((one) => Object.values(one).map(cell))]
        .map((cells) => `${cells.join(',')}\n`)
        .join('')
    case 'ingr': {
      const names = Object.keys(columns).filter((name) => name !== 'id')
      const values = rows.flatMap(({ id, ...one }) => [id, ...Object.values(one)])
      const lines = values.map((value) => JSON.stringify(value))
      return `# INGR.io | ingr: $ID, ${names.join(', ')}\n${lines.join('\n')}\n# ${rowCount} records`
    }
  }
}

function row(index: number): Row {
  const { tags: _, ...fields } = benchRecord(index, 0)
  return { id: rowKey(index), ...fields }
}

function cell(value: string | number | boolean): string {
  const text = String(value)
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
