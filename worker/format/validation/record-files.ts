import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { joinPath } from '../file-path.ts'
import type { FileTree } from '../file-tree.ts'
import { matchRecordPath } from '../record-keys.ts'
import { compareText } from './compare-text.ts'

/** A file of records. */
export interface RecordFilePlace {
  /** From the database root. */
  readonly path: string
  /** What leads the keys of its records: the keys of the parents with a slash each; '' in a root collection. */
  readonly prefix: string
  /** The own key of the one record that it holds; undefined for a file of many. */
  readonly key?: string
}

const slot = '{key}'

/** The record files of a collection in a tree, in the order of their paths. */
export async function listRecordFiles(
  tree: FileTree,
  definition: CollectionDefinition,
): Promise<readonly RecordFilePlace[]> {
  const { name, type } = definition.recordFile
  const files: RecordFilePlace[] = []
  for (const dir of [definition.recordsDir, ...(definition.otherRecordsDirs ?? [])]) {
    for (const { path: folder, prefix } of await instances(tree, dir)) {
      if (!name.includes(slot)) {
        const path = joinPath(folder, name)
        if ((await tree.readFile(path)) === undefined) continue
        const isSingle = type === 'map[string]any'
        files.push(isSingle ? { path, prefix, key: fixedKey(name) } : { path, prefix })
        continue
      }
      for (const relative of await listFiles(tree, folder, name.split('/').length - 1)) {
        const key = matchRecordPath(definition, relative)
        if (key !== undefined) files.push({ path: joinPath(folder, relative), prefix, key })
      }
    }
  }
  return files.sort((a, b) => compareText(a.path, b.path))
}

/** The folders that a path with `{key}` segments stands for. */
async function instances(
  tree: FileTree,
  dir: string,
): Promise<readonly { readonly path: string; readonly prefix: string }[]> {
  let found = [{ path: '', prefix: '' }]
  for (const segment of dir === '' ? [] : dir.split('/')) {
    if (segment !== slot) {
      found = found.map(({ path, prefix }) => ({ path: joinPath(path, segment), prefix }))
      continue
    }
    const below: typeof found = []
    for (const { path, prefix } of found) {
      for (const { name, kind } of (await tree.list(path)) ?? []) {
        if (kind !== 'dir' || name.startsWith('.') || name.startsWith('$')) continue
        below.push({ path: joinPath(path, name), prefix: `${prefix}${name.normalize('NFC')}/` })
      }
    }
    found = below
  }
  return found
}

/** Files exactly `depth` folders below a folder, relative to it. */
async function listFiles(tree: FileTree, folder: string, depth: number): Promise<readonly string[]> {
  const files: string[] = []
  for (const { name, kind } of (await tree.list(folder)) ?? []) {
    if (depth === 0) {
      if (kind === 'file') files.push(name)
    } else if (kind === 'dir') {
      for (const file of await listFiles(tree, joinPath(folder, name), depth - 1))
        files.push(`${name}/${file}`)
    }
  }
  return files
}

/** The key of a single record in a file with a fixed name: the name without its extension. */
function fixedKey(name: string): string {
  const base = name.slice(name.lastIndexOf('/') + 1)
  const dot = base.lastIndexOf('.')
  return (dot > 0 ? base.slice(0, dot) : base).normalize('NFC')
}
