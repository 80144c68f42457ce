import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Engine } from '../src/protocol/engine.ts'
import { createEngine } from './engine/engine.ts'
import { createParts, type EnginePlugin } from './engine/plugins.ts'
import type { Announcer, Platform } from './engine/platform.ts'
import { extras } from './extras.ts'
import { givenExtras } from './format/extras.ts'
import { ajv } from './plugins/ajv.ts'
import { createLocalLock, type RepositoryLock } from './storage/lock.ts'
import { createMemoryStorage } from './storage/memory-storage.ts'
import type { DerivedStore } from './storage/derived-store.ts'
import { openNodeStorage } from './storage/node-storage.ts'
import type { Storage } from './storage/storage.ts'

/** Where a Node process keeps its databases. */
export interface NodeEngineOptions {
  /** A folder for durable databases; without one they live in memory. */
  readonly folder?: string
  /** Opens the storage of a repository instead: for tests that watch or break it. */
  readonly openStorage?: (repository: string) => Promise<Storage>
  /** Keeps parsed records between openings, as a browser does. */
  readonly openDerived?: (repository: string) => DerivedStore
  /** Told of each storage that the engine opens, and of its lock: `espalier/git` works on them as well. */
  readonly onStorage?: (opened: { readonly storage: Storage; readonly lock: RepositoryLock }) => void
  /** Further plug-ins; those of this package are built in. */
  readonly plugins?: readonly EnginePlugin[]
  /** Shared by engines that stand for tabs of one browser. */
  readonly tabs?: NodeTabs
}

/** What the tabs of one browser share, for engines in one process. */
export interface NodeTabs {
  lock(repository: string): RepositoryLock
  announcer(repository: string): Announcer
}

/** An engine in this process. */
export function createNodeEngine(options: NodeEngineOptions = {}): Engine {
  const { folder } = options
  const { lock, announcer } = options.tabs ?? createNodeTabs()
  const openStorage =
    options.openStorage ??
    (async (repository: string) =>
      folder === undefined ? createMemoryStorage() : openNodeStorage(join(folder, folderName(repository))))
  const platform: Platform = {
    environment: 'node',
    hasStorage: async () => folder !== undefined || options.openStorage !== undefined,
    openStorage: async (repository) => {
      const storage = await openStorage(repository)
      options.onStorage?.({ storage, lock: lock(repository) })
      return storage
    },
    ...(options.openDerived && { openDerived: options.openDerived }),
    lock,
    announcer,
    persisted: async () => null,
    whenIdle: (task) => after(1000, task),
    after,
  }
  return createEngine(platform, createParts(givenExtras(extras), [ajv(), ...(options.plugins ?? [])]))
}

function after(delayMs: number, task: () => void): () => void {
  const timer = setTimeout(task, delayMs)
  timer.unref()
  return () => clearTimeout(timer)
}

/** Locks and announcements between the engines that share them. */
export function createNodeTabs(): NodeTabs {
  const locks = new Map<string, RepositoryLock>()
  const listeners = new Map<string, Set<{ listener: (ref: string) => void; owner: object }>>()
  return {
    lock: (repository) => {
      const known = locks.get(repository) ?? createLocalLock()
      locks.set(repository, known)
      return known
    },
    announcer: (repository) => {
      const all = listeners.get(repository) ?? new Set()
      listeners.set(repository, all)
      const owner = {}
      return {
        announce: (ref) => {
          for (const entry of all) if (entry.owner !== owner) queueMicrotask(() => entry.listener(ref))
        },
        listen: (listener) => all.add({ listener, owner }),
        close: () => {
          for (const entry of all) if (entry.owner === owner) all.delete(entry)
        },
      }
    },
  }
}

/** A readable, unique and safe folder name for any address. */
function folderName(repository: string): string {
  const readable = repository.replaceAll(/[^\w.-]+/g, '-').slice(-60)
  return `${readable}-${createHash('sha256').update(repository).digest('hex').slice(0, 12)}`
}
