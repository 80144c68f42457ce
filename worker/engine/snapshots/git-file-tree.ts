import type { FileTree, FileTreeEntry } from '../../format/file-tree.ts'
import type { ObjectReader } from '../../git/objects/object.ts'
import type { Oid } from '../../git/objects/oid.ts'
import { checkEntryName } from '../../git/objects/path-safety.ts'
import { findPath } from '../../git/trees/tree-walk.ts'
import { isTreeMode, parseTree, treeMode } from '../../git/trees/tree.ts'

/** The files of one commit, for the rooms that know of files but not of git. */
export function createGitFileTree(reader: ObjectReader, root: Oid): FileTree {
  return {
    readFile: async (path) => {
      const entry = await findPath(reader, root, path)
      if (!entry || !isFileMode(entry.mode)) return undefined
      return (await reader.read(entry.oid)).bytes
    },
    list: async (dir) => {
      const entry = await findPath(reader, root, dir)
      if (!entry || !isTreeMode(entry.mode)) return undefined
      const entries: FileTreeEntry[] = []
      for (const { name, mode } of parseTree((await reader.read(entry.oid)).bytes)) {
        if (checkEntryName(name) !== null) continue // hostile names are never followed
        if (isTreeMode(mode)) entries.push({ name, kind: 'dir' })
        else if (isFileMode(mode)) entries.push({ name, kind: 'file' })
      }
      return entries
    },
  }
}

/** Symbolic links and submodules hold no records. */
export function isFileMode(mode: number): boolean {
  return mode === treeMode.file || mode === treeMode.executable
}
