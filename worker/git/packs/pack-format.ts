import { packCorrupt } from '../objects/pack-corrupt.ts'
import type { ObjectType } from '../objects/object.ts'

// Everything here follows gitformat-pack(5).

/** Bytes before the first entry: `PACK`, version, count. */
export const packHeaderBytes = 12
/** The SHA-1 at the end. */
export const packTrailerBytes = 20
/** No entry's header (type, size, delta base) is longer than this. */
export const maxEntryHeaderBytes = 32

/** Entry types as numbers: 1–4 are objects, the others deltas. */
export const ofsDeltaEntry = 6
export const refDeltaEntry = 7

const typeNames: readonly (ObjectType | undefined)[] = [undefined, 'commit', 'tree', 'blob', 'tag']

/** The name of entry type 1–4. */
export function objectTypeOf(entryType: number): ObjectType {
  const name = typeNames[entryType]
  if (name === undefined) throw packCorrupt(`type ${entryType} is not an object type`)
  return name
}

/** The entry type (1–4) of an object type. */
export function entryTypeOf(type: ObjectType): number {
  return typeNames.indexOf(type)
}

export interface EntryHeader {
  /** 1–4, 6 or 7; 0 when the header is not valid. */
  type: number
  /** Size of the inflated data (of the delta itself for deltas). */
  size: number
  /** Where the zlib stream starts, in the same array. */
  dataStart: number
  /** OFS_DELTA: how far back in the pack the base's entry starts. */
  baseDistance: number
  /** REF_DELTA: where the base's 20 id bytes lie in the same array. */
  baseIdStart: number
}

export function createEntryHeader(): EntryHeader {
  return { type: 0, size: 0, dataStart: 0, baseDistance: 0, baseIdStart: 0 }
}

/**
 * Reads an entry's header into `header`. False when the array ends before the header does; a header that cannot
 * be valid has type 0.
 */
export function readEntryHeader(bytes: Uint8Array, start: number, end: number, header: EntryHeader): boolean {
  let at = start
  if (at >= end) return false
  let byte = bytes[at++] as number // at < end, here and below
  const type = (byte >> 4) & 7
  let size = byte & 15
  let scale = 16
  while ((byte & 0x80) !== 0) {
    if (at >= end) return false
    byte = bytes[at++] as number
    size += (byte & 0x7f) * scale
    scale *= 128
    if (scale > 2 ** 53) return invalid(header)
  }
  header.type = type
  header.size = size
  if (type === ofsDeltaEntry) {
    if (at >= end) return false
    byte = bytes[at++] as number
    let distance = byte & 0x7f
    while ((byte & 0x80) !== 0) {
      if (at >= end) return false
      byte = bytes[at++] as number
      distance = (distance + 1) * 128 + (byte & 0x7f)
      if (distance > 2 ** 45) return invalid(header)
    }
    header.baseDistance = distance
  } else if (type === refDeltaEntry) {
    if (at + 20 > end) return false
    header.baseIdStart = at
    at += 20
  } else if (type === 0 || type === 5) {
    return invalid(header)
  }
  header.dataStart = at
  return true
}

function invalid(header: EntryHeader): boolean {
  header.type = 0
  return true
}

/** Writes an entry's type and size to `into` and answers the position after it. */
export function writeEntryHeader(into: Uint8Array, at: number, type: number, size: number): number {
  let rest = Math.floor(size / 16)
  let byte = (type << 4) | (size & 15)
  while (rest > 0) {
    into[at++] = byte | 0x80
    byte = rest & 0x7f
    rest = Math.floor(rest / 128)
  }
  into[at++] = byte
  return at
}

/** Writes the distance of an OFS_DELTA's base and answers the position after it. */
export function writeBaseDistance(into: Uint8Array, at: number, distance: number): number {
  const groups = [distance & 0x7f]
  for (let rest = Math.floor(distance / 128); rest > 0; rest = Math.floor(rest / 128)) {
    rest -= 1
    groups.push((rest & 0x7f) | 0x80)
  }
  for (let i = groups.length - 1; i >= 0; i--) into[at++] = groups[i] as number // i is an index of groups
  return at
}

/** Writes the 12 bytes that open a pack. */
export function writePackHeader(into: Uint8Array, count: number): void {
  into.set([0x50, 0x41, 0x43, 0x4b, 0, 0, 0, 2])
  writePackCount(into, count)
}

export function writePackCount(into: Uint8Array, count: number): void {
  for (let i = 0; i < 4; i++) into[8 + i] = count >>> (24 - 8 * i)
}

/** The number of entries that the header declares. Throws `git/pack-corrupt`, `git/unsupported`. */
export function readPackHeader(bytes: Uint8Array): number {
  if (bytes.length < packHeaderBytes) throw packCorrupt('it ends inside its header')
  const view = new DataView(bytes.buffer, bytes.byteOffset, packHeaderBytes)
  if (view.getUint32(0) !== 0x5041434b) throw packCorrupt('it does not start with PACK')
  const version = view.getUint32(4)
  if (version !== 2 && version !== 3) throw packCorrupt(`version ${version} is not known`)
  return view.getUint32(8)
}
