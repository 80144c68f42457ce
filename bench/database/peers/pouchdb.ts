import PouchDB, { type PouchDatabase } from 'pouchdb-browser'
import find from 'pouchdb-find'
import type { Item } from '../item.ts'
import type { DatabasePeer } from '../peer.ts'

PouchDB.plugin(find)

type Document = Omit<Item, 'id'> & { readonly _id: string }

/** PouchDB on IndexedDB with pouchdb-find. */
export function createPouchdbPeer(): DatabasePeer<Document> {
  let db: PouchDatabase<Document> | undefined
  let everything = 0
  const opened = (): PouchDatabase<Document> => {
    if (db === undefined) throw new Error('Open the database first')
    return db
  }
  const find = async (
    selector: object,
    options: { readonly sort?: string[]; readonly limit?: number; readonly fields?: string[] } = {},
  ): Promise<readonly Document[]> => (await opened().find({ selector, limit: everything, ...options })).docs
  const allDocs = async (keys?: readonly string[]): Promise<readonly Document[]> => {
    const { rows } = await opened().allDocs({ include_docs: true, ...(keys === undefined ? {} : { keys }) })
    // Its own index definitions are documents too.
    return rows.flatMap((row) => (row.doc && !row.doc._id.startsWith('_') ? row.doc : []))
  }
  const findByCategory = (category: string): Promise<readonly Document[]> => find({ category })
  return {
    open: async ({ count }) => {
      // Unless told a limit, `find` answers 25.
      everything = count + 1000
      db = new PouchDB('bench')
      await db.createIndex({ index: { fields: ['category'] } })
      await db.createIndex({ index: { fields: ['price'] } })
    },
    input: ({ id, ...fields }) => ({ _id: id, ...fields }),
    insert: async (document) => void (await opened().put(document)),
    insertMany: async (documents) => {
      const answers = await opened().bulkDocs([...documents])
      const refused = answers.filter((answer) => 'error' in answer)
      if (refused.length > 0) throw new Error(`PouchDB refused ${refused.length} documents`)
    },
    get: (id) => opened().get(id),
    getMany: allDocs,
    findByCategory,
    countByCategory: async (category) => (await find({ category }, { fields: ['_id'] })).length,
    findByPrice: (from, to, limit) => find({ price: { $gte: from, $lte: to } }, { sort: ['price'], limit }),
    cheapest: (limit) => find({ price: { $gte: 0 } }, { sort: ['price'], limit }),
    findByDescription: (word) => find({ description: { $regex: word } }),
    countPerCategory: async () => {
      const counts = new Map<string, number>()
      for (const { category } of await allDocs()) counts.set(category, (counts.get(category) ?? 0) + 1)
      return counts
    },
    all: () => allDocs(),
    setStock: async (id, stock) => {
      const document = await opened().get(id)
      await opened().put({ ...document, stock })
    },
    // Its changes feed tells which document changed; running the query again is the app's part.
    watchCategory: async (category, listener) => {
      listener(await findByCategory(category))
      const changes = opened().changes({ since: 'now', live: true, include_docs: true })
      changes.on('change', ({ doc }) => {
        if (doc?.category === category) void findByCategory(category).then(listener)
      })
      return () => changes.cancel()
    },
    settled: async () => {},
    close: () => opened().close(),
  }
}
