import { declaredPath, joinPath, type PathOutcome } from '../file-path.ts'
import type { FileTree } from '../file-tree.ts'
import type { SchemaFile } from './schema-file.ts'
import { fileIssues, type IssueSink, type ParsedSource, readSchemaFile } from './schema-issues.ts'

const registryName = '.ingitdb/root-collections.yaml'

/** What a collection id (and a namespace) looks like. */
export const collectionIdPattern: RegExp = /^[A-Za-z0-9](?:[A-Za-z0-9._]*[A-Za-z0-9])?$/

/** One root collection as registered. */
export interface RootCollection {
  readonly id: string
  readonly path: string
  /** Reports what is wrong with the collection as a whole, at its line of the registry. */
  readonly report: (message: string, sink: IssueSink) => void
}

/** Reads the registry with its `ns.*` imports (one level). What is wrong becomes issues. */
export async function readRootCollections(
  tree: FileTree,
  sink: IssueSink,
): Promise<readonly RootCollection[]> {
  const roots = new Map<string, RootCollection>()
  const idByPath = new Map<string, string>()
  const root = await readRegistry(tree, registryName, sink)
  if (root === undefined) return []
  const rootSource = { file: registryName, parsed: root }
  const rootIssues = fileIssues(sink, registryName, { sources: [rootSource] })

  const register = (source: ParsedSource, key: string, prefix: string, dir: string): void => {
    const id = prefix + key
    const issues = fileIssues(sink, source.file, { collection: id, sources: [source] })
    if (!collectionIdPattern.test(id)) {
      issues.error('format/bad-id', `"${id}" is not a valid collection id.`, [key])
      return
    }
    const outcome = pathOf(source.parsed, key)
    if ('refused' in outcome) {
      issues.error('format/bad-path', `The path of "${id}" is refused: ${outcome.refused}.`, [key])
      return
    }
    const path = joinPath(dir, outcome.path)
    if (roots.has(id)) {
      issues.error('format/bad-id', `The collection id "${id}" is declared twice; the first one counts.`, [
        key,
      ])
      return
    }
    const twin = idByPath.get(path)
    if (twin !== undefined) {
      issues.refuse('format/bad-path', `"${id}" has the same path as "${twin}".`, [key])
    }
    const report = (message: string, own: IssueSink): void =>
      fileIssues(own, source.file, { collection: id, sources: [source] }).error(
        'format/bad-definition',
        message,
        [key],
      )
    roots.set(id, { id, path, report })
    idByPath.set(path, id)
  }

  for (const key of root.entries.keys()) {
    if (!key.endsWith('.*')) {
      register(rootSource, key, '', '')
      continue
    }
    const outcome = pathOf(root, key)
    if ('refused' in outcome) {
      rootIssues.error('format/bad-path', `The import "${key}" is refused: ${outcome.refused}.`, [key])
      continue
    }
    const file = joinPath(outcome.path, registryName)
    const imported = await readRegistry(tree, file, sink)
    if (imported === undefined || imported.entries.size === 0) {
      rootIssues.error('format/bad-path', `The import "${key}" finds no collections in "${file}".`, [key])
      continue
    }
    const source = { file, parsed: imported }
    for (const inner of imported.entries.keys()) {
      if (!inner.endsWith('.*')) register(source, inner, key.slice(0, -1), outcome.path)
      else {
        const message = `"${inner}" is not followed: imports work one level deep. Import it in "${registryName}".`
        fileIssues(sink, file, { sources: [source] }).refuse('format/bad-id', message, [inner])
      }
    }
  }
  return [...roots.values()]
}

function pathOf({ entries }: SchemaFile, key: string): PathOutcome {
  const declared = entries.get(key)
  return typeof declared === 'string' ? declaredPath(declared) : { refused: 'it must be text' }
}

function readRegistry(tree: FileTree, file: string, sink: IssueSink): Promise<SchemaFile | undefined> {
  return readSchemaFile(tree, file, sink, { what: 'The list of collections', optional: true })
}
