import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises'

/**
 * The few file system calls of the Node store, so that a test can fail or cut each of them: each is one small step,
 * and their order is the whole point.
 */
export interface NodeFiles {
  makeFolder(path: string): Promise<void>
  list(folder: string): Promise<readonly string[]>
  read(path: string): Promise<Uint8Array>
  sizeBytes(path: string): Promise<number>
  /** Creates or replaces the file; not durable before `syncFile`. */
  write(path: string, bytes: Uint8Array): Promise<void>
  /** Creates the file, with its content from the first moment; rejects with EEXIST when it is there. */
  create(path: string, bytes: Uint8Array): Promise<void>
  syncFile(path: string): Promise<void>
  /** Makes the folder's entries durable: files that were created, renamed or removed in it. */
  syncFolder(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
}

/** The real file system. */
export const nodeFiles: NodeFiles = {
  makeFolder: async (path) => void (await mkdir(path, { recursive: true })),
  list: (folder) => readdir(folder),
  async read(path) {
    const { buffer, byteOffset, byteLength } = await readFile(path)
    return new Uint8Array(buffer, byteOffset, byteLength) // plain: `slice` of a Buffer does not copy
  },
  sizeBytes: async (path) => (await stat(path)).size,
  write: (path, bytes) => writeFile(path, bytes),
  async create(path, bytes) {
    const temporary = `${path}.${randomUUID()}.tmp`
    await writeFile(temporary, bytes)
    try {
      await link(temporary, path)
    } finally {
      await unlink(temporary)
    }
  },
  // Windows flushes only through a handle that may write, and cannot flush folders (its renames are journalled).
  syncFile: (path) => sync(path, 'r+'),
  syncFolder: async (path) => {
    /* v8 ignore if -- @preserve: another platform */
    if (process.platform === 'win32') return
    await sync(path, 'r')
  },
  rename: (from, to) => rename(from, to),
  remove: (path) => unlink(path),
}

async function sync(path: string, flags: string): Promise<void> {
  const file = await open(path, flags)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The code of a file system error (`ENOENT` …), or ''. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** True when the disk, or the user's share of it, is full. */
export function isFull(error: unknown): boolean {
  return codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT'
}
