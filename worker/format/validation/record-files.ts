import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { joinPath } from '../file-path.ts'
import type { FileTree } from '../file-tree.ts'
import {
  folderTemplates,
  isKeyed,
  matchRecordFile,
  parentOfFolder,
  slotSegment,
  type FolderTemplate,
  type RecordFileMatch,
} from '../record-layout.ts'
import { compareText } from './compare-text.ts'

/** A file of records, by its path from the database root. */
export interface RecordFilePlace extends RecordFileMatch {
  readonly path: string
}

/** The record files of a collection in a tree, in the order of their paths. */
export async function listRecordFiles(
  tree: FileTree,
  definition: CollectionDefinition,
): Promise<readonly RecordFilePlace[]> {
  const { name } = definition.recordFile
  const depth = name.split('/').length - 1
  const files = new Map<string, RecordFilePlace>()
  for (const template of folderTemplates(definition)) {
    for (const folder of await instancesOf(tree, template)) {
      const paths = isKeyed(definition)
        ? await listFiles(tree, folder, depth)
        : (await isFile(tree, joinPath(folder, name)))
          ? [joinPath(folder, name)]
          : []
      for (const path of paths) {
        const match = matchRecordFile(definition, path)
        if (match) files.set(path, { ...match, path })
      }
    }
  }
  return [...files.values()].sort((a, b) => compareText(a.path, b.path))
}

/** The folders that a template stands for. */
async function instancesOf(tree: FileTree, template: FolderTemplate): Promise<readonly string[]> {
  let folders: readonly string[] = ['']
  for (const segment of template) {
    if (segment !== slotSegment) {
      folders = folders.map((folder) => joinPath(folder, segment))
      continue
    }
    const below = await Promise.all(
      folders.map((folder) => tree.list(folder).then((entries) => ({ folder, entries }))),
    )
    folders = below.flatMap(({ folder, entries }) =>
      (entries ?? []).flatMap(({ name, kind }) =>
        kind === 'dir' && parentOfFolder(name) !== undefined ? [joinPath(folder, name)] : [],
      ),
    )
  }
  return folders
}

/** Files exactly `depth` folders below a folder. */
async function listFiles(tree: FileTree, folder: string, depth: number): Promise<readonly string[]> {
  const files: string[] = []
  for (const { name, kind } of (await tree.list(folder)) ?? []) {
    const path = joinPath(folder, name)
    if (depth > 0 && kind === 'dir') files.push(...(await listFiles(tree, path, depth - 1)))
    else if (depth === 0 && kind === 'file') files.push(path)
  }
  return files
}

async function isFile(tree: FileTree, path: string): Promise<boolean> {
  return (await tree.readFile(path)) !== undefined
}
