import { databases, open, type Database } from '../../src/index.ts'

/** What the tests of the list of databases call in the page. */
const list = {
  databases,
  db: undefined as Database | undefined,

  async open(url: string): Promise<void> {
    list.db = await open(url, { author: { name: 'Ada', email: 'ada@example.com' } })
  },

  use(): Database {
    if (!list.db) throw new Error('Open a database first')
    return list.db
  },

  /** As a browser that is short of room does. */
  async evict(name: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name)
      request.addEventListener('success', () => resolve())
      request.addEventListener('error', () => reject(request.error ?? new Error('not deleted')))
    })
  },

  async names(): Promise<readonly string[]> {
    return (await indexedDB.databases()).flatMap(({ name }) => name ?? []).sort()
  },
}

export type ListPage = typeof list

Object.assign(globalThis, { list })
