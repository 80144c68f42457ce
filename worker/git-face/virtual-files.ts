/** Files in memory over files that are read when somebody asks: every write stays here. */
export interface VirtualFiles {
  /** A file that is there before the first write. */
  seed(path: string, load: () => Promise<Uint8Array> | Uint8Array): void
  kind(path: string): 'file' | 'folder' | null
  /** Rejects with ENOENT, EISDIR. */
  read(path: string): Promise<Uint8Array>
  write(path: string, bytes: Uint8Array): void
  remove(path: string): void
  rename(from: string, to: string): void
  makeFolder(path: string): void
  removeFolder(path: string): void
  list(path: string): readonly string[]
  /** When the entry was last written, counted in writes. */
  version(path: string): number
  sizeBytes(path: string): Promise<number>
  /** Files below a folder, and whether each was written since it was seeded. */
  below(folder: string): readonly { readonly path: string; readonly isNew: boolean }[]
}

interface Entry {
  load: () => Promise<Uint8Array> | Uint8Array
  readonly isNew: boolean
  readonly version: number
}

/** An empty file system with its root folder. */
export function createVirtualFiles(): VirtualFiles {
  const files = new Map<string, Entry>()
  const folders = new Set<string>(['/'])
  let writes = 0

  function makeFolders(path: string): void {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
      folders.add(path.slice(0, at))
  }

  function put(path: string, load: Entry['load'], isNew: boolean): void {
    files.set(path, { load, isNew, version: ++writes })
  }

  function found(path: string): Entry {
    const entry = files.get(path)
    if (entry) return entry
    throw fileError(folders.has(path) ? 'EISDIR' : 'ENOENT', path)
  }

  function checkParent(path: string): void {
    const parent = path.slice(0, path.lastIndexOf('/')) || '/'
    if (!folders.has(parent)) throw fileError(files.has(parent) ? 'ENOTDIR' : 'ENOENT', path)
  }

  const childrenOf = (path: string): ReadonlySet<string> => {
    const prefix = path === '/' ? '/' : `${path}/`
    const names = new Set<string>()
    for (const known of [...files.keys(), ...folders]) {
      if (known.startsWith(prefix) && known !== '/')
        names.add(known.slice(prefix.length).split('/', 1)[0] as string) // split gives one at least
    }
    return names
  }

  return {
    seed(path, load) {
      makeFolders(path)
      put(path, load, false)
    },
    kind: (path) => (files.has(path) ? 'file' : folders.has(path) ? 'folder' : null),
    read: async (path) => found(path).load(),
    write(path, bytes) {
      checkParent(path)
      if (folders.has(path)) throw fileError('EISDIR', path)
      const copy = bytes.slice()
      put(path, () => copy, true)
    },
    remove(path) {
      found(path)
      files.delete(path)
    },
    rename(from, to) {
      const { load } = found(from)
      checkParent(to)
      files.delete(from)
      put(to, load, true)
    },
    makeFolder(path) {
      if (files.has(path) || folders.has(path)) throw fileError('EEXIST', path)
      checkParent(path)
      folders.add(path)
    },
    removeFolder(path) {
      if (!folders.has(path)) throw fileError(files.has(path) ? 'ENOTDIR' : 'ENOENT', path)
      if (path === '/' || childrenOf(path).size > 0) throw fileError('ENOTEMPTY', path)
      folders.delete(path)
    },
    list(path) {
      if (!folders.has(path)) throw fileError(files.has(path) ? 'ENOTDIR' : 'ENOENT', path)
      return [...childrenOf(path)]
    },
    version: (path) => files.get(path)?.version ?? 0,
    sizeBytes: async (path) => (await found(path).load()).byteLength,
    below: (folder) =>
      [...files].flatMap(([path, { isNew }]) => (path.startsWith(`${folder}/`) ? [{ path, isNew }] : [])),
  }
}

/** An error as Node's `fs` throws it: git libraries look at `code`. */
export function fileError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}
