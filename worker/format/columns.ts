import type { Json } from '../../src/protocol/records.ts'
import type { Column } from '../../src/protocol/schema.ts'
import { checkColumnRules } from './schema/schema-column-rules.ts'
import type { FileIssues } from './schema/schema-issues.ts'
import {
  asMap,
  createSchemaReader,
  defined,
  type SchemaMap,
  type SchemaReader,
} from './schema/schema-values.ts'

const columnKeys: ReadonlySet<string> = new Set([
  'type',
  'title',
  'valueTitle',
  'titles',
  'required',
  'required_when',
  'length',
  'min_length',
  'max_length',
  'min_value',
  'max_value',
  'enum',
  'foreign_key',
  'locale',
  'format',
  'formula',
])

const scalar = 'string|int|float|bool|date|time|datetime|any'
const columnType = new RegExp(
  String.raw`^(?:${scalar}|\[\](?:${scalar})|map\[(?:locale|string|int|number|bool|date)\].+)$`,
)

/** The columns in display order: `order` first, then as declared. `resolve` finds what a foreign key means. */
export function readColumns(
  columns: SchemaMap | undefined,
  order: readonly string[],
  resolve: (foreignKey: string) => string | undefined,
  issues: FileIssues,
): readonly Column[] {
  if (columns === undefined || columns.size === 0) {
    issues.error('format/bad-definition', 'A definition needs at least one column under "columns".')
    return []
  }
  const seen = new Set<string>()
  order.forEach((name, index) => {
    if (!columns.has(name)) {
      issues.refuse('format/bad-value', `"columns_order" names "${name}", which is not a column.`, [
        'columns_order',
        index,
      ])
    } else if (seen.has(name)) {
      issues.refuse('format/bad-value', `"columns_order" names "${name}" twice.`, ['columns_order', index])
    }
    seen.add(name)
  })
  const names = [...seen, ...[...columns.keys()].filter((name) => !seen.has(name))]
  return names
    .filter((name) => columns.has(name))
    .map((name) => readColumn(name, columns.get(name) ?? null, resolve, issues))
}

function readColumn(
  name: string,
  value: Json,
  resolve: (foreignKey: string) => string | undefined,
  issues: FileIssues,
): Column {
  const path = ['columns', name]
  const map = asMap(value)
  if (map === undefined) {
    issues.refuse('format/bad-value', `Column "${name}" must be a map with a "type".`, path)
    return { name, type: 'any', required: false }
  }
  const reader = createSchemaReader(map, path, issues)
  reader.reportUnknown(columnKeys)
  const foreignKey = reader.string('foreign_key')
  const references = foreignKey === undefined || foreignKey === '' ? undefined : resolve(foreignKey)
  if (foreignKey !== undefined && foreignKey !== '' && references === undefined) {
    const message = `Column "${name}" refers to "${foreignKey}", which is no collection here.`
    issues.error('format/unresolved-foreign-key', message, reader.path('foreign_key'))
  }
  const column = defined<Column>({
    name,
    type: readType(name, reader, issues),
    title: reader.string('title'),
    valueTitle: reader.string('valueTitle'),
    titles: reader.texts('titles'),
    required: reader.boolean('required') ?? false,
    requiredWhen: reader.string('required_when'),
    length: reader.count('length'),
    minLength: reader.count('min_length'),
    maxLength: reader.count('max_length'),
    minValue: reader.number('min_value'),
    maxValue: reader.number('max_value'),
    enum: reader.list('enum'),
    foreignKey,
    references,
    locale: reader.string('locale'),
    format: reader.string('format'),
    formula: reader.string('formula'),
  })
  checkColumnRules(column, issues)
  return column
}

function readType(name: string, reader: SchemaReader, issues: FileIssues): string {
  const type = reader.string('type')
  if (type === undefined) {
    issues.refuse('format/bad-value', `Column "${name}" has no "type".`, ['columns', name])
    return 'any'
  }
  if (!columnType.test(type)) {
    issues.refuse('format/bad-value', `Column "${name}" has the unknown type "${type}".`, reader.path('type'))
  }
  return type
}
