import { readdir, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileTree, FileTreeEntry } from '../../worker/format/file-tree.ts'

// Every read holds a file handle; systems allow some hundreds.
const maxOpenFiles = 64

/**
 * The files of a folder on this disk. Symbolic links are passed over, as in a commit, so nothing outside of the
 * folder is read; `.git` is not part of it. Folders are listed once: make a new tree to see changes.
 */
export async function createFolderTree(folder: string): Promise<FileTree> {
  const root = await realpath(folder)
  const lists = new Map<string, Promise<readonly FileTreeEntry[] | undefined>>()
  const inTurn = createGate(maxOpenFiles)

  const kindOf = async (path: string): Promise<FileTreeEntry['kind'] | undefined> => {
    if (path === '') return 'dir'
    const slash = path.lastIndexOf('/')
    const entries = await list(path.slice(0, Math.max(slash, 0)))
    return entries?.find(({ name }) => name === path.slice(slash + 1))?.kind
  }
  const readList = async (dir: string): Promise<readonly FileTreeEntry[] | undefined> => {
    if ((await kindOf(dir)) !== 'dir') return undefined
    const rows = await inTurn(() => readdir(join(root, dir), { withFileTypes: true }))
    return rows.flatMap((row): FileTreeEntry[] => {
      if (row.name.toLowerCase() === '.git') return []
      if (row.isDirectory()) return [{ name: row.name, kind: 'dir' }]
      return row.isFile() ? [{ name: row.name, kind: 'file' }] : []
    })
  }
  const list = (dir: string): Promise<readonly FileTreeEntry[] | undefined> => {
    const known = lists.get(dir) ?? readList(dir)
    lists.set(dir, known)
    return known
  }
  return {
    list,
    async readFile(path) {
      if ((await kindOf(path)) !== 'file') return undefined
      return inTurn(() => readFile(join(root, path)))
    },
  }
}

/** Lets so many tasks run at a time, the others in order of their coming. */
function createGate(places: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (task) => {
    if (running >= places) await new Promise<void>((resolve) => waiting.push(resolve))
    running++
    try {
      return await task()
    } finally {
      running--
      waiting.shift()?.()
    }
  }
}
