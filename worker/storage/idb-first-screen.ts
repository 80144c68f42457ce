import { firstScreenKey } from '../../src/protocol/first-screen.ts'
import { ended } from './idb-ended.ts'
import type { StoreDatabase } from './idb-schema.ts'

/** Keeps what pages show before their worker runs, in place of what was kept. No batch: the state stays as it is. */
export async function keepFirstScreen(db: StoreDatabase, text: string): Promise<void> {
  const tx = db.transaction('system', 'readwrite', { durability: 'relaxed' })
  await ended(tx, [tx.store.put({ key: firstScreenKey, value: text })])
}
