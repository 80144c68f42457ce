import { fileError, type VirtualFiles } from './virtual-files.ts'

/** What LightningFS asks of a backend (its README, "backend"; its own ones are duck-typed as well). */
export interface LightningBackend {
  /** LightningFS calls it after every change. Nothing is saved here: the transaction at the end is. */
  saveSuperblock(): void
  readFile(path: string, options: { encoding?: string }): Promise<Uint8Array | string>
  writeFile(path: string, data: Uint8Array | string): Promise<void>
  unlink(path: string): Promise<void>
  readdir(path: string): Promise<readonly string[]>
  mkdir(path: string): Promise<void>
  rmdir(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  stat(path: string): Promise<BackendStat>
  lstat(path: string): Promise<BackendStat>
  readlink(path: string): Promise<never>
  symlink(target: string, path: string): Promise<never>
}

interface BackendStat {
  readonly type: 'file' | 'dir'
  readonly mode: number
  readonly size: number
  readonly ino: number
  readonly mtimeMs: number
}

/** A LightningFS backend over files in memory. */
export function createLightningBackend(files: VirtualFiles): LightningBackend {
  async function stat(path: string): Promise<BackendStat> {
    const kind = files.kind(path)
    if (kind === null) throw fileError('ENOENT', path)
    const version = files.version(path)
    if (kind === 'folder') return { type: 'dir', mode: 0o40777, size: 0, ino: version, mtimeMs: version }
    return { type: 'file', mode: 0o100666, size: await files.sizeBytes(path), ino: version, mtimeMs: version }
  }
  const noLinks = async (...paths: readonly string[]): Promise<never> => {
    throw fileError('EINVAL', paths.join(' → '))
  }

  return {
    saveSuperblock() {},
    async readFile(path, { encoding }) {
      const bytes = await files.read(path)
      return encoding === 'utf8' ? new TextDecoder().decode(bytes) : bytes.slice()
    },
    async writeFile(path, data) {
      files.write(path, typeof data === 'string' ? new TextEncoder().encode(data) : data)
    },
    unlink: async (path) => files.remove(path),
    readdir: async (path) => files.list(path),
    mkdir: async (path) => files.makeFolder(path),
    rmdir: async (path) => files.removeFolder(path),
    rename: async (from, to) => files.rename(from, to),
    stat,
    lstat: stat,
    readlink: noLinks,
    symlink: noLinks,
  }
}
