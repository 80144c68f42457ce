import {
  BTreeIndex,
  count,
  createCollection,
  createIndexedDB,
  createLiveQueryCollection,
  eq,
  gte,
  indexedDBCollectionOptions,
  like,
  lte,
  queryOnce,
  type Collection,
} from '@tanstack/db'
import type { Item } from '../item.ts'
import type { DatabasePeer } from '../peer.ts'

/** TanStack DB: everything in memory, kept in IndexedDB by its own collection type; two indexes. */
export function createTanstackPeer(): DatabasePeer<Item> {
  let collection: Collection<Item, string> | undefined
  let closeStore: (() => void) | undefined
  const items = (): Collection<Item, string> => {
    if (collection === undefined) throw new Error('Open the database first')
    return collection
  }
  const get = (id: string): Item | undefined => items().get(id)
  return {
    open: async () => {
      const db = await createIndexedDB({ name: 'bench', version: 1, stores: ['items'] })
      closeStore = () => db.close()
      const made = createCollection(
        indexedDBCollectionOptions<Item, string>({ db, name: 'items', getKey: ({ id }) => id }),
      )
      made.createIndex(({ category }) => category, { indexType: BTreeIndex })
      made.createIndex(({ price }) => price, { indexType: BTreeIndex })
      collection = made as unknown as Collection<Item, string> // the utilities that it has beside are not used here
      await made.preload()
    },
    input: (item) => item,
    insert: async (item) => void (await items().insert(item).isPersisted.promise),
    insertMany: async (rows) => void (await items().insert([...rows]).isPersisted.promise),
    get: async (id) => get(id),
    getMany: async (ids) => ids.flatMap((id) => get(id) ?? []),
    findByCategory: (category) =>
      queryOnce((q) => q.from({ item: items() }).where(({ item }) => eq(item.category, category))),
    countByCategory: async (category) => {
      const [group] = await queryOnce((q) =>
        q
          .from({ item: items() })
          .where(({ item }) => eq(item.category, category))
          .groupBy(({ item }) => item.category)
          .select(({ item }) => ({ category: item.category, count: count(item.id) })),
      )
      return group?.count ?? 0
    },
    findByPrice: (from, to, limit) =>
      queryOnce((q) =>
        q
          .from({ item: items() })
          .where(({ item }) => gte(item.price, from))
          .where(({ item }) => lte(item.price, to))
          .orderBy(({ item }) => item.price)
          .limit(limit),
      ),
    cheapest: (limit) =>
      queryOnce((q) =>
        q
          .from({ item: items() })
          .orderBy(({ item }) => item.price)
          .limit(limit),
      ),
    findByDescription: (word) =>
      queryOnce((q) => q.from({ item: items() }).where(({ item }) => like(item.description, `%${word}%`))),
    countPerCategory: async () => {
      const groups = await queryOnce((q) =>
        q
          .from({ item: items() })
          .groupBy(({ item }) => item.category)
          .select(({ item }) => ({ category: item.category, count: count(item.id) })),
      )
      return new Map(groups.map((group) => [group.category, group.count]))
    },
    all: async () => items().toArray,
    setStock: async (id, stock, durable) => {
      const transaction = items().update(id, (draft) => {
        Object.assign(draft, { stock })
      })
      if (durable) await transaction.isPersisted.promise
    },
    watchCategory: async (category, listener) => {
      const live = createLiveQueryCollection((q) =>
        q.from({ item: items() }).where(({ item }) => eq(item.category, category)),
      )
      await live.preload()
      const subscription = live.subscribeChanges(() => listener(live.toArray))
      listener(live.toArray)
      return () => subscription.unsubscribe()
    },
    settled: async () => {
      // Updates are stored in order: the last one's end is the end of all.
      const [id] = items().keys()
      const stock = id === undefined ? undefined : get(id)?.stock
      if (id === undefined || stock === undefined) return
      await items().update(id, (draft) => {
        Object.assign(draft, { stock: stock + 1 })
      }).isPersisted.promise
    },
    close: async () => {
      await items().cleanup()
      closeStore?.()
    },
  }
}
