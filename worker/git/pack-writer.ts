import { crc32 } from './crc32.ts'
import { deflate, storedSize, writeStored } from './deflate.ts'
import type { NewObject, ObjectType } from './object.ts'
import type { Oid } from './oid.ts'
import { oidBytes, oidToBytes } from './oid.ts'
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
import { createSha1 } from './sha1.ts'

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
  /** 0 stores without compressing (the default, and by far the fastest); 1–9 compress. */
  readonly level?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9
  readonly segmentBytes?: number
}

/** A complete pack and its index. */
export interface WrittenPack {
  readonly count: number
  readonly sizeBytes: number
  readonly buffer: PackBuffer
  readonly index: Uint8Array
  readonly packHash: Uint8Array
}

/**
 * Writes a pack of the objects in the given order. Ready deltas become REF_DELTAs: their bases must be in this
 * pack or where it is going to be read.
 */
export function writePack(
  objects: readonly (NewObject | PackedObject)[],
  options: WritePackOptions = {},
): WrittenPack {
  const level = options.level ?? 0
  const buffer = createPackBuffer(
    options.segmentBytes === undefined ? {} : { segmentBytes: options.segmentBytes },
  )
  const table = createEntryTable(Math.max(objects.length, 1))
  const sha = createSha1()
  let scratch = new Uint8Array(4096)

  writePackHeader(scratch, objects.length)
  sha.update(scratch, 0, packHeaderBytes)
  buffer.append(scratch.subarray(0, packHeaderBytes))

  for (const object of objects) {
    const delta = 'packed' in object ? undefined : object.delta
    const base = 'packed' in object ? object.base : delta?.base
    const data = 'packed' in object ? object.packed : (delta?.bytes ?? object.bytes)
    const size = 'packed' in object ? object.size : data.length
    const needed = 64 + ('packed' in object ? data.length : storedSize(size))
    if (scratch.length < needed) scratch = new Uint8Array(needed * 2)
    const type = base !== undefined || object.type === 'delta' ? refDeltaEntry : entryTypeOf(object.type)
    let at = writeEntryHeader(scratch, 0, type, size)
    if (base !== undefined) {
      oidToBytes(base, scratch, at)
      at += oidBytes
    }
    if (level === 0 && !('packed' in object)) {
      at = writeStored(data, scratch, at)
    } else {
      const packed = 'packed' in object ? data : deflate(data, level === 0 ? 6 : level)
      if (scratch.length < at + packed.length) {
        const grown = new Uint8Array((at + packed.length) * 2)
        grown.set(scratch.subarray(0, at))
        scratch = grown
      }
      scratch.set(packed, at)
      at += packed.length
    }
    const entry = addEntry(table, buffer.sizeBytes)
    oidToBytes(object.oid, table.ids, entry * oidBytes)
    table.crcs[entry] = crc32(scratch, 0, at)
    sha.update(scratch, 0, at)
    buffer.append(scratch.subarray(0, at))
  }

  const packHash = new Uint8Array(oidBytes)
  sha.digest(packHash)
  buffer.append(packHash)
  const { bytes: index } = writePackIndex({ ...table, packHash })
  return { count: objects.length, sizeBytes: buffer.sizeBytes, buffer, index, packHash }
}
