import type { RecordValue } from '../../src/protocol/records.ts'
import type { SchemaChange } from '../../src/protocol/schema-changes.ts'
import type { CollectionDefinition, View } from '../../src/protocol/schema.ts'
import { columnFile } from './change-columns.ts'
import { columnUses, viewMentions, viewNames } from './column-uses.ts'
import { assertOwn, definitionFiles, findFile } from './definition-files.ts'
import { badArgument, collectionOf, columnOf, editFile, type Planning } from './planning.ts'
import { keyIn, readRecordFiles } from './record-files.ts'
import { guessFieldRename } from './rename-in-text.ts'
import { rewriteRecords } from './rewrite-records.ts'
import type { SchemaEdit } from './schema-text.ts'

/** Renames a column: in the definition, its views, and every record. Expressions that use it refuse it. */
export async function renameColumn(
  planning: Planning,
  { collection, name, to }: Extract<SchemaChange, { kind: 'rename-column' }>,
): Promise<void> {
  const before = collectionOf(planning, collection)
  columnOf(before, name)
  if (to === '' || to.startsWith('$') || name.startsWith('$')) {
    badArgument(`"${name}" cannot be renamed to "${to}": names with "$" belong to the format.`)
  }
  if (before.columns.some((column) => column.name === to)) {
    badArgument(`"${collection}" has a column "${to}" already.`)
  }
  const uses = columnUses(before, name)
  planning.issues.push(...uses)
  if (uses.length > 0) return

  await renameInDefinition(planning, before, name, to)
  await planning.reread()
  planning.follow.push((place) =>
    place.collection === collection && place.path?.[0] === name
      ? { ...place, path: [to, ...place.path.slice(1)] }
      : place,
  )
  planning.summary.push(`Rename column "${name}" of "${collection}" to "${to}".`)
  const after = collectionOf(planning, collection)
  if (!after.readable.ok) return
  const files = await readRecordFiles(planning, before)
  await rewriteRecords(planning, files, {
    before,
    after,
    change: (value, own, file) => {
      if (!Object.hasOwn(value, name)) return value
      if (!Object.hasOwn(value, to)) return renameField(value, name, to)
      planning.issues.push({
        code: 'validation/undeclared-field',
        severity: 'error',
        message: `The record has a field "${to}" already, which is no column; remove it first.`,
        file: file.path,
        collection,
        key: keyIn(file, own),
        path: [to],
      })
      return value
    },
    candidates: ({ bytes, records }) => {
      const count = [...records.values()].filter((value) => Object.hasOwn(value, name)).length
      return guessFieldRename(before, bytes, { name, to, count })
    },
  })
}

async function renameInDefinition(
  planning: Planning,
  definition: CollectionDefinition,
  name: string,
  to: string,
): Promise<void> {
  const { id, columnsOrder, primaryKey, recordFile, defaultView, views = [] } = definition
  const files = await definitionFiles(planning.tree, definition.definitionPath)
  const column = await columnFile(planning, definition, files, name)
  await editFile(planning, column, [{ kind: 'rename', path: ['columns', name], to }], id)
  const follow = async (key: string, edits: readonly SchemaEdit[]): Promise<void> => {
    if (edits.length === 0) return
    const path = findFile(files, key)?.path ?? definition.definitionPath
    await assertOwn(planning, definition, path, `"${key}"`)
    await editFile(planning, path, edits, id)
  }
  await follow('columns_order', renameItems(columnsOrder, ['columns_order'], name, to))
  await follow('primary_key', renameItems(primaryKey, ['primary_key'], name, to))
  if (recordFile.contentField === name) {
    await follow('record_file', [{ kind: 'set', path: ['record_file', 'content_field'], value: to }])
  }
  if (defaultView !== undefined) {
    await follow('default_view', renameInView(defaultView, ['default_view'], name, to))
    warn(planning, definition, defaultView, name)
  }
  for (const view of views) {
    const { definitionPath } = view
    if (definitionPath === undefined) continue
    if (viewNames(view, name)) await editFile(planning, definitionPath, renameInView(view, [], name, to), id)
    warn(planning, definition, view, name)
  }
}

/** Texts of views are not rewritten. */
function warn(planning: Planning, definition: CollectionDefinition, view: View, name: string): void {
  if (!viewMentions(view, name)) return
  planning.issues.push({
    code: 'format/bad-definition',
    severity: 'warning',
    message: `The view "${view.id}" names the column "${name}" in its text; change it by hand.`,
    file: view.definitionPath ?? definition.definitionPath,
    collection: definition.id,
  })
}

function renameInView(view: View, path: readonly string[], name: string, to: string): readonly SchemaEdit[] {
  const edits = [...renameItems(view.columns ?? [], [...path, 'columns'], name, to)]
  const [, column, direction = ''] = /^(\S+)(.*)$/s.exec(view.orderBy ?? '') ?? []
  if (column === name) edits.push({ kind: 'set', path: [...path, 'order_by'], value: to + direction })
  return edits
}

function renameItems(
  items: readonly string[],
  path: readonly string[],
  name: string,
  to: string,
): SchemaEdit[] {
  return items.flatMap((item, index): readonly SchemaEdit[] =>
    item === name ? [{ kind: 'set', path: [...path, index], value: to }] : [],
  )
}

/** The record with a field renamed, at its place. */
function renameField(value: RecordValue, name: string, to: string): RecordValue {
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key === name ? to : key, field]))
}
