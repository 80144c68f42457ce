import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import { explain } from './idb-connection.ts'
import { ended } from './idb-ended.ts'
import type { Registry, RegistryRow } from './registry.ts'

interface RegistrySchema extends DBSchema {
  databases: { key: string; value: RegistryRow }
}

/** The IndexedDB version of a registry. */
const registryVersion = 1

/**
 * A registry in a small IndexedDB database of its own. It is opened for each call: calls are rare, and no handle can
 * die in a background tab, or keep another version of this library from opening it.
 */
export function openIdbRegistry(name: string): Registry {
  const use = async <T>(work: (db: IDBPDatabase<RegistrySchema>) => Promise<T>): Promise<T> => {
    try {
      const db = await openDB<RegistrySchema>(name, registryVersion, {
        upgrade: (created) => void created.createObjectStore('databases', { keyPath: 'id' }),
        blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(), // the raw database
      })
      try {
        return await work(db)
      } finally {
        db.close()
      }
    } catch (error) {
      throw explain(name, error)
    }
  }

  return {
    all: () => use((db) => db.getAll('databases')),
    get: (id) => use(async (db) => (await db.get('databases', id))?.value),
    update: (id, change, durability = 'relaxed') =>
      use(async (db) => {
        const tx = db.transaction('databases', 'readwrite', { durability })
        tx.done.catch(() => {}) // `ended` tells
        const before = await tx.store.get(id)
        let value: unknown
        try {
          value = change(before?.value)
        } catch (error) {
          tx.abort()
          throw error
        }
        await ended(tx, [value === undefined ? tx.store.delete(id) : tx.store.put({ id, value })])
        return value
      }),
  }
}
