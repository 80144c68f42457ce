import { EspalierError } from '../../../src/protocol/errors.ts'
import type { Issue } from '../../../src/protocol/issues.ts'
import type { DatabaseSchema } from '../../../src/protocol/schema.ts'
import { extrasOf, withExtras } from '../extras.ts'
import type { FileTree, FileTreeEntry } from '../file-tree.ts'
import type { FormatPlugins } from '../plugins.ts'
import { readCurrentLayout } from './schema-current.ts'
import type { SchemaTextParser } from './schema-file.ts'
import { fileIssues, type IssueSink, readSchemaFile } from './schema-issues.ts'
import { readSettings } from './settings.ts'

/** How a schema is read. */
export interface SchemaOptions {
  readonly plugins?: FormatPlugins
  /** What the format's own tools refuse at load is an error, also where reading can go on. */
  readonly strict?: boolean
}

/**
 * Reads settings, registry and all definitions of one version of a database; a repository without any gives
 * the collections that its files suggest (`inferred`). What is wrong becomes issues, and one bad definition never
 * hides the other collections. Layouts are told apart here and nowhere else. Loads the extras when they are needed.
 *
 * @throws EspalierError `format/not-a-database` when there is neither an `.ingitdb` folder nor a data file,
 * `format/legacy-layout` for databases of the older layouts, `client/extras-failed`.
 */
export function readDatabaseSchema(
  tree: FileTree,
  { plugins = {}, strict = false }: SchemaOptions = {},
): Promise<DatabaseSchema> {
  return withExtras(plugins, () => readSchema(tree, plugins, strict))
}

async function readSchema(tree: FileTree, plugins: FormatPlugins, strict: boolean): Promise<DatabaseSchema> {
  const marker = await tree.list('.ingitdb')
  if (marker === undefined) {
    const legacy = await legacyError(tree, [])
    if (legacy !== undefined) throw legacy
    const inferred = await extrasOf(plugins).inferCollections(tree)
    if (inferred.collections.size === 0) throw notADatabase()
    return inferred
  }
  const issues: Issue[] = []
  const parseFully: SchemaTextParser = (text) => extrasOf(plugins).parseSchemaText(text)
  const sink: IssueSink = { issues, strict, parseFully }
  const settings = await readSettings(tree, sink)
  const collections = await readCurrentLayout(tree, plugins, sink)
  if (collections.size === 0 && issues.length === 0) {
    const legacy = await legacyError(tree, marker)
    if (legacy !== undefined) throw legacy
  }
  await checkOtherFiles(tree, marker, sink)
  return { settings, collections, issues }
}

/** Files of `.ingitdb` that are never acted on: subscribers are not notified, access rules are not enforced. */
async function checkOtherFiles(
  tree: FileTree,
  marker: readonly FileTreeEntry[],
  sink: IssueSink,
): Promise<void> {
  for (const { name, kind } of marker) {
    const path = `.ingitdb/${name}`
    if (name === 'subscribers.yaml' && kind === 'file') {
      await readSchemaFile(tree, path, sink, { what: 'The subscribers', harmless: true })
    } else if (name === 'access' && kind === 'dir') {
      const message = `"${path}" belongs to a newer format: its access rules are not enforced here.`
      fileIssues(sink, path).warn('format/other-generation', message)
    }
  }
}

async function legacyError(
  tree: FileTree,
  inMarker: readonly FileTreeEntry[],
): Promise<EspalierError | undefined> {
  const root = (await tree.list('')) ?? []
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
    'This repository has no ".ingitdb" folder, so it is not an inGitDB database, and no data files. Open one that has, or the folder inside it that does.',
  )
}
