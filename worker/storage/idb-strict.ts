import type { IDBPTransaction } from 'idb'
import type { StoreDatabase, StoreName, StoreSchema } from './idb-schema.ts'

/** The one place where a transaction is opened that somebody relies on: its `complete` means that it is on disk. */
export function openStrict<Names extends StoreName[]>(
  db: StoreDatabase,
  stores: Names,
): IDBPTransaction<StoreSchema, Names, 'readwrite'> {
  return db.transaction(stores, 'readwrite', { durability: 'strict' })
}
