import type { SchemaChange } from '../../src/protocol/schema-changes.ts'
import { declaredPath, joinPath, parentPath } from '../format/file-path.ts'
import { formatDefinition } from './definition-text.ts'
import { badArgument, collectionOf, type Planning, refuse } from './planning.ts'
import { newPath, register } from './registry.ts'

const collectionId = /^[A-Za-z0-9](?:[A-Za-z0-9._]*[A-Za-z0-9])?$/

/** Creates a collection without records, in a folder of its own. `parent/name` creates a subcollection. */
export async function createCollection(
  planning: Planning,
  { id, path: wished, definition }: Extract<SchemaChange, { kind: 'create-collection' }>,
): Promise<void> {
  const { tree, schema, summary } = planning
  if (Object.keys(definition.columns).length === 0) badArgument(`"${id}" needs at least one column.`)
  const text = new TextEncoder().encode(formatDefinition(definition))
  const slash = id.lastIndexOf('/')
  if (slash !== -1) {
    if (schema.collections.has(id)) badArgument(`There is a collection "${id}" already.`)
    if (wished !== undefined)
      badArgument('The folder of a subcollection follows from its parent: leave "path" out.')
    const parent = collectionOf(planning, id.slice(0, slash))
    const name = id.slice(slash + 1)
    const dir = parentPath(parent.definitionPath)
    // Shared layouts nest definitions directly.
    const shared = !`/${parent.definitionPath}`.includes('/.collection/')
    const outcome = declaredPath(name)
    if ('refused' in outcome || name.includes('/') || /^[.${]/.test(name)) {
      refuse('format/bad-id', `"${name}" is not a name that a subcollection can have.`, {
        file: dir,
        collection: id,
      })
    }
    tree.write(joinPath(dir, shared ? '' : 'subcollections', name, 'definition.yaml'), text)
  } else {
    const path = await freePath(planning, id, wished)
    await register(planning, id, path)
    tree.write(joinPath(path, '.collection/definition.yaml'), text)
  }
  await planning.reread()
  summary.push(`Create collection "${id}" with ${Object.keys(definition.columns).length} column(s).`)
}

/** Checks a new root collection's id and finds its folder, in which nothing of another collection lies. */
export async function freePath(planning: Planning, id: string, wished: string | undefined): Promise<string> {
  const { tree, schema } = planning
  if (!collectionId.test(id)) {
    badArgument(
      `"${id}" is not a collection id: letters, digits, "." and "_", with a letter or digit at both ends.`,
    )
  }
  if (schema.collections.has(id)) badArgument(`There is a collection "${id}" already.`)
  const path = await newPath(tree, id, wished)
  const outcome = declaredPath(path)
  if ('refused' in outcome || outcome.path === '') {
    const why = 'refused' in outcome ? outcome.refused : 'it names no folder'
    return refuse('format/bad-path', `The path "${path}" is refused: ${why}.`, { file: path, collection: id })
  }
  const entries = (await tree.list(outcome.path)) ?? []
  const taken = entries.find(({ name }) => ['.collection', 'definition.yaml', '$records'].includes(name))
  if (taken !== undefined || (await tree.readFile(outcome.path)) !== undefined) {
    const what = taken === undefined ? 'is a file' : `holds "${taken.name}" already`
    refuse('format/bad-path', `"${outcome.path}" ${what}; choose another path.`, {
      file: outcome.path,
      collection: id,
    })
  }
  return outcome.path
}
