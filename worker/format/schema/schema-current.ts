import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { brokenDefinition, type DefinitionPlace, readDefinition, type SchemaContext } from './definition.ts'
import { baseName, joinPath, parentPath } from '../file-path.ts'
import type { FileTree, FileTreeEntry } from '../file-tree.ts'
import type { FormatPlugins } from '../plugins.ts'
import { readRootCollections, type RootCollection } from './root-collections.ts'
import { fileIssues, type IssueSink } from './schema-issues.ts'
import { readNamedViews } from './views.ts'

const maxSubcollectionDepth = 8

/** Reads all collections of the current layout (`.ingitdb` and `definition.yaml`), by id. What is wrong becomes issues. */
export async function readCurrentLayout(
  tree: FileTree,
  plugins: FormatPlugins,
  sink: IssueSink,
): Promise<ReadonlyMap<string, CollectionDefinition>> {
  const roots = await readRootCollections(tree, sink)
  const context: SchemaContext = { tree, plugins, rootIds: new Set(roots.map(({ id }) => id)) }
  // Each collects its own issues, so that their order does not depend on which is read first.
  const parts = await Promise.all(
    roots.map(async (root) => {
      const own: IssueSink = { ...sink, issues: [] }
      return { own, definitions: await readRootCollection(context, root, own) }
    }),
  )
  for (const { own } of parts) sink.issues.push(...own.issues)
  return new Map(
    parts.flatMap(({ definitions }) => definitions.map((definition) => [definition.id, definition])),
  )
}

async function readRootCollection(
  context: SchemaContext,
  { id, path, report }: RootCollection,
  sink: IssueSink,
): Promise<readonly CollectionDefinition[]> {
  const { tree } = context
  const hidden = joinPath(path, '.collection')
  const [inHidden, beside] = await Promise.all([tree.list(hidden), tree.list(path)])
  const dedicated = hasFile(inHidden, definitionName)
  const shared = hasFile(beside, definitionName)
  if (!dedicated && !shared) {
    report(`The collection "${id}" has no definition in "${path}".`, sink)
    const definitionPath = joinPath(hidden, definitionName)
    return [
      brokenDefinition(
        { id, definitionPath, dataRoot: path, usesDataDir: false },
        'its definition is missing',
      ),
    ]
  }
  if (dedicated && shared) {
    const message = `"${path}" holds two definitions; remove "${joinPath(path, definitionName)}".`
    report(message, sink)
  }
  // Only a folder named `.collections` moves the data to its parent (format facts §1.2).
  const inShared = !dedicated && baseName(parentPath(path)) === '.collections'
  return readCollection(
    context,
    {
      id,
      definitionPath: joinPath(dedicated ? hidden : path, definitionName),
      dataRoot: inShared ? parentPath(parentPath(path)) : path,
      usesDataDir: !dedicated,
    },
    { dedicated, depth: 0, entries: (dedicated ? inHidden : beside) ?? [] },
    sink,
  )
}

const definitionName = 'definition.yaml'

interface SchemaFolder {
  readonly dedicated: boolean
  readonly depth: number
  /** What lies beside the definition. */
  readonly entries: readonly FileTreeEntry[]
}

/** One collection with what belongs to it, then its subcollections. */
async function readCollection(
  context: SchemaContext,
  place: DefinitionPlace,
  folder: SchemaFolder,
  sink: IssueSink,
): Promise<readonly CollectionDefinition[]> {
  const { tree } = context
  const { dedicated, entries } = folder
  const dir = parentPath(place.definitionPath)
  const read = await readDefinition(context, place, sink)
  const viewsDir = dedicated ? 'views' : '$views'
  const views = hasDir(entries, viewsDir)
    ? await readNamedViews(tree, joinPath(dir, viewsDir), sink, place.id)
    : []
  const definition: CollectionDefinition = {
    ...read,
    ...(hasFile(entries, jsonSchemaName) ? { jsonSchema: joinPath(dir, jsonSchemaName) } : {}),
    ...(views.length === 0 ? {} : { views }),
  }
  if (folder.depth >= maxSubcollectionDepth) return [definition]
  const subDir = dedicated ? joinPath(dir, 'subcollections') : dir
  const candidates = !dedicated
    ? entries
    : hasDir(entries, 'subcollections')
      ? await tree.list(subDir)
      : undefined
  const found = [definition]
  for (const { name, kind } of (candidates ?? []).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (kind !== 'dir' || name.startsWith('$') || name.startsWith('.')) continue
    const path = joinPath(subDir, name)
    const inside = await tree.list(path)
    const hasDefinition = hasFile(inside, definitionName)
    if (!hasDefinition || name.startsWith('{')) {
      if (dedicated || name.startsWith('{')) reportScope(path, hasDefinition, place.id, sink)
      continue
    }
    const [dataRoot = '', ...otherDataRoots] = instanceFolders(place, definition).map((instance) =>
      joinPath(instance, name),
    )
    const sub: DefinitionPlace = {
      id: `${place.id}/${name}`,
      parent: place.id,
      definitionPath: joinPath(path, definitionName),
      dataRoot,
      ...(otherDataRoots.length === 0 ? {} : { otherDataRoots }),
      usesDataDir: false,
    }
    found.push(
      ...(await readCollection(
        context,
        sub,
        { dedicated, depth: folder.depth + 1, entries: inside ?? [] },
        sink,
      )),
    )
  }
  return found
}

const jsonSchemaName = 'record.schema.json'

/** Tools differ on whether `$records` is part of a subcollection's path (format facts §1.6): with it first. */
function instanceFolders(
  place: DefinitionPlace,
  { dataDir, recordFile }: CollectionDefinition,
): readonly string[] {
  return [dataDir, ...(place.otherDataRoots ?? [])].flatMap((root) =>
    recordFile.name.includes('{key}')
      ? [joinPath(root, '$records/{key}'), joinPath(root, '{key}')]
      : [joinPath(root, '{key}')],
  )
}

/** The announced layout keeps subcollections one folder deeper, by the record that they belong to. */
function reportScope(path: string, hasDefinition: boolean, collection: string, sink: IssueSink): void {
  fileIssues(sink, path, { collection }).refuse(
    'format/other-generation',
    hasDefinition || baseName(path).startsWith('{')
      ? `"${path}" belongs to a newer layout; its subcollections are not listed.`
      : `"${path}" has no ${definitionName}: it is no subcollection of this layout.`,
  )
}

function hasFile(entries: readonly FileTreeEntry[] | undefined, name: string): boolean {
  return entries?.some((entry) => entry.kind === 'file' && entry.name === name) === true
}

function hasDir(entries: readonly FileTreeEntry[], name: string): boolean {
  return entries.some((entry) => entry.kind === 'dir' && entry.name === name)
}
