import { createIndexes } from 'tinybase/indexes'
import { createQueries } from 'tinybase/queries'
import { createStore, type Row } from 'tinybase/store'
import { createIndexedDbPersister } from 'tinybase/persisters/persister-indexed-db'
import type { Item } from '../item.ts'
import type { DatabasePeer } from '../peer.ts'

const table = 'items'

/** TinyBase with its IndexedDB persister; durable means that `save()` has ended. */
export function createTinybasePeer(): DatabasePeer<Item> {
  const store = createStore()
  const persister = createIndexedDbPersister(store, 'bench')
  const indexes = createIndexes(store)
  const queries = createQueries(store)
  const price = (id: string): number => Number(store.getCell(table, id, 'price'))
  const row = (id: string): Row => store.getRow(table, id)
  const save = async (): Promise<void> => void (await persister.save())
  const put = (item: Item): void => {
    const { supplier, tags, ...scalars } = item
    store.setRow(table, item.id, { ...scalars, supplier: { ...supplier }, tags: [...tags] })
  }
  const byPrice = (): readonly string[] => indexes.getSliceRowIds('price', 'all')
  return {
    open: async () => {
      await persister.load()
      indexes.setIndexDefinition('category', table, 'category')
      indexes.setIndexDefinition('price', table, () => 'all', 'price')
    },
    input: (item) => item,
    insert: (item) => {
      put(item)
      return save()
    },
    insertMany: (items) => {
      store.transaction(() => items.forEach(put))
      return save()
    },
    get: async (id) => (store.hasRow(table, id) ? row(id) : undefined),
    getMany: async (ids) => ids.map(row),
    findByCategory: async (category) => indexes.getSliceRowIds('category', category).map(row),
    countByCategory: async (category) => indexes.getSliceRowIds('category', category).length,
    findByPrice: async (from, to, limit) => {
      // The index is a sorted list of ids; finding a place in it is the app's part.
      const ids = byPrice()
      let low = 0
      for (let high = ids.length; low < high;) {
        const middle = (low + high) >> 1
        if (price(ids[middle] ?? '') < from) low = middle + 1
        else high = middle
      }
      const found = ids.slice(low, low + limit)
      return found.filter((id) => price(id) <= to).map(row)
    },
    cheapest: async (limit) => byPrice().slice(0, limit).map(row),
    findByDescription: async (word) =>
      store
        .getRowIds(table)
        .filter((id) => String(store.getCell(table, id, 'description')).includes(word))
        .map(row),
    countPerCategory: async () =>
      new Map(
        indexes
          .getSliceIds('category')
          .map((category) => [category, indexes.getSliceRowIds('category', category).length]),
      ),
    all: async () => Object.values(store.getTable(table)),
    setStock: async (id, stock, durable) => {
      store.setCell(table, id, 'stock', stock)
      if (durable) await save()
    },
    watchCategory: async (category, listener) => {
      queries.setQueryDefinition('live', table, ({ select, where }) => {
        for (const column of ['id', 'category', 'name', 'price', 'stock', 'description']) select(column)
        where('category', category)
      })
      const rows = (): Row[] => Object.values(queries.getResultTable('live'))
      const id = queries.addResultTableListener('live', () => listener(rows()))
      listener(rows())
      return () => queries.delListener(id)
    },
    settled: save,
    close: async () => void (await persister.destroy()),
  }
}
