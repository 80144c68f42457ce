import type { CollectionDefinition, Column, DatabaseSchema } from '../../src/protocol/schema.ts'
import { resolveForeignKey } from '../format/schema/schema-references.ts'
import { columnFile } from './change-columns.ts'
import { definitionFiles } from './definition-files.ts'
import { editFile, type Planning } from './planning.ts'

/** A column that refers to a collection. */
export interface ForeignKeyColumn {
  readonly definition: CollectionDefinition
  readonly column: Column
}

/** The foreign keys that mean a collection. */
export function foreignKeysTo(schema: DatabaseSchema, id: string): readonly ForeignKeyColumn[] {
  return [...schema.collections.values()].flatMap((definition) =>
    definition.columns.flatMap((column) => (column.references === id ? [{ definition, column }] : [])),
  )
}

/**
 * Makes the foreign keys of some collections mean what they should after ids changed: where the text means
 * something else now, it is replaced by the shortest one that does not.
 */
export async function keepForeignKeys(
  planning: Planning,
  expected: readonly { readonly collection: string; readonly column: string; readonly means: string }[],
): Promise<void> {
  const { schema, tree } = planning
  const ids = new Set(schema.collections.keys())
  for (const { collection, column, means } of expected) {
    const definition = schema.collections.get(collection)
    const now = definition?.columns.find((each) => each.name === column)
    if (definition === undefined || now?.foreignKey === undefined || now.references === means) continue
    const bare = means.slice(means.lastIndexOf('.') + 1)
    const text = resolveForeignKey(bare, collection, ids) === means ? bare : means
    const files = await definitionFiles(tree, definition.definitionPath)
    const path = await columnFile(planning, definition, files, column)
    await editFile(
      planning,
      path,
      [{ kind: 'set', path: ['columns', column, 'foreign_key'], value: text }],
      collection,
    )
  }
  await planning.reread()
}

/** What each foreign key of a schema means. */
export function foreignKeyMeanings(
  schema: DatabaseSchema,
): readonly { readonly collection: string; readonly column: string; readonly means: string }[] {
  return [...schema.collections.values()].flatMap(({ id, columns }) =>
    columns.flatMap(({ name, references }) =>
      references === undefined ? [] : [{ collection: id, column: name, means: references }],
    ),
  )
}
