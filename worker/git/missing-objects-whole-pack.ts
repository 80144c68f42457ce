import type { MissingObject } from './missing-objects.ts'
import { oidToBytes } from './oid.ts'
import { copyPackBytes, readPackBytes } from './pack-bytes.ts'
import { createEntryHeader, entryTypeOf, maxEntryHeaderBytes, readEntryHeader } from './pack-format.ts'
import type { Pack, PackReader } from './pack-reader.ts'

/** Packs whose bytes may be sent as they are. */
export interface SendablePacks {
  packs(): readonly Pack[]
  readonly reader: PackReader
}

/** A file of this size that the other side has in another version is better sent as a delta. */
const largeFileBytes = 4096

/**
 * The pack that holds exactly the missing objects, ready to be sent: what one commit wrote, when nothing else is
 * missing. Null when there is none, when its deltas build on what the other side may not have, or when sending it
 * would be a waste.
 */
export async function wholePack(
  { packs, reader }: SendablePacks,
  missing: readonly MissingObject[],
): Promise<Uint8Array | null> {
  const [first] = missing
  if (first === undefined) return null
  const id = oidToBytes(first.oid)
  const pack = packs().findLast(({ index }) => index.find(id, 0) >= 0)
  if (pack === undefined || pack.index.count !== missing.length) return null
  const own = new Set(missing.map(({ oid }) => oid))
  const bytes = new Uint8Array(maxEntryHeaderBytes)
  const header = createEntryHeader()
  for (const { oid, type, base } of missing) {
    const position = pack.index.find(oidToBytes(oid, id), 0)
    if (position < 0) return null
    if (type === 'tree') {
      const raw = await reader.readRaw(pack, position)
      if (raw.type === 'delta' && raw.base !== base && (raw.base === undefined || !own.has(raw.base)))
        return null
      continue
    }
    const offset = pack.index.offsetAt(position)
    const end = Math.min(offset + maxEntryHeaderBytes, pack.bytes.sizeBytes)
    if (copyPackBytes(pack.bytes, offset, end, bytes) !== end) return null
    if (!readEntryHeader(bytes, 0, end - offset, header) || header.type !== entryTypeOf(type)) return null
    if (base !== undefined && header.size >= largeFileBytes) return null
  }
  return readPackBytes(pack.bytes, 0, pack.bytes.sizeBytes)
}
