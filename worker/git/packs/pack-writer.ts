import { crc32 } from './crc32.ts'
import { createDeflate } from '../zlib/deflate.ts'
import { storedSize, writeStored } from '../zlib/deflate-stored.ts'
import type { NewObject, ObjectType } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'
import { oidBytes, oidToBytes } from '../objects/oid.ts'
import type { PackBuffer } from './pack-bytes.ts'
import { createPackBuffer } from './pack-bytes.ts'
import { addEntry, createEntryTable } from './pack-entry-table.ts'
import {
  entryTypeOf,
  packHeaderBytes,
  refDeltaEntry,
  writeEntryHeader,
  writePackHeader,
} from './pack-format.ts'
import { writePackIndex } from './pack-index.ts'
import { createSha1 } from '../objects/sha1.ts'

/** An entry that is compressed already, copied from another pack as it is. */
export interface PackedObject {
  readonly oid: Oid
  readonly type: ObjectType | 'delta'
  /** Size of the inflated data (of the delta for deltas). */
  readonly size: number
  /** The zlib stream. */
  readonly packed: Uint8Array
  /** The base of a delta; written as a REF_DELTA. */
  readonly base?: Oid | undefined
}

export interface WritePackOptions {
  /** Default false: stored as it is, by far the fastest. */
  readonly compress?: boolean
  readonly segmentBytes?: number
}

/** A complete pack. */
export interface WrittenPackBytes {
  readonly count: number
  readonly sizeBytes: number
  readonly buffer: PackBuffer
  readonly packHash: Uint8Array
}

/** A complete pack and its index. */
export interface WrittenPack extends WrittenPackBytes {
  readonly index: Uint8Array
}

/** Called for each entry with where it starts in the pack, and with its bytes: `scratch` up to `end`. */
type OnEntry = (oid: Oid, start: number, scratch: Uint8Array, end: number) => void

/**
 * Writes a pack of the objects in the given order, with its index. Ready deltas become REF_DELTAs: their bases
 * must be in this pack or where it is going to be read.
 */
export function writePack(
  objects: readonly (NewObject | PackedObject)[],
  options: WritePackOptions = {},
): WrittenPack {
  const table = createEntryTable(Math.max(objects.length, 1))
  const pack = writeEntries(objects, options, (oid, start, scratch, end) => {
    const entry = addEntry(table, start)
    oidToBytes(oid, table.ids, entry * oidBytes)
    table.crcs[entry] = crc32(scratch, 0, end)
  })
  const { bytes: index } = writePackIndex({ ...table, packHash: pack.packHash })
  return { ...pack, index }
}

/** Writes a pack as {@link writePack} does, without an index: for packs that are sent and not kept. */
export function writePackBytes(
  objects: readonly (NewObject | PackedObject)[],
  options: WritePackOptions = {},
): WrittenPackBytes {
  return writeEntries(objects, options, null)
}

function writeEntries(
  objects: readonly (NewObject | PackedObject)[],
  { compress = false, segmentBytes }: WritePackOptions,
  onEntry: OnEntry | null,
): WrittenPackBytes {
  const buffer = createPackBuffer(segmentBytes === undefined ? {} : { segmentBytes })
  const sha = createSha1()
  const write = compress ? createDeflate().write : writeStored
  let scratch = new Uint8Array(4096)

  writePackHeader(scratch, objects.length)
  sha.update(scratch, 0, packHeaderBytes)
  buffer.append(scratch.subarray(0, packHeaderBytes))

  for (const object of objects) {
    const delta = 'packed' in object ? undefined : object.delta
    const base = 'packed' in object ? object.base : delta?.base
    const data = 'packed' in object ? object.packed : (delta?.bytes ?? object.bytes)
    const size = 'packed' in object ? object.size : data.length
    const packed = 'packed' in object ? data : undefined
    const needed = 64 + (packed?.length ?? storedSize(size))
    if (scratch.length < needed) scratch = new Uint8Array(needed * 2)
    const type = base !== undefined || object.type === 'delta' ? refDeltaEntry : entryTypeOf(object.type)
    let at = writeEntryHeader(scratch, 0, type, size)
    if (base !== undefined) {
      oidToBytes(base, scratch, at)
      at += oidBytes
    }
    if (packed === undefined) {
      at = write(data, scratch, at)
    } else {
      scratch.set(packed, at)
      at += packed.length
    }
    onEntry?.(object.oid, buffer.sizeBytes, scratch, at)
    sha.update(scratch, 0, at)
    buffer.append(scratch.subarray(0, at))
  }

  const packHash = new Uint8Array(oidBytes)
  sha.digest(packHash)
  buffer.append(packHash)
  return { count: objects.length, sizeBytes: buffer.sizeBytes, buffer, packHash }
}
