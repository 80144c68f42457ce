import type { KeyedPatch } from '../../../src/protocol/writes.ts'
import type { Json } from '../../../src/protocol/records.ts'
import { referencesOf } from '../../format/validation/references.ts'
import type { Keys } from './validate-deletes.ts'
import type { ReferringColumn } from './validate-references.ts'
import type { PendingRecords } from './validate-writes.ts'

/** Patches that take references to deleted records out of the records of a collection; `columns` of each that refer. */
export async function clearReferences(
  pending: PendingRecords,
  id: string,
  columns: ReadonlyMap<string, ReadonlySet<ReferringColumn>>,
  gone: Keys,
): Promise<readonly KeyedPatch[]> {
  const collection = await pending.snapshot.collection(id)
  const patches: KeyedPatch[] = []
  for (const [key, referring] of columns) {
    const record = pending.changed(id, key) ?? (await collection.get(key)) ?? {}
    const fields = Array.from(
      referring,
      ({ column: { name, references = '' } }): [string, Json | undefined] => {
        const value = record[name]
        if (!Array.isArray(value)) return [name, undefined]
        const lost = referencesOf(name, '', record).filter(({ text }) => gone.get(references)?.has(text))
        const places = new Set(lost.map(({ path }) => path[1]))
        return [name, (value as readonly Json[]).filter((_item, index) => !places.has(index))]
      },
    )
    patches.push({ key, patch: Object.fromEntries(fields) })
  }
  return patches
}
