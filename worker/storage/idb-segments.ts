import type { StoreDatabase } from './idb-schema.ts'
import { ended } from './idb-ended.ts'
import { segmentsOf } from './idb-transactions.ts'
import { segmentMissing } from './storage-errors.ts'

/** Throws `storage/corrupt` when the segment is missing. */
export async function readSegment(db: StoreDatabase, pack: string, index: number): Promise<Uint8Array> {
  const bytes = await db.get('segments', [pack, index])
  if (!bytes) throw segmentMissing(pack, index)
  return bytes
}

/** Relaxed: a segment acknowledges nothing, its pack's row does. */
export async function writeSegment(
  db: StoreDatabase,
  pack: string,
  index: number,
  bytes: Uint8Array,
): Promise<void> {
  const tx = db.transaction('segments', 'readwrite', { durability: 'relaxed' })
  await ended(tx, [tx.store.put(bytes, [pack, index])])
}

/** Drops the segments of packs that have no row. */
export async function dropOrphanSegments(db: StoreDatabase): Promise<void> {
  const tx = db.transaction(['packs', 'segments'], 'readwrite', { durability: 'relaxed' })
  const segments = tx.objectStore('segments')
  const drop = async (): Promise<void> => {
    const [ids, keys] = await Promise.all([tx.objectStore('packs').getAllKeys(), segments.getAllKeys()])
    const orphans = new Set(keys.map(([pack]) => pack))
    for (const id of ids) orphans.delete(id)
    await Promise.all([...orphans].map((pack) => segments.delete(segmentsOf(pack))))
  }
  await ended(tx, [drop()])
}
