import type { Issue } from '../../src/protocol/issues.ts'
import { EspalierError } from '../../src/protocol/errors.ts'
import type { CollectionDefinition, Column, DatabaseSchema } from '../../src/protocol/schema.ts'
import { brokenDefinition, type DefinitionPlace, readDefinition } from './definition.ts'
import { baseName, joinPath, parentPath } from './file-path.ts'
import type { FileTree } from './file-tree.ts'
import type { FormatPlugins } from './plugins.ts'
import { readRootCollections, type RootCollection } from './root-collections.ts'
import { fileIssues } from './schema-issues.ts'
import { readSettings } from './settings.ts'

const maxSubcollectionDepth = 8

/** How a schema is read. */
export interface SchemaOptions {
  /** What is loaded besides the built-in formats; collections of other formats are listed, not readable. */
  readonly plugins?: FormatPlugins
  /** What the format's own tools refuse at load is an error, also where reading can go on. */
  readonly strict?: boolean
}

/**
 * Reads settings, registry and all definitions of one version of a database. Lenient: everything that is
 * wrong becomes an issue, and one bad definition never hides the other collections.
 *
 * @throws EspalierError `format/not-a-database` when there is no `.ingitdb` folder, `format/legacy-layout`
 * for databases of the older layouts.
 */
export async function readDatabaseSchema(
  tree: FileTree,
  { plugins = {} }: SchemaOptions = {},
): Promise<DatabaseSchema> {
  const marker = await tree.list('.ingitdb')
  if (marker === undefined) throw (await legacyError(tree)) ?? notADatabase()
  const issues: Issue[] = []
  const settings = await readSettings(tree, issues)
  const roots = await readRootCollections(tree, issues)
  if (roots.length === 0 && issues.length === 0) {
    const legacy = await legacyError(tree)
    if (legacy !== undefined) throw legacy
  }
  const read = await Promise.all(roots.map((root) => readRootCollection(tree, root, plugins)))
  for (const part of read) issues.push(...part.issues)
  const definitions = read.flatMap((part) => part.definitions)
  const ids = new Set(roots.map((root) => root.id))
  const collections = new Map<string, CollectionDefinition>()
  for (const definition of definitions) {
    collections.set(definition.id, resolveForeignKeys(definition, ids, issues))
  }
  return { settings, collections, issues }
}

interface CollectionPart {
  readonly definitions: readonly CollectionDefinition[]
  readonly issues: readonly Issue[]
}

async function readRootCollection(
  tree: FileTree,
  { id, path }: RootCollection,
  plugins: FormatPlugins,
): Promise<CollectionPart> {
  const issues: Issue[] = []
  const dedicated = joinPath(path, '.collection/definition.yaml')
  const shared = joinPath(path, 'definition.yaml')
  const [hasDedicated, hasShared] = await Promise.all([hasFile(tree, dedicated), hasFile(tree, shared)])
  const report = fileIssues(issues, hasDedicated || !hasShared ? dedicated : shared, { collection: id })
  if (!hasDedicated && !hasShared) {
    report.error('format/bad-definition', `The collection "${id}" has no definition in "${path}".`)
    const place = { id, definitionPath: dedicated, dataRoot: path, usesDataDir: false }
    return { definitions: [brokenDefinition(place, 'its definition is missing')], issues }
  }
  if (hasDedicated && hasShared) {
    report.error('format/bad-definition', `"${path}" holds two definitions; remove "${shared}".`)
  }
  // Only a folder named `.collections` moves the data to its parent (format facts §1.2).
  const inShared = !hasDedicated && baseName(parentPath(path)) === '.collections'
  const place: DefinitionPlace = {
    id,
    definitionPath: hasDedicated ? dedicated : shared,
    dataRoot: inShared ? parentPath(parentPath(path)) : path,
    usesDataDir: !hasDedicated,
  }
  const definition = await readDefinition(tree, place, issues, plugins)
  const subDir = hasDedicated ? joinPath(path, '.collection/subcollections') : path
  const subcollections = await readSubcollections(
    tree,
    definition,
    [definition.dataDir],
    subDir,
    hasDedicated,
    1,
    issues,
    plugins,
  )
  return { definitions: [definition, ...subcollections], issues }
}

/** The subcollections below a definition, each followed by its own. */
async function readSubcollections(
  tree: FileTree,
  parent: CollectionDefinition,
  parentRoots: readonly string[],
  dir: string,
  dedicated: boolean,
  depth: number,
  issues: Issue[],
  plugins: FormatPlugins,
): Promise<readonly CollectionDefinition[]> {
  const entries = await tree.list(dir)
  if (entries === undefined || depth > maxSubcollectionDepth) return []
  const found: CollectionDefinition[] = []
  // Tools differ on whether `$records` is part of a subcollection's path (format facts §1.6): with it first.
  const instances = parentRoots.flatMap((root) =>
    parent.recordFile.name.includes('{key}')
      ? [joinPath(root, '$records/{key}'), joinPath(root, '{key}')]
      : [joinPath(root, '{key}')],
  )
  for (const { name, kind } of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (kind !== 'dir' || name.startsWith('$') || name.startsWith('.')) continue
    const path = joinPath(dir, name)
    if (dedicated && name.startsWith('{')) {
      fileIssues(issues, path, { collection: parent.id }).warn(
        'format/other-generation',
        `"${path}" belongs to a newer layout; its subcollections are not listed.`,
      )
      continue
    }
    const definitionPath = joinPath(path, 'definition.yaml')
    if (!(await hasFile(tree, definitionPath))) continue
    const dataRoots = instances.map((instance) => joinPath(instance, name))
    const [dataRoot, ...otherDataRoots] = dataRoots
    const place: DefinitionPlace = {
      id: `${parent.id}/${name}`,
      parent: parent.id,
      definitionPath,
      dataRoot: dataRoot as string, // a parent has at least one root
      ...(otherDataRoots.length === 0 ? {} : { otherDataRoots }),
      usesDataDir: false,
    }
    const definition = await readDefinition(tree, place, issues, plugins)
    found.push(definition)
    const deeper = dedicated ? joinPath(path, 'subcollections') : path
    found.push(
      ...(await readSubcollections(
        tree,
        definition,
        dataRoots,
        deeper,
        dedicated,
        depth + 1,
        issues,
        plugins,
      )),
    )
  }
  return found
}

/** A bare foreign key means the collection beside it in the same module first (format facts §2.5). */
function resolveForeignKeys(
  definition: CollectionDefinition,
  ids: ReadonlySet<string>,
  issues: Issue[],
): CollectionDefinition {
  const root = definition.id.split('/')[0] ?? definition.id
  const module = root.slice(0, root.lastIndexOf('.') + 1)
  const resolve = (column: Column): Column => {
    const { name, foreignKey } = column
    if (foreignKey === undefined || foreignKey === '') return column
    const candidates = foreignKey.includes('.') ? [foreignKey] : [module + foreignKey, foreignKey]
    const references = candidates.find((id) => ids.has(id))
    if (references !== undefined) return { ...column, references }
    fileIssues(issues, definition.definitionPath, { collection: definition.id }).error(
      'format/unresolved-foreign-key',
      `Column "${name}" refers to "${foreignKey}", which is no collection here.`,
      ['columns', name, 'foreign_key'],
    )
    return column
  }
  return { ...definition, columns: definition.columns.map(resolve) }
}

async function hasFile(tree: FileTree, path: string): Promise<boolean> {
  const entries = await tree.list(parentPath(path))
  return entries?.some(({ name, kind }) => kind === 'file' && name === baseName(path)) ?? false
}

async function legacyError(tree: FileTree): Promise<EspalierError | undefined> {
  const root = (await tree.list('')) ?? []
  const inMarker = (await tree.list('.ingitdb')) ?? []
  const marker =
    root.find(({ name }) => name === '.ingitdb.yaml' || name === '.ingitdb-collection.yaml')?.name ??
    inMarker.find(({ name, kind }) => name === 'collections' && kind === 'dir')?.name
  if (marker === undefined) return undefined
  return new EspalierError(
    'format/legacy-layout',
    `This database uses an older inGitDB layout ("${marker}"). Convert it to the layout with an ".ingitdb" folder and "definition.yaml" files.`,
    { data: { marker } },
  )
}

function notADatabase(): EspalierError {
  return new EspalierError(
    'format/not-a-database',
    'This repository has no ".ingitdb" folder, so it is not an inGitDB database. Open one that has, or the folder inside it that does.',
  )
}
