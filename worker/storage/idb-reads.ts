import type { IDBPTransaction } from 'idb'
import { storeStamp } from '../../src/protocol/first-screen.ts'
import { type StateStoreName, stateStores, type StoreDatabase, type StoreSchema } from './idb-schema.ts'
import { epochOf, rowsOf, seqsOf } from './idb-transactions.ts'
import { livingRefs } from './store-image.ts'
import type { LogRow, PackRow, StorageState } from './storage.ts'

/** The whole state in one transaction. */
export async function readState(db: StoreDatabase, knownPacks: ReadonlySet<string>): Promise<StorageState> {
  const tx = db.transaction([...stateStores], 'readonly')
  tx.done.catch(() => {}) // the requests answer
  const [{ ids, added }, system, refs, journal, heads, meta, landed] = await Promise.all([
    packsIn(tx, knownPacks),
    tx.objectStore('system').get('epoch'),
    tx.objectStore('refs').getAll(),
    tx.objectStore('journal').getAll(),
    tx.objectStore('journalHeads').getAll(),
    tx.objectStore('meta').getAll(),
    tx.objectStore('landed').getAll(),
  ])
  return {
    epoch: epochOf(system),
    packs: added,
    packIds: ids,
    refs: livingRefs(refs),
    journal,
    journalSeqs: seqsOf([...heads, ...journal]),
    meta: new Map(meta.map((row) => [row.key, row.value])),
    stamp: storeStamp(landed),
  }
}

interface Packs {
  readonly ids: readonly string[]
  readonly added: readonly PackRow[]
}

/** The ids of all packs and the rows of those that are not known, in one transaction. */
export async function readPacks(db: StoreDatabase, known: ReadonlySet<string>): Promise<Packs> {
  const tx = db.transaction([...stateStores], 'readonly')
  tx.done.catch(() => {})
  return packsIn(tx, known)
}

async function packsIn(
  tx: IDBPTransaction<StoreSchema, StateStoreName[], 'readonly'>,
  known: ReadonlySet<string>,
): Promise<Packs> {
  const packs = tx.objectStore('packs')
  if (known.size === 0) {
    const added = await packs.getAll()
    return { ids: added.map((row) => row.id), added }
  }
  const ids = await packs.getAllKeys()
  const rows = await Promise.all(ids.filter((id) => !known.has(id)).map((id) => packs.get(id)))
  return { ids, added: rows as PackRow[] } // all there: the ids are of the same transaction
}

/** The rows of a log, of one scope after a number, or of all scopes. */
export function readRows(
  db: StoreDatabase,
  log: 'journal' | 'reflog',
  scope: string | undefined,
  after: number,
): Promise<LogRow[]> {
  return db.getAll(log, scope === undefined ? undefined : rowsOf(scope, after + 1, Number.POSITIVE_INFINITY))
}
