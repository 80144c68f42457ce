import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { baseName, joinPath, parentPath } from '../format/file-path.ts'
import { listRecordFiles } from '../format/validation/record-files.ts'
import type { Planning } from './planning.ts'
import { registeredPath } from './registry.ts'

/** Where the files of a root collection lie. */
export interface CollectionFiles {
  /** The folder that is registered. */
  readonly path: string
  /** Whether the definition lies in `.collection`, and not in a shared `.collections` folder. */
  readonly dedicated: boolean
  /** Definitions, views and subcollections' definitions. */
  readonly schema: readonly string[]
  /** Record files, those of subcollections among them. */
  readonly records: readonly string[]
  /** Everything else in the folder of a dedicated layout: a README, files that are no records. */
  readonly others: readonly string[]
}

/** The files of a root collection; those of other collections inside its folder are not among them. */
export async function collectionFiles(
  planning: Pick<Planning, 'tree' | 'schema'>,
  definition: CollectionDefinition,
): Promise<CollectionFiles> {
  const { tree, schema } = planning
  const path = await registeredPath(tree, definition.id)
  const dedicated = definition.definitionPath.endsWith('.collection/definition.yaml')
  const schemaDir = parentPath(definition.definitionPath)
  const schemaFiles = await tree.filesBelow(schemaDir)
  const records: string[] = []
  for (const each of subtree(schema.collections.values(), definition.id)) {
    for (const file of await listRecordFiles(tree, each)) records.push(file.path)
  }
  const known = new Set([...schemaFiles, ...records])
  const foreign = [...schema.collections.values()]
    .filter(({ id }) => id !== definition.id && !id.startsWith(`${definition.id}/`))
    .flatMap((other) => [`${folderOf(other)}/`, `${other.recordsDir}/`])
    .filter((folder) => folder !== `${path}/` && folder.startsWith(`${path}/`))
  // At the root, or in a shared folder, everything else is somebody else's.
  const inFolder = dedicated && path !== '' ? await tree.filesBelow(path) : []
  const others = inFolder.filter(
    (file) =>
      !known.has(file) &&
      !file.slice(path.length).startsWith('/.ingitdb/') &&
      !foreign.some((folder) => file.startsWith(folder)),
  )
  return { path, dedicated, schema: schemaFiles, records, others }
}

/** Where a schema file of one collection lies in a collection with a folder of its own. */
export function dedicatedSchemaPath(
  { path, dedicated }: Pick<CollectionFiles, 'path' | 'dedicated'>,
  schemaDir: string,
  file: string,
  newPath: string,
): string {
  const relative = file.slice(schemaDir.length + 1)
  if (dedicated) return joinPath(newPath, file.slice(path === '' ? 0 : path.length + 1))
  // Shared: `$views/x.yaml`, `sub/definition.yaml`, `sub/deeper/definition.yaml`.
  const segments = relative.split('/')
  const name = segments.pop() ?? ''
  const folders = segments.flatMap((segment) =>
    segment === '$views' ? ['views'] : segment.startsWith('$') ? [segment] : ['subcollections', segment],
  )
  return joinPath(newPath, '.collection', ...folders, name)
}

/** A definition and its subcollections. */
export function subtree(
  definitions: Iterable<CollectionDefinition>,
  id: string,
): readonly CollectionDefinition[] {
  return [...definitions].filter((each) => each.id === id || each.id.startsWith(`${id}/`))
}

/** The folder of a collection with a definition of its own. */
function folderOf({ definitionPath }: CollectionDefinition): string {
  const folder = parentPath(definitionPath)
  return baseName(folder) === '.collection' ? parentPath(folder) : folder
}
