import type { Issue } from '../../src/protocol/issues.ts'
import { declaredPath, joinPath } from './file-path.ts'
import type { FileTree } from './file-tree.ts'
import { parseSchemaFile, type SchemaFile } from './schema-file.ts'
import { fileIssues } from './schema-issues.ts'

const registryName = '.ingitdb/root-collections.yaml'
const collectionId = /^[A-Za-z0-9](?:[A-Za-z0-9._]*[A-Za-z0-9])?$/

/** One root collection as registered. */
export interface RootCollection {
  readonly id: string
  readonly path: string
}

/** Reads the registry with its `ns.*` imports (one level). What is wrong becomes issues. */
export async function readRootCollections(tree: FileTree, sink: Issue[]): Promise<readonly RootCollection[]> {
  const byId = new Map<string, string>()
  const idByPath = new Map<string, string>()
  const root = await readRegistry(tree, registryName, sink)
  if (root === undefined) return []

  const register = (file: string, parsed: SchemaFile, key: string, prefix: string, dir: string): void => {
    const issues = fileIssues(sink, file, { parsed })
    const id = prefix + key
    const declared = parsed.entries.get(key)
    if (!collectionId.test(id)) {
      issues.error('format/bad-id', `"${id}" is not a valid collection id.`, [key])
      return
    }
    const outcome = typeof declared === 'string' ? declaredPath(declared) : { refused: 'it must be text' }
    if ('refused' in outcome) {
      issues.error('format/bad-path', `The path of "${id}" is refused: ${outcome.refused}.`, [key])
      return
    }
    const path = joinPath(dir, outcome.path)
    if (byId.has(id)) {
      issues.error('format/bad-id', `The collection id "${id}" is declared twice; the first one counts.`, [
        key,
      ])
      return
    }
    const twin = idByPath.get(path)
    if (twin !== undefined) {
      issues.error('format/bad-path', `"${id}" has the same path as "${twin}".`, [key])
    }
    byId.set(id, path)
    idByPath.set(path, id)
  }

  for (const [key, declared] of root.entries) {
    if (!key.endsWith('.*')) {
      register(registryName, root, key, '', '')
      continue
    }
    const issues = fileIssues(sink, registryName, { parsed: root })
    const outcome = typeof declared === 'string' ? declaredPath(declared) : { refused: 'it must be text' }
    if ('refused' in outcome) {
      issues.error('format/bad-path', `The import "${key}" is refused: ${outcome.refused}.`, [key])
      continue
    }
    const file = joinPath(outcome.path, registryName)
    const imported = await readRegistry(tree, file, sink)
    if (imported === undefined || imported.entries.size === 0) {
      issues.error('format/bad-path', `The import "${key}" finds no collections in "${file}".`, [key])
      continue
    }
    for (const inner of imported.entries.keys()) {
      register(file, imported, inner, key.slice(0, -1), outcome.path)
    }
  }
  return [...byId].map(([id, path]) => ({ id, path }))
}

async function readRegistry(tree: FileTree, file: string, sink: Issue[]): Promise<SchemaFile | undefined> {
  const bytes = await tree.readFile(file)
  if (bytes === undefined) return undefined
  const parsed = parseSchemaFile(bytes)
  if (!('message' in parsed)) return parsed
  const { message, ...position } = parsed
  sink.push({
    code: 'format/syntax',
    severity: 'error',
    message: `The list of collections cannot be read: ${message}.`,
    file,
    ...position,
  })
  return undefined
}
