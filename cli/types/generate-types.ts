import type { CollectionDefinition, Column, DatabaseSchema } from '../../src/protocol/schema.ts'
import { columnType, type NeededName } from './column-type.ts'
import { createTypeNames, docComment, propertyName, stringLiteral } from './type-text.ts'

/**
 * One module that types a whole database: `interface Schema` for `open<Schema>(url)`, and for each collection the
 * fields of its rows and what an insert takes. The same definitions give the same text. It holds types only, so
 * that it may be written as `.ts` or `.d.ts`.
 *
 * @example
 * ```ts
 * const text = generateTypes(await readDatabaseSchema(tree))
 * ```
 */
export function generateTypes(schema: DatabaseSchema): string {
  const needed = new Set<NeededName | 'CollectionTypes'>()
  const nameOf = createTypeNames(['Schema', 'CollectionTypes', 'Json', 'Ref', 'Localized'])
  const entries: string[] = []
  const bodies: string[] = []
  for (const definition of schema.collections.values()) {
    const name = nameOf(definition.id, ['', 'Insert'])
    const id = stringLiteral(definition.id)
    needed.add('CollectionTypes').add('Ref')
    entries.push(
      `${docComment([titleOf(definition.titles)], '  ')}` +
        `  readonly ${propertyName(definition.id)}: CollectionTypes<${name}, ${name}Insert, Ref<${id}>>\n`,
    )
    bodies.push(collectionText(definition, name, (each) => needed.add(each)))
  }
  return [
    '// Written by `espalier types` from the definitions of the database: change those, then run it again.\n',
    importText(needed),
    `\n/** Every collection of the database, for \`open<Schema>(url)\`. */\nexport interface Schema {\n${entries.join('')}}\n`,
    ...(needed.has('Localized') ? [localizedText(schema)] : []),
    ...bodies,
  ].join('')
}

function importText(needed: ReadonlySet<string>): string {
  const names = ['CollectionTypes', 'Json', 'Ref'].filter((name) => needed.has(name))
  return names.length === 0 ? '' : `import type { ${names.join(', ')} } from 'espalier'\n`
}

function localizedText({ settings }: DatabaseSchema): string {
  const codes = [...new Set(settings.languages.map(({ code }) => code))]
  const known = codes.map((code) => `  readonly ${propertyName(code)}?: string\n`)
  return `\n/** A text by locale. */\nexport interface Localized {\n${known.join('')}  readonly [locale: string]: string | undefined\n}\n`
}

function collectionText(
  { id, parent, titles, columns }: CollectionDefinition,
  name: string,
  need: (name: NeededName) => void,
): string {
  const title = titleOf(titles)
  const fields = uniqueColumns(columns)
  const own = fields.map((column) => ({ column, text: fieldText(column, need) }))
  if (own.length === 0) need('Json')
  const open = own.length === 0 ? ['  readonly [field: string]: Json\n'] : []
  const parentField =
    parent === undefined
      ? []
      : [`  /** The key of the parent record. */\n  readonly $parent: Ref<${stringLiteral(parent)}>\n`]
  const stored = own.filter(({ column }) => column.formula === undefined)
  const heading = docComment([title, `A row of \`${id}\`.`])
  const insertHeading = docComment([`What an insert into \`${id}\` takes beside \`$id\`.`])
  const rows = `\n${heading}export interface ${name} {\n${[...parentField, ...own.map(({ text }) => text), ...open].join('')}}\n`
  if (parent === undefined && stored.length === own.length)
    return `${rows}\n${insertHeading}export type ${name}Insert = ${name}\n`
  return `${rows}\n${insertHeading}export interface ${name}Insert {\n${[...stored.map(({ text }) => text), ...open].join('')}}\n`
}

/** The record's key is `$id` in rows, however a definition spells its column. */
function uniqueColumns(columns: readonly Column[]): readonly Column[] {
  const byName = new Map(columns.map((column) => [column.name, column]))
  for (const reserved of ['$ID', '$id', '$rev', '$parent']) byName.delete(reserved)
  return [...byName.values()]
}

function fieldText(column: Column, need: (name: NeededName) => void): string {
  const type = columnType(column, need)
  const value = column.required ? `: ${type}` : `?: ${type} | null`
  return `${docComment(describeColumn(column), '  ')}  readonly ${propertyName(column.name)}${value}\n`
}

function describeColumn(column: Column): readonly (string | undefined)[] {
  const { minValue, maxValue, length, minLength, maxLength, type, format, formula, requiredWhen } = column
  const facts = [
    scalarTypes.has(type) ? undefined : `\`${type}\``,
    column.valueTitle === undefined ? undefined : `values: ${column.valueTitle}`,
    format === undefined ? undefined : `format ${format}`,
    bounds(minValue, maxValue, ''),
    length === undefined ? undefined : `length ${length}`,
    bounds(minLength, maxLength, 'length '),
  ].filter((fact) => fact !== undefined)
  return [
    column.title ?? titleOf(column.titles ?? {}),
    facts.length === 0 ? undefined : facts.join(', '),
    requiredWhen === undefined ? undefined : `Required when \`${requiredWhen}\`.`,
    formula === undefined ? undefined : `Computed, never written: \`${formula}\`.`,
  ]
}

// These say no more than their TypeScript type.
const scalarTypes: ReadonlySet<string> = new Set(['string', 'bool', 'any', 'float', 'map[locale]string'])

function bounds(min: number | undefined, max: number | undefined, what: string): string | undefined {
  if (min !== undefined && max !== undefined) return `${what}${min} to ${max}`
  if (min !== undefined) return `${what}≥ ${min}`
  return max === undefined ? undefined : `${what}≤ ${max}`
}

function titleOf(titles: { readonly [locale: string]: string }): string | undefined {
  if (Object.hasOwn(titles, 'en')) return titles['en']
  return Object.values(titles)[0]
}
