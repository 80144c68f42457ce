import type { View } from '../../../src/protocol/schema.ts'
import { joinPath } from '../file-path.ts'
import type { FileTree } from '../file-tree.ts'
import { type FileIssues, fileIssues, type IssueSink, readSchemaFile } from './schema-issues.ts'
import { createSchemaReader, defined, type SchemaMap } from './schema-values.ts'

const viewKeys: ReadonlySet<string> = new Set([
  'titles',
  'columns',
  'order_by',
  'top',
  'where',
  'formats',
  'template',
  'file_name',
  'records_var_name',
  'format',
  'max_batch_size',
  'include_hash',
  'records_delimiter',
])

/** The view inside a definition. Its keys are as strict as the definition's. */
export function readDefaultView(map: SchemaMap | undefined, issues: FileIssues): View | undefined {
  if (map === undefined) return undefined
  const path = ['default_view']
  createSchemaReader(map, path, issues).reportUnknown(viewKeys)
  return readView('', map, path, issues)
}

/** The named views in a folder, by name. Keys that are not known are left alone, as other tools do. */
export async function readNamedViews(
  tree: FileTree,
  dir: string,
  sink: IssueSink,
  collection: string,
): Promise<readonly View[]> {
  const views: View[] = []
  const files = (await tree.list(dir)) ?? []
  for (const name of files.map((entry) => (entry.kind === 'file' ? entry.name : '')).toSorted()) {
    const id = /^[^.].*(?=\.ya?ml$)/.exec(name)?.[0]
    if (id === undefined) continue
    const file = joinPath(dir, name)
    const detail = { what: `The view "${id}"`, collection, harmless: true }
    const parsed = await readSchemaFile(tree, file, sink, detail)
    if (parsed === undefined) continue
    const issues = fileIssues(sink, file, { collection, sources: [{ file, parsed }] })
    views.push({ ...readView(id, parsed.entries, [], issues), definitionPath: file })
  }
  return views
}

function readView(id: string, map: SchemaMap, path: readonly string[], issues: FileIssues): View {
  const reader = createSchemaReader(map, path, issues)
  return defined<View>({
    id,
    titles: reader.texts('titles') ?? {},
    columns: reader.strings('columns'),
    orderBy: reader.string('order_by'),
    top: reader.count('top'),
    where: reader.string('where'),
    formats: reader.strings('formats'),
    template: reader.string('template'),
    fileName: reader.string('file_name'),
    recordsVarName: reader.string('records_var_name'),
    format: reader.string('format'),
    maxBatchSize: reader.count('max_batch_size'),
    includeHash: reader.boolean('include_hash'),
    recordsDelimiter: reader.number('records_delimiter'),
    definitionPath: undefined,
  })
}
