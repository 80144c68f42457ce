import { deleteIdbDerived, openIdbDerived } from '../../storage/idb-derived.ts'
import { openIdbRegistry } from '../../storage/idb-registry.ts'
import { deleteIdbStorage, openIdbStorage } from '../../storage/idb-storage.ts'
import { createWebLock } from '../../storage/lock.ts'
import { registryName, type Announcer, type Platform, type StorageNames } from './platform.ts'

/** A browser's dedicated worker: IndexedDB, Web Locks, BroadcastChannel. */
export function createBrowserPlatform(): Platform {
  return {
    environment: 'browser',
    hasStorage: async (name) => (await listDatabases()).has(name),
    openStorage: openIdbStorage,
    openDerived: (repository) => openIdbDerived(repository),
    deleteStorage: async (repository) => {
      await deleteIdbStorage(repository)
      await deleteIdbDerived(repository)
    },
    storages: listDatabases,
    registry: (namespace) => openIdbRegistry(registryName(namespace)),
    lock: createWebLock,
    announcer: createChannelAnnouncer,
    persisted: async () => (await navigator.storage?.persisted?.()) ?? null,
    whenIdle: (task) => after(idleDelayMs, task),
    after,
  }
}

function after(delayMs: number, task: () => void): () => void {
  const timer = setTimeout(task, delayMs)
  return () => clearTimeout(timer)
}

/** Workers have no idle callback: a pause after the last write is near enough. */
const idleDelayMs = 5000

async function listDatabases(): Promise<StorageNames> {
  try {
    // Firefox learnt `databases()` late (126).
    const databases = await indexedDB.databases?.()
    if (databases === undefined) return anyName
    const names = new Set(databases.flatMap(({ name }) => name ?? []))
    return { has: (name) => names.has(name), names: [...names] }
  } catch {
    // Opening one is what tells, and what explains.
    return anyName
  }
}

const anyName: StorageNames = { has: () => true, names: [] }

function createChannelAnnouncer(repository: string): Announcer {
  const channel = new BroadcastChannel(repository)
  return {
    announce: (ref) => channel.postMessage(ref),
    listen: (listener) => {
      channel.addEventListener('message', ({ data }) => {
        if (typeof data === 'string') listener(data)
      })
    },
    close: () => channel.close(),
  }
}
