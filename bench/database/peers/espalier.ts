import type { Collection, Database } from '../../../src/index.ts'
import { storedParts } from '../espalier-parts.ts'
import type { Item } from '../item.ts'
import type { DatabasePeer } from '../peer.ts'

type Fields = Omit<Item, 'id'>
type Input = Fields & { readonly $id: string }

/** What both columns open with. */
export const options = { author: { name: 'Bench', email: 'bench@example.com' }, history: 'full' } as const

/** Ours. `openDatabase`: over the prebuilt worker, or over an engine in the same thread. */
export function createEspalierPeer(
  openDatabase: (url: string) => Promise<Database<{ items: Fields }>>,
): DatabasePeer<Input> {
  let opened: Database<{ items: Fields }> | undefined
  const db = (): Database<{ items: Fields }> => {
    if (opened === undefined) throw new Error('Open the database first')
    return opened
  }
  const items = (): Collection<Fields> => db().collection('items')
  return {
    open: async ({ url }) => {
      opened = await openDatabase(url)
    },
    input: ({ id, ...fields }) => ({ $id: id, ...fields }),
    insert: async (row) => void (await items().insert(row)),
    insertMany: async (rows) => void (await items().insertMany(rows)),
    get: (id) => items().get(id),
    getMany: async (ids) => (await items().getMany(ids)).filter((row) => row !== undefined),
    findByCategory: async (category) => items().find({ where: { category } }),
    countByCategory: async (category) => items().count({ where: { category } }),
    findByPrice: async (from, to, limit) =>
      items().find({ where: { price: { between: [from, to] } }, orderBy: 'price', limit }),
    cheapest: async (limit) => items().find({ orderBy: 'price', limit }),
    findByDescription: async (word) => items().find({ where: { description: { contains: word } } }),
    countPerCategory: async () => {
      const groups = await items().aggregate({ groupBy: 'category', count: true })
      return new Map(groups.map(({ category, count }) => [String(category), count]))
    },
    all: () => items().all(),
    setStock: async (id, stock) => void (await items().update(id, { stock })),
    watchCategory: async (category, listener) =>
      items()
        .find({ where: { category } })
        .subscribe(({ rows }) => listener(rows), fail),
    settled: () => db().settled(),
    commit: async () => void (await db().commit({ message: 'Change the items' })),
    compact: () => db().compact(),
    idle: () => new Promise((resolve) => setTimeout(resolve, idleMs)),
    storedParts,
    bundle: () => db().exportBundle(),
    close: () => db().close(),
  }
}

/** Parsed records are kept for the next opening five seconds after the last work. */
const idleMs = 6500

/** A subscription that ends with an error ends the run: nobody waits for it. */
function fail(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
