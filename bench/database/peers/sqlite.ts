import sqlite3InitModule, {
  type BindingSpec,
  type OpfsSAHPoolDatabase,
  type PreparedStatement,
} from '@sqlite.org/sqlite-wasm'
import { itemFields, type Item } from '../item.ts'
import type { DatabasePeer, PeerRow } from '../peer.ts'

const columns = ['id', ...itemFields] as const

/** SQLite's official WebAssembly build on OPFS (SAH pool), in this worker; nested values are columns of JSON text. */
export function createSqlitePeer(): DatabasePeer<Item> {
  let database: OpfsSAHPoolDatabase | undefined
  let selectOne: PreparedStatement | undefined
  const listeners = new Set<() => void>()
  const db = (): OpfsSAHPoolDatabase => {
    if (database === undefined) throw new Error('Open the database first')
    return database
  }
  const rows = (sql: string, bind: BindingSpec = []): PeerRow[] =>
    db().exec({ sql, bind, rowMode: 'object', returnValue: 'resultRows' })
  const findByCategory = (category: string): PeerRow[] =>
    rows('SELECT * FROM items WHERE category = ?', [category])
  const insertAll = (items: readonly Item[]): void => {
    db().transaction((transaction) => {
      const statement = transaction.prepare(
        `INSERT INTO items (${columns.join()}) VALUES (${columns.map(() => '?').join()})`,
      )
      try {
        for (const item of items) {
          const values = columns.map((column) => {
            const value = item[column]
            return typeof value === 'object' ? JSON.stringify(value) : value
          })
          statement.bind(values).stepReset()
        }
      } finally {
        statement.finalize()
      }
    })
  }
  return {
    open: async () => {
      const sqlite3 = await sqlite3InitModule()
      const pool = await sqlite3.installOpfsSAHPoolVfs({})
      database = new pool.OpfsSAHPoolDb('/bench.db')
      database.exec(`CREATE TABLE IF NOT EXISTS items (
        id TEXT PRIMARY KEY, sku TEXT, name TEXT, category TEXT, price REAL, stock INTEGER, active INTEGER,
        rating REAL, unit TEXT, created TEXT, supplier TEXT, tags TEXT, description TEXT);
        CREATE INDEX IF NOT EXISTS by_category ON items (category);
        CREATE INDEX IF NOT EXISTS by_price ON items (price)`)
    },
    input: (item) => item,
    insert: async (item) => insertAll([item]),
    insertMany: async (items) => insertAll(items),
    get: async (id) => {
      const statement = (selectOne ??= db().prepare('SELECT * FROM items WHERE id = ?'))
      try {
        return statement.bind([id]).step() ? statement.get({}) : undefined
      } finally {
        statement.reset()
      }
    },
    getMany: async (ids) => {
      const found = rows('SELECT * FROM items WHERE id IN (SELECT value FROM json_each(?))', [
        JSON.stringify(ids),
      ])
      const byId = new Map(found.map((row) => [row.id, row]))
      return ids.flatMap((id) => byId.get(id) ?? [])
    },
    findByCategory: async (category) => findByCategory(category),
    countByCategory: async (category) =>
      Number(db().selectValue('SELECT count(*) FROM items WHERE category = ?', [category])),
    findByPrice: async (from, to, limit) =>
      rows('SELECT * FROM items WHERE price BETWEEN ? AND ? ORDER BY price LIMIT ?', [from, to, limit]),
    cheapest: async (limit) => rows('SELECT * FROM items ORDER BY price LIMIT ?', [limit]),
    findByDescription: async (word) => rows('SELECT * FROM items WHERE instr(description, ?) > 0', [word]),
    countPerCategory: async () =>
      new Map(
        db()
          .selectArrays('SELECT category, count(*) FROM items GROUP BY category')
          .map(([category, count]) => [String(category), Number(count)]),
      ),
    all: async () => rows('SELECT * FROM items'),
    setStock: async (id, stock) => {
      db().exec({ sql: 'UPDATE items SET stock = ? WHERE id = ?', bind: [stock, id] })
      for (const listener of listeners) listener()
    },
    // It has no live queries: the app runs the query again after each write to the table.
    watchCategory: async (category, listener) => {
      const run = (): void => listener(findByCategory(category))
      run()
      listeners.add(run)
      return () => listeners.delete(run)
    },
    settled: async () => {},
    close: async () => {
      selectOne?.finalize()
      db().close()
    },
  }
}
