import type { SchemaChange } from '../../src/protocol/schema-changes.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { joinPath, parentPath } from '../format/file-path.ts'
import { listRecordFiles } from '../format/validation/record-files.ts'
import { createTreeValidationSource } from '../format/validation/tree-source.ts'
import { collectionFiles, dedicatedSchemaPath, subtree } from './collection-files.ts'
import { freePath } from './create-collection.ts'
import { definitionFiles } from './definition-files.ts'
import { foreignKeyMeanings, foreignKeysTo, keepForeignKeys } from './foreign-keys.ts'
import { badArgument, collectionOf, editFile, type Planning, refuse } from './planning.ts'
import { register, renameRegistered, unregister } from './registry.ts'

type ChangeOf<Kind extends SchemaChange['kind']> = Extract<SchemaChange, { kind: Kind }>

/** Copies a collection: definitions, views and, unless told otherwise, records. Foreign keys mean what they meant. */
export async function copyCollection(
  planning: Planning,
  { collection, to, path: wished, records = true }: ChangeOf<'copy-collection'>,
): Promise<void> {
  const definition = rootCollection(planning, collection)
  const path = await freePath(planning, to, wished)
  const meanings = foreignKeyMeanings(planning.schema)
  await transfer(planning, definition, path, records ? 'copy' : 'copy-schema', to)
  await register(planning, to, path)
  await planning.reread()
  // A copy that refers to itself refers to the copy.
  const copied = meanings
    .filter((each) => each.collection === collection || each.collection.startsWith(`${collection}/`))
    .map((each) => ({
      ...each,
      collection: to + each.collection.slice(collection.length),
      means: each.means === collection ? to : each.means,
    }))
  await keepForeignKeys(planning, copied)
  for (const each of subtree(planning.schema.collections.values(), to)) await countRecords(planning, each)
  planning.summary.push(`Copy collection "${collection}" to "${to}"${records ? '' : ' without records'}.`)
}

/** Drops a collection with its records. Foreign keys of others keep it. */
export async function dropCollection(
  planning: Planning,
  { collection }: ChangeOf<'drop-collection'>,
): Promise<void> {
  const { tree, schema, issues } = planning
  const definition = collectionOf(planning, collection)
  const gone = subtree(schema.collections.values(), collection)
  for (const { definition: other, column } of foreignKeysTo(schema, collection)) {
    if (gone.includes(other)) continue
    issues.push({
      code: 'format/unresolved-foreign-key',
      severity: 'error',
      message: `Column "${column.name}" of "${other.id}" refers to "${collection}"; drop or change it first.`,
      file: other.definitionPath,
      collection: other.id,
      path: ['columns', column.name, 'foreign_key'],
    })
  }
  const records =
    definition.parent === undefined
      ? undefined
      : await Promise.all(gone.map((each) => listRecordFiles(tree, each)))
  const files =
    records === undefined
      ? await collectionFiles(planning, definition)
      : {
          schema: await tree.filesBelow(parentPath(definition.definitionPath)),
          records: records.flat().map((file) => file.path),
          others: [],
        }
  await keepBases(planning, gone, new Set(files.schema))
  if (issues.some(({ severity }) => severity === 'error')) return
  for (const each of gone) await countRecords(planning, each)
  for (const file of [...files.schema, ...files.records, ...files.others]) tree.remove(file)
  if (definition.parent === undefined) await unregister(planning, collection)
  await planning.reread()
  planning.summary.push(`Drop collection "${collection}" and its records.`)
}

/** Gives a collection another id, and another folder when told. */
export async function renameCollection(
  planning: Planning,
  { collection, to, path: wished, references }: ChangeOf<'rename-collection'>,
): Promise<void> {
  const { schema, issues } = planning
  const definition = rootCollection(planning, collection)
  const gone = subtree(schema.collections.values(), collection)
  const renamed = (id: string): string =>
    id === collection || id.startsWith(`${collection}/`) ? to + id.slice(collection.length) : id
  if (references === 'restrict') {
    for (const { definition: other, column } of foreignKeysTo(schema, collection)) {
      if (gone.includes(other)) continue
      issues.push({
        code: 'validation/referenced',
        severity: 'error',
        message: `Column "${column.name}" of "${other.id}" refers to "${collection}"; rename with references: 'update'.`,
        file: other.definitionPath,
        collection: other.id,
        path: ['columns', column.name, 'foreign_key'],
      })
    }
    if (issues.some(({ severity }) => severity === 'error')) return
  }
  const meanings = foreignKeyMeanings(schema)
  const files = await collectionFiles(planning, definition)
  if (schema.collections.has(to)) badArgument(`There is a collection "${to}" already.`)
  const path = wished === undefined ? files.path : await freePath(planning, to, wished)
  if (wished !== undefined) {
    for (const each of gone) await countRecords(planning, each)
    await keepBases(planning, gone, new Set(files.schema))
    if (issues.some(({ severity }) => severity === 'error')) return
    await transfer(planning, definition, path, 'move', to)
  } else {
    checkId(to)
  }
  if (wished !== undefined || !(await renameRegistered(planning, collection, to))) {
    await unregister(planning, collection)
    await register(planning, to, path)
  }
  await planning.reread()
  await keepForeignKeys(
    planning,
    meanings.map((each) => ({
      ...each,
      collection: renamed(each.collection),
      means: each.means === collection ? to : each.means,
    })),
  )
  planning.follow.push((place) =>
    place.collection === undefined ? place : { ...place, collection: renamed(place.collection) },
  )
  const where = wished === undefined ? '' : ` in "${path}"`
  planning.summary.push(`Rename collection "${collection}" to "${to}"${where}.`)
}

/** Copies or moves the files of a root collection into a folder of its own. */
async function transfer(
  planning: Planning,
  definition: CollectionDefinition,
  path: string,
  how: 'move' | 'copy' | 'copy-schema',
  to: string,
): Promise<void> {
  const { tree } = planning
  const files = await collectionFiles(planning, definition)
  const schemaDir = parentPath(definition.definitionPath)
  const put = async (from: string, target: string): Promise<void> => {
    if (how === 'move') return tree.move(from, target)
    const bytes = await tree.readFile(from)
    if (bytes !== undefined) tree.write(target, bytes)
  }
  const bases: { readonly file: string; readonly base: string }[] = []
  for (const file of files.schema) {
    const target = dedicatedSchemaPath(files, schemaDir, file, path)
    const base = file.endsWith('definition.yaml') ? (await definitionFiles(tree, file))[1]?.path : undefined
    if (base !== undefined && !files.schema.includes(base)) bases.push({ file: target, base })
    await put(file, target)
  }
  if (how !== 'copy-schema') {
    const { dataDir } = definition
    for (const file of [...files.records, ...files.others]) {
      await put(file, joinPath(path, file.slice(dataDir === '' ? 0 : dataDir.length + 1)))
    }
  }
  for (const { file, base } of bases) {
    await editFile(
      planning,
      file,
      [{ kind: 'set', path: ['inherits'], value: relativePath(parentPath(file), base) }],
      to,
    )
  }
  const target = dedicatedSchemaPath(files, schemaDir, definition.definitionPath, path)
  // A folder of its own holds its data itself.
  if (!files.dedicated) await editFile(planning, target, [{ kind: 'remove', path: ['data_dir'] }], to)
}

/** Other definitions may inherit from the files that go. */
async function keepBases(
  planning: Planning,
  gone: readonly CollectionDefinition[],
  files: ReadonlySet<string>,
): Promise<void> {
  const { schema, tree, issues } = planning
  for (const other of schema.collections.values()) {
    if (gone.includes(other)) continue
    const base = (await definitionFiles(tree, other.definitionPath)).find(({ path }) => files.has(path))
    if (base === undefined) continue
    issues.push({
      code: 'format/bad-definition',
      severity: 'error',
      message: `"${other.id}" inherits from "${base.path}"; change its "inherits" first.`,
      file: other.definitionPath,
      collection: other.id,
      path: ['inherits'],
    })
  }
}

async function countRecords(planning: Planning, definition: CollectionDefinition): Promise<void> {
  if (!definition.readable.ok) return
  const { tree, schema, options, touch } = planning
  const keys = await createTreeValidationSource(tree, schema, options).keys(definition.id)
  for (const key of keys) touch(definition.id, key)
}

function rootCollection(planning: Planning, id: string): CollectionDefinition {
  const definition = collectionOf(planning, id)
  if (definition.parent === undefined) return definition
  return refuse(
    'format/bad-id',
    `"${id}" is a subcollection; only whole collections can be copied or renamed.`,
    {
      file: definition.definitionPath,
      collection: id,
    },
  )
}

function checkId(id: string): void {
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9._]*[A-Za-z0-9])?$/.test(id)) badArgument(`"${id}" is not a collection id.`)
}

/** The way from a folder to a file, both from the database root. */
function relativePath(dir: string, file: string): string {
  const from = dir === '' ? [] : dir.split('/')
  const to = file.split('/')
  let common = 0
  while (common < from.length && common < to.length - 1 && from[common] === to[common]) common++
  return [...from.slice(common).map(() => '..'), ...to.slice(common)].join('/')
}
