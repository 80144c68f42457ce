import type { Json } from '../../src/protocol/records.ts'
import type { ColumnInput, DefinitionInput } from '../../src/protocol/schema-changes.ts'
import type { RecordFile } from '../../src/protocol/schema.ts'
import { formatYamlAfterColon, formatYamlBlock, formatYamlKey } from '../format/yaml/yaml-emit.ts'

/** One level of a new definition's indentation. */
const indent = 4

/** How each property of a column is spelled in a definition, in canonical order. */
const columnSpellings = {
  type: 'type',
  title: 'title',
  valueTitle: 'valueTitle',
  titles: 'titles',
  required: 'required',
  requiredWhen: 'required_when',
  length: 'length',
  minLength: 'min_length',
  maxLength: 'max_length',
  minValue: 'min_value',
  maxValue: 'max_value',
  enum: 'enum',
  foreignKey: 'foreign_key',
  locale: 'locale',
  format: 'format',
  formula: 'formula',
} as const satisfies { readonly [Name in keyof ColumnInput]-?: string }

/** The keys of a column in a definition, in canonical order. */
export const columnKeys: readonly string[] = Object.values(columnSpellings)

/** The settings of a column as its definition spells them; null takes one away. Unknown names are left out. */
export function spellColumn(column: { readonly [Name in keyof ColumnInput]?: ColumnInput[Name] | null }): {
  readonly [key: string]: Json
} {
  const given: { readonly [name: string]: Json | undefined } = column
  return Object.fromEntries(
    Object.entries(columnSpellings).flatMap(([name, key]) => {
      const value = Object.hasOwn(given, name) ? given[name] : undefined
      return value === undefined ? [] : [[key, value]]
    }),
  )
}

/** A new `definition.yaml`, in the order in which the format's own tools write one. */
export function formatDefinition(definition: DefinitionInput): string {
  const { titles, recordFile, columns, primaryKey = [], minRecordsCount, maxRecordsCount } = definition
  const names = Object.keys(columns)
  const columnsOrder = definition.columnsOrder ?? names
  const ordered = [...columnsOrder, ...names.filter((name) => !columnsOrder.includes(name))]
  let text = ''
  const section = (key: string, value: Json | undefined): void => {
    if (value !== undefined) text += `${key}:${formatYamlAfterColon(value, 0, indent)}`
  }
  if (titles !== undefined && Object.keys(titles).length > 0) section('titles', titles)
  text += `record_file:\n${formatYamlBlock(spellRecordFile(recordFile), indent, indent, recordFileKeys)}`
  text += 'columns:\n'
  for (const name of ordered) {
    const column = Object.hasOwn(columns, name) ? columns[name] : undefined
    if (column === undefined) continue // reading reports it under columns_order
    text += `${' '.repeat(indent)}${formatYamlKey(name)}:\n`
    text += formatYamlBlock(spellColumn(column), 2 * indent, indent, columnKeys)
  }
  if (columnsOrder.length > 0) section('columns_order', columnsOrder)
  if (primaryKey.length > 0) section('primary_key', primaryKey)
  section('min_records_count', minRecordsCount)
  section('max_records_count', maxRecordsCount)
  return text
}

const recordFileKeys = ['name', 'format', 'type', 'content_field', 'exclude_regex']

function spellRecordFile({ name, format, type, contentField, excludeRegex }: RecordFile): {
  readonly [key: string]: Json
} {
  return {
    name,
    format,
    type,
    ...(contentField === undefined ? {} : { content_field: contentField }),
    ...(excludeRegex === undefined ? {} : { exclude_regex: excludeRegex }),
  }
}
