import type { Json, RecordValue } from '../../src/protocol/records.ts'
import type { SchemaChange } from '../../src/protocol/schema-changes.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { equalValues } from '../format/record-diff.ts'
import { columnUses, dropUses } from './column-uses.ts'
import { assertOwn, type DefinitionFile, definitionFiles, findFile } from './definition-files.ts'
import { columnKeys, spellColumn } from './definition-text.ts'
import { badArgument, collectionOf, columnOf, editFile, type Planning } from './planning.ts'
import { readRecordFiles } from './record-files.ts'
import { rewriteRecords } from './rewrite-records.ts'
import type { SchemaEdit } from './schema-text.ts'

type ChangeOf<Kind extends SchemaChange['kind']> = Extract<SchemaChange, { kind: Kind }>

/** Adds a column, and fills it in records that have no value. */
export async function addColumn(planning: Planning, change: ChangeOf<'add-column'>): Promise<void> {
  const { name, column, after, fill } = change
  const definition = collectionOf(planning, change.collection)
  if (definition.columns.some((each) => each.name === name)) {
    badArgument(`"${definition.id}" has a column "${name}" already.`)
  }
  if (after !== undefined) columnOf(definition, after)
  const own = definition.definitionPath
  const files = await definitionFiles(planning.tree, own)
  const ownColumns = mapKeys(files[0], 'columns')
  const last = ownColumns.at(-1)
  const neighbour = after !== undefined && ownColumns.includes(after) ? after : last
  const edits: SchemaEdit[] = [
    neighbour === undefined
      ? { kind: 'set', path: ['columns'], value: { [name]: spellColumn(column) } }
      : {
          kind: 'insert',
          path: ['columns', name],
          value: spellColumn(column),
          after: neighbour,
          keys: columnKeys,
        },
  ]
  const { columnsOrder } = definition
  const ordering = findFile(files, 'columns_order')
  if (columnsOrder.length > 0 && ordering !== undefined) {
    const place = after === undefined ? -1 : columnsOrder.indexOf(after)
    const position = place === -1 ? columnsOrder.length : place + 1
    const edit: SchemaEdit = { kind: 'add', path: ['columns_order', position], value: name }
    if (ordering.path === own) edits.push(edit)
    else {
      await assertOwn(planning, definition, ordering.path, '"columns_order"')
      await editFile(planning, ordering.path, [edit], definition.id)
    }
  }
  await editFile(planning, own, edits, definition.id)
  await planning.reread()
  planning.summary.push(`Add column "${name}" to "${definition.id}".`)
  // Files with columns of their own (CSV, INGR) get it even without values.
  if (fill === undefined && !hasHeader(definition)) return
  const hasValue = (value: RecordValue): boolean =>
    Object.hasOwn(value, name) && value[name] !== null && value[name] !== undefined
  await rewriteAll(planning, definition, (value) =>
    fill === undefined || hasValue(value) ? value : withField(value, name, fill),
  )
}

/** Drops a column and its values. What needs it keeps it. */
export async function dropColumn(planning: Planning, change: ChangeOf<'drop-column'>): Promise<void> {
  const { name } = change
  const definition = collectionOf(planning, change.collection)
  columnOf(definition, name)
  const uses = [...columnUses(definition, name), ...dropUses(definition, name)]
  planning.issues.push(...uses)
  if (uses.length > 0) return
  const files = await definitionFiles(planning.tree, definition.definitionPath)
  const file = await columnFile(planning, definition, files, name)
  const order = definition.columnsOrder.indexOf(name)
  if (order !== -1) {
    const ordering = findFile(files, 'columns_order')?.path ?? definition.definitionPath
    await assertOwn(planning, definition, ordering, '"columns_order"')
    await editFile(planning, ordering, [{ kind: 'remove', path: ['columns_order', order] }], definition.id)
  }
  await editFile(planning, file, [{ kind: 'remove', path: ['columns', name] }], definition.id)
  await planning.reread()
  planning.summary.push(`Drop column "${name}" of "${definition.id}" and its values.`)
  await rewriteAll(planning, definition, (value) =>
    Object.hasOwn(value, name) ? withField(value, name, undefined) : value,
  )
}

/** Changes what a definition says of a column; a new type is for `convert` to bring the values to. */
export async function editColumn(planning: Planning, change: ChangeOf<'alter-column'>): Promise<void> {
  const { name } = change
  const definition = collectionOf(planning, change.collection)
  columnOf(definition, name)
  const files = await definitionFiles(planning.tree, definition.definitionPath)
  const path = await columnFile(planning, definition, files, name)
  const file = files.find((each) => each.path === path)
  const declared = columnEntries(file, name)
  const edits = Object.entries(spellColumn(change.set)).flatMap(([key, value]): readonly SchemaEdit[] => {
    const at = ['columns', name, key]
    if (value === null) return declared.has(key) ? [{ kind: 'remove', path: at }] : []
    if (declared.has(key)) {
      return equalValues(declared.get(key), value) ? [] : [{ kind: 'set', path: at, value }]
    }
    const before = columnKeys.slice(0, columnKeys.indexOf(key)).filter((each) => declared.has(each))
    declared.set(key, value)
    return [{ kind: 'insert', path: at, value, after: before.at(-1) ?? null }]
  })
  await editFile(planning, path, edits, definition.id)
  await planning.reread()
}

/** The file that declares a column, which must be the collection's own or inherited by nobody else. */
export async function columnFile(
  planning: Planning,
  definition: CollectionDefinition,
  files: readonly DefinitionFile[],
  name: string,
): Promise<string> {
  const path = findFile(files, 'columns', name)?.path ?? definition.definitionPath
  await assertOwn(planning, definition, path, `The column "${name}"`)
  return path
}

/** Rewrites the records of a collection whose definition was changed in the draft. */
export async function rewriteAll(
  planning: Planning,
  before: CollectionDefinition,
  change: (value: RecordValue) => RecordValue,
): Promise<void> {
  const after = collectionOf(planning, before.id)
  if (!after.readable.ok) return // the schema's issues say why
  await rewriteRecords(planning, await readRecordFiles(planning, before), { before, after, change })
}

/** The record with a field set, or removed (undefined). */
export function withField(value: RecordValue, name: string, field: Json | undefined): RecordValue {
  const fields = new Map(Object.entries(value))
  if (field === undefined) fields.delete(name)
  else fields.set(name, field)
  return Object.fromEntries(fields)
}

/** Whether files say their columns themselves. */
function hasHeader({ recordFile: { format } }: CollectionDefinition): boolean {
  return format === 'csv' || format === 'ingr'
}

function mapKeys(file: DefinitionFile | undefined, key: string): readonly string[] {
  const map = file?.entries.get(key)
  return typeof map === 'object' && map !== null ? Object.keys(map) : []
}

function columnEntries(file: DefinitionFile | undefined, name: string): Map<string, Json> {
  const columns = file?.entries.get('columns') as { readonly [name: string]: Json } | undefined
  const column = columns && Object.hasOwn(columns, name) ? columns[name] : undefined
  return new Map(typeof column === 'object' && column !== null ? Object.entries(column) : [])
}
