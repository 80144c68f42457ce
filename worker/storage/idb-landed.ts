import { ended } from './idb-ended.ts'
import type { StoreDatabase } from './idb-schema.ts'

const keptRows = 64
const keptMs = 7 * 24 * 60 * 60 * 1000

/** Forgets the last batches of instances that are long gone. Far from any that may still be replayed. */
export async function pruneLanded(db: StoreDatabase): Promise<void> {
  const rows = await db.getAll('landed')
  if (rows.length <= keptRows) return
  const old = rows.filter((row) => row.atMs < Date.now() - keptMs)
  const tx = db.transaction('landed', 'readwrite', { durability: 'relaxed' })
  await ended(
    tx,
    old.map((row) => tx.store.delete(row.instance)),
  )
}
