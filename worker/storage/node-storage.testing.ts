import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type NodeFiles, nodeFiles } from './node-files.ts'
import type { Processes } from './node-processes.ts'

/** Runs work in a temporary folder. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'espalier-storage-'))
  try {
    return await work(join(folder, 'db'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A process of its own; it counts as dead for everybody when `alive` says so. */
export function processOf(pid: number, alive: ReadonlySet<number>): Processes {
  return {
    self: async () => ({ pid, started: null }),
    isAlive: async (id) => alive.has(id.pid),
  }
}

/**
 * How the k-th file system call goes wrong. `fail`, `full`: it alone fails. `crash`: the process dies there; a write
 * is torn in the middle. `crash-after`: it dies right after the call. `power`: the machine dies after the call, and
 * what was not flushed is lost: contents, and the names that were made, moved or removed. `forgotten` makes a flush
 * do nothing, to show that the loss is noticed.
 */
export type FileFault = 'fail' | 'full' | 'crash' | 'crash-after' | 'power'

export interface FaultyFiles extends NodeFiles {
  readonly calls: readonly string[]
  /** Did the fault happen, and is the process dead now? */
  readonly isDead: boolean
  /** Loses what a power cut loses; call it once the fault happened. */
  losePower(): Promise<void>
}

export function faultyFiles(k: number, how: FileFault, forgotten?: 'syncFile' | 'syncFolder'): FaultyFiles {
  const calls: string[] = []
  const undo: { readonly path: string; readonly lose: () => Promise<void> }[] = []
  let isDead = false

  async function call<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (isDead) throw fault('EIO', name)
    const n = calls.push(name)
    if (n !== k) return work()
    if (how === 'fail' || how === 'full') throw fault(how === 'fail' ? 'EIO' : 'ENOSPC', name)
    isDead = true
    if (how !== 'crash') await work()
    throw fault('EIO', name)
  }

  async function content(path: string): Promise<Uint8Array | null> {
    return nodeFiles.read(path).catch(() => null)
  }

  function settle(path: string): void {
    for (let i = undo.length - 1; i >= 0; i--) if (undo[i]?.path === path) undo.splice(i, 1)
  }

  async function put(path: string, bytes: Uint8Array, write: () => Promise<void>): Promise<void> {
    const torn = how === 'crash' && calls.length === k - 1
    const old = await content(path)
    if (torn) await writeFile(path, bytes.subarray(0, bytes.length / 2))
    await call('write', write)
    undo.push({ path, lose: () => truncate(path, Math.floor(bytes.length / 2)) })
    if (!old) undo.push({ path: dirname(path), lose: () => nodeFiles.remove(path).catch(() => {}) })
  }

  return {
    calls,
    get isDead() {
      return isDead
    },
    makeFolder: (path) => call('makeFolder', () => nodeFiles.makeFolder(path)),
    list: (path) => call('list', () => nodeFiles.list(path)),
    read: (path) => call('read', () => nodeFiles.read(path)),
    sizeBytes: (path) => call('sizeBytes', () => nodeFiles.sizeBytes(path)),
    write: (path, bytes) => put(path, bytes, () => nodeFiles.write(path, bytes)),
    create: (path, bytes) => call('create', () => nodeFiles.create(path, bytes)),
    async syncFile(path) {
      await call('syncFile', () => nodeFiles.syncFile(path))
      if (forgotten !== 'syncFile') settle(path)
    },
    async syncFolder(path) {
      await call('syncFolder', () => nodeFiles.syncFolder(path))
      if (forgotten !== 'syncFolder') settle(path)
    },
    async rename(from, to) {
      undo.push({
        path: dirname(to),
        lose: () => nodeFiles.rename(to, from).catch(() => {}),
      })
      await call('rename', () => nodeFiles.rename(from, to))
    },
    async remove(path) {
      const old = await content(path)
      if (old) undo.push({ path: dirname(path), lose: () => nodeFiles.write(path, old) })
      await call('remove', () => nodeFiles.remove(path))
    },
    async losePower() {
      for (const { lose } of undo.toReversed()) await lose().catch(() => {})
    },
  }
}

function fault(code: string, name: string): Error {
  return Object.assign(new Error(`${code}: injected at ${name}`), { code })
}
