import { copyObjects, isStored } from '../git/packs/compaction-copy.ts'
import type { Oid } from '../git/objects/oid.ts'
import { inlinePackBytes } from '../git/packs/object-store.ts'
import { readPackBytes } from '../git/packs/pack-bytes.ts'
import { createEntryHeader, readEntryHeader, refDeltaEntry } from '../git/packs/pack-format.ts'
import type { Pack, PackReader } from '../git/packs/pack-reader.ts'
import { writePack } from '../git/packs/pack-writer.ts'

/** A pack and its index as files. */
export interface PackFiles {
  readonly pack: Uint8Array
  readonly index: Uint8Array
}

/**
 * A pack as any git tool may have it: complete (gitformat-pack(5): a REF_DELTA's base must be in the same pack) and,
 * if it is small, compressed. Our own packs of single commits are neither.
 */
export async function completePack(pack: Pack, reader: PackReader): Promise<PackFiles> {
  const bytes = await readPackBytes(pack.bytes, 0, pack.bytes.sizeBytes)
  if (!needsCopy(pack, bytes)) return { pack: bytes, index: pack.index.bytes }
  const oids = Array.from({ length: pack.index.count }, (_, position): Oid => pack.index.oidAt(position))
  const { buffer, index, sizeBytes } = writePack(await copyObjects(oids, { packs: [pack], reader }))
  const complete = new Uint8Array(sizeBytes)
  let at = 0
  for (let segment = 0; segment < buffer.segmentCount(); segment++) {
    const piece = buffer.segmentContent(segment) ?? (await buffer.load(segment))
    complete.set(piece, at)
    at += piece.length
  }
  return { pack: complete, index }
}

function needsCopy({ index }: Pack, bytes: Uint8Array): boolean {
  const isSmall = bytes.length <= inlinePackBytes
  const header = createEntryHeader()
  for (let position = 0; position < index.count; position++) {
    const start = index.offsetAt(position)
    // A header that does not fit is left to the reader of the file: it reports a damaged pack.
    if (!readEntryHeader(bytes, start, bytes.length, header)) return false
    if (header.type === refDeltaEntry && index.find(bytes, header.baseIdStart) < 0) return true
    if (isSmall && isStored(bytes.subarray(header.dataStart, header.dataStart + 3))) return true
  }
  return false
}
