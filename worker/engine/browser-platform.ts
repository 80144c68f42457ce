import { openIdbDerived } from '../storage/idb-derived.ts'
import { openIdbStorage } from '../storage/idb-storage.ts'
import { createWebLock } from '../storage/lock.ts'
import type { Announcer, Platform } from './platform.ts'

/** A browser's dedicated worker: IndexedDB, Web Locks, BroadcastChannel. */
export function createBrowserPlatform(): Platform {
  return {
    environment: 'browser',
    hasStorage: hasDatabase,
    openStorage: openIdbStorage,
    openDerived: (repository) => openIdbDerived(repository),
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

async function hasDatabase(name: string): Promise<boolean> {
  try {
    // Firefox learnt `databases()` late (126).
    const databases = await indexedDB.databases?.()
    return databases === undefined || databases.some((database) => database.name === name)
  } catch {
    // Opening it is what tells, and what explains.
    return true
  }
}

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
