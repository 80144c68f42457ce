import { EspalierError } from '../../src/protocol/errors.ts'
import type { CollectionDefinition, Column, DatabaseSchema } from '../../src/protocol/schema.ts'
import { readDatabaseSchema } from '../../worker/format/schema/schema.ts'
import { toJsonSchema } from '../../worker/format/validation/json-schema.ts'
import { createTreeValidationSource } from '../../worker/format/validation/tree-source.ts'
import { exitCodes, UsageError, type ExitCode } from '../io.ts'
import type { Printer } from '../printer.ts'
import { printJson } from '../report/json-report.ts'
import { counted } from '../report/report.ts'
import { printIssues } from '../report/text-report.ts'
import type { CommandContext } from '../command.ts'
import { nodePlugins } from '../source/node-plugins.ts'
import { openSource } from '../source/open-source.ts'
import { versionOf } from './validate.ts'

/** A collection with what is not in its definition. */
interface Described {
  readonly definition: CollectionDefinition
  /** Null when its records cannot be read. */
  readonly count: number | null
  /** Columns of other collections that refer to it. */
  readonly referredBy: readonly { readonly collection: string; readonly column: string }[]
}

/** `espalier describe` */
export async function describe({ args, io, print }: CommandContext): Promise<ExitCode> {
  const id = args.argument(0)
  if (args.has('json-schema') && id === undefined)
    throw new UsageError('--json-schema needs a collection: espalier describe <collection> --json-schema.')
  const source = await openSource(args, io)
  try {
    const version = await versionOf(source, args.value('commit'))
    const schema = await readDatabaseSchema(version.tree, { plugins: nodePlugins })
    const wanted = id === undefined ? [...schema.collections.values()] : [definitionOf(schema, id)]
    const [only] = wanted
    if (args.has('json-schema') && only !== undefined) {
      io.out(`${JSON.stringify(toJsonSchema(only), null, 2)}\n`)
      return exitCodes.ok
    }
    const records = createTreeValidationSource(version.tree, schema, { plugins: nodePlugins })
    const described: Described[] = []
    for (const definition of wanted) {
      const count = definition.readable.ok ? [...(await records.keys(definition.id))].length : null
      described.push({ definition, count, referredBy: referrers(schema, definition.id) })
    }
    if (args.value('format') === 'json') {
      const { settings, issues, inferred = false } = schema
      const collections = described.map(({ definition, ...rest }) => ({ ...definition, ...rest }))
      printJson(
        { database: source.name, commit: version.commit ?? null, inferred, settings, collections, issues },
        io,
      )
    } else if (id === undefined) printList(schema, described, print)
    else for (const each of described) printCollection(each, print)
    return exitCodes.ok
  } finally {
    await source.close()
  }
}

function definitionOf(schema: DatabaseSchema, id: string): CollectionDefinition {
  const definition = schema.collections.get(id)
  if (definition) return definition
  throw new EspalierError(
    'record/collection-missing',
    `There is no collection "${id}". Run espalier describe for a list.`,
    { data: { collection: id } },
  )
}

function referrers(schema: DatabaseSchema, target: string): Described['referredBy'] {
  return [...schema.collections.values()].flatMap(({ id, columns }) =>
    columns.flatMap(({ name, references }) =>
      references === target ? [{ collection: id, column: name }] : [],
    ),
  )
}

function printList(schema: DatabaseSchema, described: readonly Described[], print: Printer): void {
  if (schema.inferred) print.line('This repository has no definitions; these were inferred from its files.\n')
  const rows = described.map(({ definition, count }) => [
    print.plain(definition.id),
    count === null ? 'unreadable' : counted(count, 'record'),
    counted(definition.columns.length, 'column'),
    `${definition.recordFile.format} ${print.plain(definition.recordFile.name)}`.trim(),
    print.plain(titleOf(definition.titles) ?? ''),
  ])
  for (const row of aligned(rows)) print.line(row)
  if (described.length === 0) print.line('No collections.')
  if (schema.issues.length > 0) {
    print.line()
    printIssues(schema.issues, print)
  }
}

function printCollection({ definition, count, referredBy }: Described, print: Printer): void {
  const { id, titles, recordFile, recordsDir, columns, primaryKey, readable, definitionPath } = definition
  const title = titleOf(titles)
  print.line(`${print.bold(print.plain(id))}${title === undefined ? '' : `  ${print.plain(title)}`}`)
  print.line(`  records     ${count === null ? 'unreadable' : count.toLocaleString('en')}`)
  if (!readable.ok) print.line(`  ${print.red(print.plain(readable.reason))}`)
  print.line(`  files       ${print.plain(`${recordsDir === '' ? '' : `${recordsDir}/`}${recordFile.name}`)}`)
  print.line(`  format      ${print.plain(recordFile.format)} ${print.plain(recordFile.type)}`.trimEnd())
  if (primaryKey.length > 0) print.line(`  key         ${print.plain(primaryKey.join(', '))}`)
  print.line(`  definition  ${print.plain(definitionPath)}`)
  print.line('\nColumns')
  const rows = columns.map((column) => [
    print.plain(column.name),
    print.plain(column.type),
    rulesOf(column, print),
  ])
  for (const row of aligned(rows)) print.line(`  ${row}`)
  if (referredBy.length === 0) return
  print.line('\nReferred to by')
  for (const { collection, column } of referredBy) print.line(`  ${print.plain(`${collection}.${column}`)}`)
}

function rulesOf(column: Column, print: Printer): string {
  const { required, requiredWhen, references, foreignKey, formula, minValue, maxValue } = column
  const rules = [
    required ? 'required' : '',
    requiredWhen === undefined ? '' : `required when ${requiredWhen}`,
    (references ?? foreignKey) ? `→ ${references ?? `${foreignKey} (unresolved)`}` : '',
    formula === undefined ? '' : `= ${formula}`,
    column.enum === undefined ? '' : `one of ${column.enum.map((value) => JSON.stringify(value)).join(', ')}`,
    minValue === undefined ? '' : `≥ ${minValue}`,
    maxValue === undefined ? '' : `≤ ${maxValue}`,
    column.length === undefined ? '' : `length ${column.length}`,
    column.minLength === undefined ? '' : `length ≥ ${column.minLength}`,
    column.maxLength === undefined ? '' : `length ≤ ${column.maxLength}`,
  ]
  return print.plain(rules.filter((rule) => rule !== '').join(', '))
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((text, at) => text.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

function titleOf(titles: { readonly [locale: string]: string }): string | undefined {
  return Object.hasOwn(titles, 'en') ? titles['en'] : Object.values(titles)[0]
}
