import { connectInProcess } from '../../src/client/connection.ts'
import type { Database } from '../../src/client/database.ts'
import { createDatabases, type Databases } from '../../src/client/databases.ts'
import { openOver, type OpenOptions } from '../../src/open.ts'
import { createNodeEngine, createNodeTabs, type NodeEngineOptions } from '../../worker/node-engine.ts'
import { openIdbRegistry } from '../../worker/storage/idb-registry.ts'
import { deleteIdbStorage, openIdbStorage } from '../../worker/storage/idb-storage.ts'
import { createMemoryRegistry } from '../../worker/storage/memory-registry.ts'
import {
  createMemoryDisk,
  createMemoryStorage,
  type MemoryDisk,
} from '../../worker/storage/memory-storage.ts'
import type { Registry } from '../../worker/storage/registry.ts'
import type { Storage } from '../../worker/storage/storage.ts'
import { author } from './world.ts'

/** A browser of the test's making: stores, registries and locks that its tabs share. */
export interface TestBrowser {
  open(url: string, options?: OpenOptions): Promise<Database>
  databases(namespace?: string): Databases
  /** As the browser does when it is short of room, or a user who clears data. */
  evict(id: string): Promise<void>
  readonly parts: NodeEngineOptions
}

function createBrowser(parts: NodeEngineOptions, evict: (id: string) => Promise<void>): TestBrowser {
  const shared: NodeEngineOptions = { tabs: createNodeTabs(), ...parts }
  return {
    open: (url, options = {}) =>
      openOver(connectInProcess(createNodeEngine(shared)), url, { author, ...options }),
    databases: (namespace = 'espalier') => {
      const connection = connectInProcess(createNodeEngine(shared))
      return createDatabases((call) => connection.call((engine) => call(engine.databases)), namespace)
    },
    evict,
    parts: shared,
  }
}

/** Everything in memory. `wrap` may break a store, `wrapRegistry` the registry. */
export function createMemoryBrowser(
  wrap: (storage: Storage) => Storage = (storage) => storage,
  wrapRegistry: (registry: Registry) => Registry = (registry) => registry,
): TestBrowser & { readonly disks: Map<string, MemoryDisk> } {
  const disks = new Map<string, MemoryDisk>()
  const registries = new Map<string, Registry>()
  const browser = createBrowser(
    {
      openStorage: async (id) => {
        const disk = disks.get(id) ?? createMemoryDisk()
        disks.set(id, disk)
        return wrap(createMemoryStorage(disk))
      },
      stores: {
        storages: async () => ({ has: (id) => disks.has(id), names: [...disks.keys()] }),
        deleteStorage: async (id) => void disks.delete(id),
      },
      registry: (namespace) => {
        const registry = registries.get(namespace) ?? createMemoryRegistry()
        registries.set(namespace, registry)
        return wrapRegistry(registry)
      },
    },
    async (id) => void disks.delete(id),
  )
  return { ...browser, disks }
}

/** Over IndexedDB (fake-indexeddb in Node). */
export function createIdbBrowser(): TestBrowser {
  return createBrowser(
    {
      openStorage: openIdbStorage,
      stores: {
        storages: async () => {
          const names = (await indexedDB.databases()).flatMap(({ name }) => name ?? [])
          return { has: (id) => names.includes(id), names }
        },
        deleteStorage: deleteIdbStorage,
      },
      registry: (namespace) => openIdbRegistry(`espalier:${namespace}`),
    },
    deleteIdbStorage,
  )
}
