import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../src/protocol/engine.ts'
import { isEspalierError } from '../src/protocol/errors.ts'
import { createEngine } from './engine/engine.ts'
import { createParts, type EnginePlugin } from './engine/platform/plugins.ts'
import type { Announcer, Platform } from './engine/platform/platform.ts'
import { extras } from './extras.ts'
import { givenExtras } from './format/extras.ts'
import { ajv } from './plugins/ajv.ts'
import { search } from './plugins/search.ts'
import { createLocalLock, type RepositoryLock } from './storage/lock.ts'
import { createMemoryRegistry } from './storage/memory-registry.ts'
import { createMemoryStorage } from './storage/memory-storage.ts'
import { createNodeFetch } from './remote/node-fetch.ts'
import type { DerivedStore } from './storage/derived-store.ts'
import { openNodeRegistry } from './storage/node-registry.ts'
import { openNodeStorage } from './storage/node-storage.ts'
import type { Registry } from './storage/registry.ts'
import type { Storage } from './storage/storage.ts'

/** Where a Node process keeps its databases. */
export interface NodeEngineOptions {
  /** A folder for durable databases; without one they live in memory. */
  readonly folder?: string
  /** Opens the storage of a repository instead: for tests that watch or break it. */
  readonly openStorage?: (repository: string) => Promise<Storage>
  /** Keeps parsed records between openings, as a browser does. */
  readonly openDerived?: (repository: string) => DerivedStore
  /** Which of these there are, and how they are deleted. */
  readonly stores?: Pick<Platform, 'storages' | 'deleteStorage'>
  /** Where databases are remembered; beside them in the folder, or in memory, unless given. */
  readonly registry?: (namespace: string) => Registry
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
  const memory = createMemoryRegistry()
  const memoryRegistry = (): Registry => memory
  const stores =
    options.stores ??
    (folder === undefined ? memoryStores(options.openStorage !== undefined) : folderStores(folder))
  const platform: Platform = {
    environment: 'node',
    answersStay: true,
    fetch: createNodeFetch((...args) => globalThis.fetch(...args)),
    hasStorage: async (repository) => (await stores.storages()).has(repository),
    ...stores,
    registry: options.registry ?? (folder === undefined ? memoryRegistry : folderRegistry(folder)),
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
  return createEngine(
    platform,
    createParts(givenExtras(extras), [ajv(), search(), ...(options.plugins ?? [])]),
  )
}

function after(delayMs: number, task: () => void): () => void {
  const timer = setTimeout(task, delayMs)
  timer.unref()
  return () => clearTimeout(timer)
}

/** Databases in memory end with whoever has them open: there is nothing to find or to delete. */
function memoryStores(has: boolean): Pick<Platform, 'storages' | 'deleteStorage'> {
  return { storages: async () => ({ has: () => has, names: [] }), deleteStorage: async () => {} }
}

/** One folder per database. Their names cannot be read back from them: the registry knows them. */
function folderStores(folder: string): Pick<Platform, 'storages' | 'deleteStorage'> {
  const pathOf = (repository: string): string => join(folder, folderName(repository))
  return {
    storages: async () => ({ has: (repository) => existsSync(pathOf(repository)), names: [] }),
    deleteStorage: async (repository) => {
      if (!existsSync(pathOf(repository))) return
      // Opening it takes the lock that other processes would hold; it goes with the folder.
      const storage = await openNodeStorage(pathOf(repository)).catch(unlessLocked)
      await rm(pathOf(repository), { recursive: true, force: true })
      await storage?.close().catch(() => {}) // its lock file is gone
    },
  }
}

/** What cannot be read can be deleted, but not what somebody has open. */
function unlessLocked(error: unknown): undefined {
  if (isEspalierError(error, 'storage/locked')) throw error
}

function folderRegistry(folder: string): (namespace: string) => Registry {
  return (namespace) => openNodeRegistry(join(folder, 'registry', folderName(namespace)))
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
