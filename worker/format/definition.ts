import type { Issue } from '../../src/protocol/issues.ts'
import type { Json } from '../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { readColumns } from './columns.ts'
import { declaredPath, joinPath, parentPath } from './file-path.ts'
import type { FileTree } from './file-tree.ts'
import type { FormatPlugins } from './plugins.ts'
import { readRecordFile } from './record-file.ts'
import { parseSchemaFile, type SchemaFile } from './schema-file.ts'
import { type FileIssues, fileIssues } from './schema-issues.ts'
import { asMap, createSchemaReader, ownObject, type SchemaMap } from './schema-values.ts'

const definitionKeys: ReadonlySet<string> = new Set([
  'titles',
  'record_file',
  'columns',
  'columns_order',
  'primary_key',
  'data_dir',
  'default_view',
  'readme',
  'min_records_count',
  'max_records_count',
  'conflict_resolution',
  'inherits',
])
/** What a base gives when the definition itself does not have it (titles and columns merge by name). */
const inheritedKeys = [
  'record_file',
  'data_dir',
  'columns_order',
  'primary_key',
  'default_view',
  'readme',
  'conflict_resolution',
]
const maxInheritance = 16

/** Where a definition was found. */
export interface DefinitionPlace {
  readonly id: string
  readonly parent?: string
  readonly definitionPath: string
  /** The data folder; shared layouts add the definition's `data_dir` to it. */
  readonly dataRoot: string
  /** Where else the data of a subcollection may lie. */
  readonly otherDataRoots?: readonly string[]
  readonly usesDataDir: boolean
}

/** Reads one definition. Never throws for its content: what is wrong becomes issues and `readable.ok: false`. */
export async function readDefinition(
  tree: FileTree,
  place: DefinitionPlace,
  sink: Issue[],
  plugins: FormatPlugins = {},
): Promise<CollectionDefinition> {
  const { id, definitionPath } = place
  const bytes = await tree.readFile(definitionPath)
  const parsed = bytes === undefined ? { message: 'the file is missing' } : parseSchemaFile(bytes)
  if ('message' in parsed) {
    sink.push({
      code: 'format/syntax',
      severity: 'error',
      message: `The definition of "${id}" cannot be read: ${parsed.message}.`,
      file: definitionPath,
      ...(parsed.line === undefined ? {} : { line: parsed.line }),
      ...(parsed.column === undefined ? {} : { column: parsed.column }),
      collection: id,
    })
    return brokenDefinition(place, `its definition cannot be read: ${parsed.message}`)
  }
  const issues = fileIssues(sink, definitionPath, { collection: id, parsed })
  const map = await inherit(tree, definitionPath, parsed, issues)
  if (map === undefined) return brokenDefinition(place, 'what its definition inherits cannot be read')
  const reader = createSchemaReader(map, [], issues)
  reader.reportUnknown(definitionKeys)
  const columnsOrder = reader.strings('columns_order') ?? []
  const { recordFile, readable } = readRecordFile(reader.map('record_file'), issues, plugins)
  const dataDir = readDataDir(place, reader.string('data_dir'), issues)
  const inRecords = (dir: string): string =>
    joinPath(dir, recordFile.name.includes('{key}') ? '$records' : '')
  return {
    id,
    ...(place.parent === undefined ? {} : { parent: place.parent }),
    titles: reader.texts('titles') ?? {},
    dataDir: dataDir ?? place.dataRoot,
    recordsDir: inRecords(dataDir ?? place.dataRoot),
    ...(place.otherDataRoots === undefined ? {} : { otherRecordsDirs: place.otherDataRoots.map(inRecords) }),
    columns: readColumns(reader.map('columns'), columnsOrder, issues),
    columnsOrder,
    primaryKey: reader.strings('primary_key') ?? [],
    recordFile,
    readable: dataDir === undefined ? { ok: false, reason: 'its "data_dir" is not usable' } : readable,
    definitionPath,
  }
}

/** A collection that is listed although its definition says nothing usable. */
export function brokenDefinition(place: DefinitionPlace, reason: string): CollectionDefinition {
  return {
    id: place.id,
    ...(place.parent === undefined ? {} : { parent: place.parent }),
    titles: {},
    dataDir: place.dataRoot,
    recordsDir: place.dataRoot,
    columns: [],
    columnsOrder: [],
    primaryKey: [],
    recordFile: { name: '', format: '', type: '' },
    readable: { ok: false, reason },
    definitionPath: place.definitionPath,
  }
}

function readDataDir(
  place: DefinitionPlace,
  declared: string | undefined,
  issues: FileIssues,
): string | undefined {
  if (declared === undefined) return place.dataRoot
  if (!place.usesDataDir) {
    issues.warn('format/bad-value', '"data_dir" works in shared layouts only; it is ignored.', ['data_dir'])
    return place.dataRoot
  }
  const outcome = declaredPath(declared, place.dataRoot)
  if ('path' in outcome) return outcome.path
  issues.error('format/bad-path', `"data_dir" is refused: ${outcome.refused}.`, ['data_dir'])
  return undefined
}

/** The definition merged over its chain of bases; undefined when one of them cannot be read. */
async function inherit(
  tree: FileTree,
  definitionPath: string,
  parsed: SchemaFile,
  issues: FileIssues,
): Promise<SchemaMap | undefined> {
  let merged: SchemaMap = parsed.entries
  let path = definitionPath
  let base = merged.get('inherits')
  const seen = new Set([path])
  while (base !== undefined && base !== null) {
    const fail = (why: string): undefined => {
      issues.error('format/bad-definition', `"inherits" is refused: ${why}.`, ['inherits'])
    }
    if (typeof base !== 'string') return fail('it must be a path')
    const outcome = declaredPath(base, parentPath(path))
    if ('refused' in outcome) return fail(outcome.refused)
    path = outcome.path
    if (seen.has(path)) return fail('the definitions inherit from each other')
    if (seen.size > maxInheritance) return fail('the chain is too long')
    seen.add(path)
    const bytes = await tree.readFile(path)
    if (bytes === undefined) return fail(`"${path}" is missing`)
    const file = parseSchemaFile(bytes)
    if ('message' in file) return fail(`"${path}" cannot be read: ${file.message}`)
    merged = mergeBase(merged, file.entries)
    base = file.entries.get('inherits')
  }
  return merged
}

function mergeBase(child: SchemaMap, base: SchemaMap): SchemaMap {
  const merged = new Map(child)
  for (const key of inheritedKeys) {
    const value = base.get(key)
    if (!merged.has(key) && value !== undefined) merged.set(key, value)
  }
  for (const key of ['titles', 'columns']) {
    const inherited = asMap(base.get(key))
    if (inherited === undefined) continue
    const own = child.has(key) ? asMap(child.get(key)) : new Map<string, Json>()
    if (own !== undefined) merged.set(key, ownObject([...inherited, ...own]))
  }
  return merged
}
