import { createRxDatabase, type RxCollection, type RxDatabase } from 'rxdb/plugins/core'
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import type { Item } from '../item.ts'
import { priceLimit } from '../item.ts'
import type { DatabasePeer } from '../peer.ts'

const schema = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 20 },
    sku: { type: 'string' },
    name: { type: 'string' },
    category: { type: 'string', maxLength: 20 },
    price: { type: 'number', minimum: 0, maximum: priceLimit, multipleOf: 0.01 },
    stock: { type: 'integer' },
    active: { type: 'boolean' },
    rating: { type: 'number' },
    unit: { type: 'string' },
    created: { type: 'string' },
    supplier: { type: 'object' },
    tags: { type: 'array', items: { type: 'string' } },
    description: { type: 'string' },
  },
  required: ['id', 'category', 'price'],
  indexes: ['category', 'price'],
} as const

/** RxDB with its free storage on IndexedDB, without its development mode and schema validation. */
export function createRxdbPeer(): DatabasePeer<Item> {
  let db: RxDatabase<{ items: RxCollection<Item> }> | undefined
  const items = (): RxCollection<Item> => {
    if (db === undefined) throw new Error('Open the database first')
    return db.items
  }
  return {
    open: async () => {
      db = await createRxDatabase<{ items: RxCollection<Item> }>({
        name: 'bench',
        storage: getRxStorageDexie(),
        multiInstance: false,
        eventReduce: true,
      })
      await db.addCollections({ items: { schema } })
    },
    // It changes what it is given.
    input: (item) => structuredClone(item),
    insert: async (item) => void (await items().insert(item)),
    insertMany: async (rows) => {
      const { error } = await items().bulkInsert([...rows])
      if (error.length > 0) throw new Error(`RxDB refused ${error.length} records`)
    },
    get: async (id) => (await items().findOne(id).exec()) ?? undefined,
    getMany: async (ids) => {
      const found = await items()
        .findByIds([...ids])
        .exec()
      return ids.flatMap((id) => found.get(id) ?? [])
    },
    findByCategory: (category) => items().find({ selector: { category } }).exec(),
    countByCategory: (category) => items().count({ selector: { category } }).exec(),
    findByPrice: (from, to, limit) =>
      items()
        .find({ selector: { price: { $gte: from, $lte: to } }, sort: [{ price: 'asc' }], limit })
        .exec(),
    cheapest: (limit) =>
      items()
        .find({ sort: [{ price: 'asc' }], limit })
        .exec(),
    findByDescription: (word) =>
      items()
        .find({ selector: { description: { $regex: word } } })
        .exec(),
    countPerCategory: async () => {
      const counts = new Map<string, number>()
      for (const { category } of await items().find().exec())
        counts.set(category, (counts.get(category) ?? 0) + 1)
      return counts
    },
    all: () => items().find().exec(),
    setStock: async (id, stock) => {
      const row = await items().findOne(id).exec()
      if (row === null) throw new Error(`No record ${id}`)
      await row.incrementalPatch({ stock })
    },
    watchCategory: async (category, listener) => {
      const subscription = items()
        .find({ selector: { category } })
        .$.subscribe((rows) => listener(rows))
      return () => subscription.unsubscribe()
    },
    settled: async () => {},
    close: async () => void (await db?.close()),
  }
}
