import type { Json } from '../../../src/protocol/records.ts'
import type {
  CollectionDefinition,
  ConflictResolution,
  ReadmeSettings,
} from '../../../src/protocol/schema.ts'
import { readColumns } from '../columns.ts'
import { declaredPath, joinPath, parentPath } from '../file-path.ts'
import type { FileTree } from '../file-tree.ts'
import { extrasOf } from '../extras.ts'
import type { FormatPlugins } from '../plugins.ts'
import { readRecordFile } from '../record-file.ts'
import { above } from './schema-column-rules.ts'
import { parseSchemaFile } from './schema-file.ts'
import {
  type FileIssues,
  fileIssues,
  type IssueSink,
  type ParsedSource,
  readSchemaFile,
} from './schema-issues.ts'
import { resolveForeignKey } from './schema-references.ts'
import {
  asMap,
  createSchemaReader,
  defined,
  ownObject,
  type SchemaMap,
  type SchemaReader,
} from './schema-values.ts'
import { readDefaultView } from './views.ts'

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
const readmeKeys: ReadonlySet<string> = new Set([
  'hide_columns',
  'hide_subcollections',
  'hide_views',
  'hide_triggers',
  'data_preview',
])
const maxInheritance = 16

/** What all definitions of a database are read with. */
export interface SchemaContext {
  readonly tree: FileTree
  readonly plugins: FormatPlugins
  /** The ids of the root collections: what foreign keys can name. */
  readonly rootIds: { has(id: string): boolean }
}

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
  { tree, plugins, rootIds }: SchemaContext,
  place: DefinitionPlace,
  sink: IssueSink,
): Promise<CollectionDefinition> {
  const { id, definitionPath } = place
  const detail = { what: `The definition of "${id}"`, collection: id }
  const parsed = await readSchemaFile(tree, definitionPath, sink, detail)
  if (parsed === undefined) return brokenDefinition(place, 'its definition cannot be read')
  const sources: ParsedSource[] = [{ file: definitionPath, parsed }]
  const issues = fileIssues(sink, definitionPath, { collection: id, sources })
  createSchemaReader(parsed.entries, [], issues).reportUnknown(definitionKeys)
  const map = await inherit(tree, sources, sink, id)
  if (map === undefined) return brokenDefinition(place, 'what its definition inherits cannot be read')
  const reader = createSchemaReader(map, [], issues)
  const columnsOrder = reader.strings('columns_order') ?? []
  const { recordFile, readable } = readRecordFile(reader.map('record_file'), issues)
  const dataDir = readDataDir(place, reader.string('data_dir'), issues)
  const inRecords = (dir: string): string =>
    joinPath(dir, recordFile.name.includes('{key}') ? '$records' : '')
  const minRecordsCount = reader.count('min_records_count')
  const maxRecordsCount = reader.count('max_records_count')
  if (above(minRecordsCount, maxRecordsCount)) {
    const message = '"min_records_count" is above "max_records_count".'
    issues.refuse('format/bad-value', message, ['min_records_count'])
  }
  const columns = readColumns(
    reader.map('columns'),
    columnsOrder,
    (foreignKey) => resolveForeignKey(foreignKey, id, rootIds),
    issues,
  )
  const primaryKey = reader.strings('primary_key') ?? []
  primaryKey.forEach((name, index) => {
    if (name.startsWith('$') || columns.some((column) => column.name === name)) return
    issues.warn('format/bad-value', `"primary_key" names "${name}", which is not a column.`, [
      'primary_key',
      index,
    ])
  })
  const definition = defined<CollectionDefinition>({
    id,
    parent: place.parent,
    titles: reader.texts('titles') ?? {},
    dataDir: dataDir ?? place.dataRoot,
    recordsDir: inRecords(dataDir ?? place.dataRoot),
    otherRecordsDirs: place.otherDataRoots?.map(inRecords),
    columns,
    columnsOrder,
    primaryKey,
    recordFile,
    readable: dataDir === undefined ? { ok: false, reason: 'its "data_dir" is not usable' } : readable,
    inherits: reader.string('inherits'),
    minRecordsCount,
    maxRecordsCount,
    conflictResolution: readConflictResolution(reader, issues),
    jsonSchema: undefined,
    readme: readReadme(reader, issues),
    defaultView: readDefaultView(reader.map('default_view'), issues),
    views: undefined,
    definitionPath,
  })
  if (definition.columns.some(({ formula, requiredWhen }) => formula ?? requiredWhen)) {
    for (const { code, message, path, severity } of extrasOf(plugins).formulas.check(definition)) {
      issues[severity === 'warning' ? 'warn' : 'refuse'](code, message, path)
    }
  }
  return definition
}

function readConflictResolution(reader: SchemaReader, issues: FileIssues): ConflictResolution | undefined {
  const outer = reader.map('conflict_resolution')
  if (outer === undefined) return undefined
  const resolution = createSchemaReader(outer, ['conflict_resolution'], issues)
  resolution.reportUnknown(new Set(['record_merge']))
  const map = resolution.map('record_merge') ?? new Map()
  const merge = createSchemaReader(map, ['conflict_resolution', 'record_merge'], issues)
  merge.reportUnknown(new Set(['enabled', 'same_record']))
  return { enabled: merge.boolean('enabled') ?? true, sameRecord: merge.boolean('same_record') ?? false }
}

function readReadme(reader: SchemaReader, issues: FileIssues): ReadmeSettings | undefined {
  const map = reader.map('readme')
  if (map === undefined) return undefined
  const readme = createSchemaReader(map, ['readme'], issues)
  readme.reportUnknown(readmeKeys)
  return defined<ReadmeSettings>({
    hideColumns: readme.boolean('hide_columns'),
    hideSubcollections: readme.boolean('hide_subcollections'),
    hideViews: readme.boolean('hide_views'),
    hideTriggers: readme.boolean('hide_triggers'),
  })
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

/** The definition merged over its chain of bases, which join `sources`; undefined when one of them cannot be read. */
async function inherit(
  tree: FileTree,
  sources: ParsedSource[],
  sink: IssueSink,
  collection: string,
): Promise<SchemaMap | undefined> {
  let merged: SchemaMap | undefined
  for (const { file, parsed } of sources) {
    merged = merged === undefined ? parsed.entries : mergeBase(merged, parsed.entries)
    const base = parsed.entries.get('inherits')
    if (base === undefined || base === null) break
    const fail = (why: string): undefined => {
      const at = fileIssues(sink, file, { collection, sources: [{ file, parsed }] })
      at.error('format/bad-definition', `"inherits" is refused: ${why}.`, ['inherits'])
    }
    if (typeof base !== 'string') return fail('it must be a path')
    const outcome = declaredPath(base, parentPath(file))
    if ('refused' in outcome) return fail(outcome.refused)
    const { path } = outcome
    if (sources.some((source) => source.file === path)) return fail('the definitions inherit from each other')
    if (sources.length > maxInheritance) return fail('the chain is too long')
    const bytes = await tree.readFile(path)
    if (bytes === undefined) return fail(`"${path}" is missing`)
    const read = parseSchemaFile(bytes, sink.parseFully)
    if ('message' in read) return fail(`"${path}" cannot be read: ${read.message}`)
    // Iterating an array sees what is added to it: the chain is followed to its end.
    sources.push({ file: path, parsed: read })
    const inBase = fileIssues(sink, path, { collection, sources: sources.slice(-1) })
    createSchemaReader(read.entries, [], inBase).reportUnknown(definitionKeys)
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
