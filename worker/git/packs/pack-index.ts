import { packCorrupt } from '../objects/pack-corrupt.ts'
import type { Oid } from '../objects/oid.ts'
import { oidFromBytes } from '../objects/oid.ts'
import { createSha1 } from '../objects/sha1.ts'

// The index format is gitformat-pack(5), "Version 2 pack-*.idx files".

const headerBytes = 8
const fanoutBytes = 256 * 4
const largeOffset = 0x80000000

/** A standard `.idx` v2, read where it lies. An entry's position is its rank among the pack's sorted ids. */
export interface PackIndex {
  readonly bytes: Uint8Array
  readonly count: number
  /** The position of the id that starts at `at` of `id`, or -1. Allocates nothing. */
  find(id: Uint8Array, at: number): number
  /** Where the entry starts in the pack. */
  offsetAt(position: number): number
  crcAt(position: number): number
  oidAt(position: number): Oid
  /** Where the entry's 20 id bytes start in {@link bytes}. */
  idStartAt(position: number): number
}

/** Opens index bytes. Throws `git/pack-corrupt` when they cannot be an index; ids are not checked one by one. */
export function readPackIndex(bytes: Uint8Array): PackIndex {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (
    bytes.length < headerBytes + fanoutBytes + 40 ||
    view.getUint32(0) !== 0xff744f63 ||
    view.getUint32(4) !== 2
  ) {
    throw packCorrupt('its index is not a version 2 index')
  }
  const fanout = new Uint32Array(257)
  for (let i = 0; i < 256; i++) {
    const value = view.getUint32(headerBytes + i * 4)
    if (value < (fanout[i] as number)) throw packCorrupt('its index has a fan-out that is not sorted')
    fanout[i + 1] = value
  }
  const count = fanout[256] as number // 257 entries
  const idsAt = headerBytes + fanoutBytes
  const crcsAt = idsAt + count * 20
  const offsetsAt = crcsAt + count * 4
  const largeAt = offsetsAt + count * 4
  if (bytes.length < largeAt + 40) throw packCorrupt('its index is truncated')

  return {
    bytes,
    count,
    find(id, at) {
      const first = id[at] as number // callers pass 20 bytes
      let low = fanout[first] as number
      let high = fanout[first + 1] as number
      const key = ((id[at + 1] as number) << 16) | ((id[at + 2] as number) << 8) | (id[at + 3] as number)
      while (low < high) {
        const middle = (low + high) >>> 1
        const start = idsAt + middle * 20
        let order =
          (((bytes[start + 1] as number) << 16) |
            ((bytes[start + 2] as number) << 8) |
            (bytes[start + 3] as number)) -
          key
        for (let i = 4; order === 0 && i < 20; i++)
          order = (bytes[start + i] as number) - (id[at + i] as number)
        if (order === 0) return middle
        if (order < 0) low = middle + 1
        else high = middle
      }
      return -1
    },
    offsetAt(position) {
      const offset = view.getUint32(offsetsAt + position * 4)
      if (offset < largeOffset) return offset
      const at = largeAt + (offset - largeOffset) * 8
      if (at + 8 > bytes.length - 40) throw packCorrupt('its index points outside of itself')
      return view.getUint32(at) * 0x100000000 + view.getUint32(at + 4)
    },
    crcAt: (position) => view.getInt32(crcsAt + position * 4),
    oidAt: (position) => oidFromBytes(bytes, idsAt + position * 20),
    idStartAt: (position) => idsAt + position * 20,
  }
}

/** What an index is made of: the pack's entries in any order, as parallel arrays. */
export interface PackIndexInput {
  readonly count: number
  /** 20 bytes per entry. */
  readonly ids: Uint8Array
  readonly offsets: Float64Array
  readonly crcs: Int32Array
  readonly packHash: Uint8Array
}

/** Writes an `.idx` v2, byte for byte what `git index-pack` writes. `order` is the entry of each position. */
export function writePackIndex(input: PackIndexInput): { bytes: Uint8Array; order: Uint32Array } {
  const { count, ids, offsets, crcs, packHash } = input
  const order = sortIds(ids, offsets, count)
  // git writes 64-bit offsets only where 31 bits are not enough (pack-write.c's default).
  let large = 0
  for (let i = 0; i < count; i++) if ((offsets[i] as number) >= largeOffset) large++
  const idsAt = headerBytes + fanoutBytes
  const crcsAt = idsAt + count * 20
  const offsetsAt = crcsAt + count * 4
  const largeAt = offsetsAt + count * 4
  const end = largeAt + large * 8
  const bytes = new Uint8Array(end + 40)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 0xff744f63)
  view.setUint32(4, 2)
  const fanout = new Uint32Array(256)
  large = 0
  for (let position = 0; position < count; position++) {
    const entry = order[position] as number // order has `count` entries
    const from = entry * 20
    const to = idsAt + position * 20
    ;(fanout[ids[from] as number] as number)++
    for (let i = 0; i < 20; i++) bytes[to + i] = ids[from + i] as number
    view.setInt32(crcsAt + position * 4, crcs[entry] as number)
    const offset = offsets[entry] as number
    if (offset < largeOffset) {
      view.setUint32(offsetsAt + position * 4, offset)
    } else {
      view.setUint32(offsetsAt + position * 4, largeOffset + large)
      view.setUint32(largeAt + large * 8, Math.floor(offset / 0x100000000))
      view.setUint32(largeAt + large * 8 + 4, offset % 0x100000000)
      large++
    }
  }
  let sum = 0
  for (let i = 0; i < 256; i++) {
    sum += fanout[i] as number
    view.setUint32(headerBytes + i * 4, sum)
  }
  bytes.set(packHash, end)
  createSha1()
    .update(bytes, 0, end + 20)
    .digest(bytes, end + 20)
  return { bytes, order }
}

/**
 * Entries sorted by id, equal ids by offset. The first 31 id bits and the entry's number go into one double, so
 * that the engine's native number sort does the work; the few ties are then put in order by the remaining bytes.
 */
function sortIds(ids: Uint8Array, offsets: Float64Array, count: number): Uint32Array {
  const keys = new Float64Array(count)
  const scale = 2 ** 22
  const order = new Uint32Array(count)
  const compare = (a: number, b: number): number => {
    for (let i = 0; i < 20; i++) {
      const difference = (ids[a * 20 + i] as number) - (ids[b * 20 + i] as number)
      if (difference !== 0) return difference
    }
    return (offsets[a] as number) - (offsets[b] as number)
  }
  if (count > scale) {
    for (let i = 0; i < count; i++) order[i] = i
    return order.sort(compare)
  }
  for (let i = 0; i < count; i++) {
    const at = i * 20
    const prefix =
      ((ids[at] as number) << 23) |
      ((ids[at + 1] as number) << 15) |
      ((ids[at + 2] as number) << 7) |
      ((ids[at + 3] as number) >> 1)
    keys[i] = prefix * scale + i
  }
  keys.sort()
  let start = 0
  for (let i = 0; i < count; i++) {
    const key = keys[i] as number
    order[i] = key % scale
    const prefix = Math.floor(key / scale)
    if (i > start && prefix !== Math.floor((keys[start] as number) / scale)) {
      if (i - start > 1) order.subarray(start, i).sort(compare)
      start = i
    }
  }
  if (count - start > 1) order.subarray(start, count).sort(compare)
  return order
}
