import { Dexie, liveQuery, type EntityTable } from 'dexie'
import type { Item } from '../item.ts'
import type { DatabasePeer } from '../peer.ts'

type BenchDexie = Dexie & { items: EntityTable<Item, 'id'> }

export function createDexiePeer(): DatabasePeer<Item> {
  const db = new Dexie('bench') as BenchDexie // `stores` below declares the table
  db.version(1).stores({ items: 'id, category, price' })
  return {
    open: async () => void (await db.open()),
    input: (item) => item,
    insert: async (item) => void (await db.items.add(item)),
    insertMany: async (items) => void (await db.items.bulkPut(items)),
    get: (id) => db.items.get(id),
    getMany: async (ids) => (await db.items.bulkGet([...ids])).filter((item) => item !== undefined),
    findByCategory: (category) => db.items.where('category').equals(category).toArray(),
    countByCategory: (category) => db.items.where('category').equals(category).count(),
    findByPrice: (from, to, limit) =>
      db.items.where('price').between(from, to, true, true).limit(limit).toArray(),
    cheapest: (limit) => db.items.orderBy('price').limit(limit).toArray(),
    findByDescription: (word) => db.items.filter(({ description }) => description.includes(word)).toArray(),
    countPerCategory: async () => {
      // Keys of the index only: no records are read.
      const counts = new Map<string, number>()
      for (const category of await db.items.orderBy('category').keys()) {
        counts.set(String(category), (counts.get(String(category)) ?? 0) + 1)
      }
      return counts
    },
    all: () => db.items.toArray(),
    setStock: async (id, stock) => void (await db.items.update(id, { stock })),
    watchCategory: async (category, listener) => {
      const watched = liveQuery(() => db.items.where('category').equals(category).toArray())
      const subscription = watched.subscribe(listener)
      return () => subscription.unsubscribe()
    },
    settled: async () => {},
    close: async () => db.close(),
  }
}
