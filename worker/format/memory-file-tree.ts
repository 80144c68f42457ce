import type { FileTree, FileTreeEntry } from './file-tree.ts'

/** A file tree over a map of path → text or bytes; for tests and small embedded databases. */
export function createMemoryFileTree(files: { readonly [path: string]: string | Uint8Array }): FileTree {
  const byPath = new Map(Object.entries(files))
  return {
    readFile(path) {
      const content = byPath.get(path)
      return Promise.resolve(typeof content === 'string' ? new TextEncoder().encode(content) : content)
    },
    list(dir) {
      const prefix = dir === '' ? '' : `${dir}/`
      const entries = new Map<string, FileTreeEntry>()
      for (const path of byPath.keys()) {
        if (!path.startsWith(prefix)) continue
        const [name = '', ...rest] = path.slice(prefix.length).split('/')
        entries.set(name, { name, kind: rest.length === 0 ? 'file' : 'dir' })
      }
      return Promise.resolve(entries.size === 0 && dir !== '' ? undefined : [...entries.values()])
    },
  }
}
