import { sqlite3InitModule } from '@dolthub/doltlite-wasm'
import { itemAt, itemFields as fields, itemKey } from '../../database/item.ts'

/** What the run asks of DoltLite, in memory in the page. */
export interface DoltLitePage {
  /** Loads the records, changes as many on two branches, none of them the same, and merges: milliseconds of the merge. */
  merge(records: number, edits: number): Promise<number>
}

const doltlite: DoltLitePage = {
  merge: async (records, edits) => {
    const sqlite = await sqlite3InitModule()
    const db = new sqlite.oo1.DB(':memory:')
    const exec = (sql: string): void => void db.exec(sql)
    exec(`CREATE TABLE items (id TEXT PRIMARY KEY, ${fields.join(', ')})`)
    exec('BEGIN')
    const insert = db.prepare(`INSERT INTO items VALUES (?${', ?'.repeat(fields.length)})`)
    for (let index = 0; index < records; index++) {
      const item = itemAt(index)
      const cells = fields.map((name) => {
        const value = item[name]
        return typeof value === 'boolean'
          ? Number(value)
          : typeof value === 'object'
            ? JSON.stringify(value)
            : value
      })
      insert.bind([item.id, ...cells]).stepReset()
    }
    insert.finalize()
    exec('COMMIT')
    exec("SELECT dolt_commit('-A', '-m', 'Import the items')")
    exec("SELECT dolt_branch('draft')")
    const change = (from: number, stock: number, message: string): void => {
      exec('BEGIN')
      for (let index = from; index < from + edits; index++)
        exec(`UPDATE items SET stock = ${stock} WHERE id = '${itemKey(index)}'`)
      exec('COMMIT')
      exec(`SELECT dolt_commit('-A', '-m', '${message}')`)
    }
    change(0, 7001, 'Ours')
    exec("SELECT dolt_checkout('draft')")
    change(edits, 7002, 'Theirs')
    exec("SELECT dolt_checkout('main')")
    const start = performance.now()
    exec("SELECT dolt_merge('draft')")
    const elapsed = performance.now() - start
    const merged = Number(db.selectValue('SELECT count(*) FROM items WHERE stock IN (7001, 7002)'))
    if (merged < 2 * edits) throw new Error(`DoltLite merged ${merged} of ${2 * edits} changes`)
    return elapsed
  },
}

Object.assign(globalThis, { doltlite })
