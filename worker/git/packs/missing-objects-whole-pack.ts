import type { MissingObject } from './missing-objects.ts'
import { oidToBytes } from '../objects/oid.ts'
import { readPackBytes } from './pack-bytes.ts'
import { createEntryHeader, entryTypeOf, readEntryHeader } from './pack-format.ts'
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
  maximumBytes: number,
): Promise<Uint8Array | null> {
  const [first] = missing
  if (first === undefined) return null
  const id = oidToBytes(first.oid)
  const pack = packs().findLast(({ index }) => index.find(id, 0) >= 0)
  if (pack === undefined || pack.index.count !== missing.length || pack.bytes.sizeBytes > maximumBytes)
    return null
  const positions = missing.map(({ oid }) => pack.index.find(oidToBytes(oid, id), 0))
  if (positions.includes(-1)) return null

  const own = new Set(missing.map(({ oid }) => oid))
  const bytes = await readPackBytes(pack.bytes, 0, pack.bytes.sizeBytes)
  const header = createEntryHeader()
  for (const [i, { type, base }] of missing.entries()) {
    const position = positions[i] as number // one per object
    if (type === 'tree') {
      const raw = await reader.readRaw(pack, position)
      const mayBuild = raw.base === undefined || raw.base === base || own.has(raw.base)
      if (!mayBuild) return null
      continue
    }
    const isWhole = readEntryHeader(bytes, pack.index.offsetAt(position), bytes.length, header)
    if (!isWhole || header.type !== entryTypeOf(type)) return null
    if (base !== undefined && header.size >= largeFileBytes) return null
  }
  return bytes
}
