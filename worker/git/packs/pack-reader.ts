import { applyDeltaInto, readDeltaHeader } from '../deltas/delta.ts'
import { inflate, inflatePadding } from '../zlib/inflate.ts'
import type { GitObject, ObjectType } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'
import { oidFromBytes } from '../objects/oid.ts'
import type { PackBytes } from './pack-bytes.ts'
import type { PackContents } from './pack-contents.ts'
import { createEntryReader } from './pack-entry.ts'
import type { EntryTable } from './pack-entry-table.ts'
import { packCorrupt } from '../objects/pack-corrupt.ts'
import { objectTypeOf, ofsDeltaEntry, refDeltaEntry } from './pack-format.ts'
import type { PackIndex } from './pack-index.ts'
import { createPackObjectCache } from './pack-object-cache.ts'
import { createSlabAllocator, type Allocate } from './slab-allocator.ts'

/** One pack that can be read. */
export interface Pack {
  readonly id: string
  readonly index: PackIndex
  readonly bytes: PackBytes
  /** Inflated objects left over from indexing, until they are dropped. */
  warm: WarmContents | undefined
}

/** Inflated objects that are still in memory, by the pack's index positions. */
export interface WarmContents {
  readonly entries: EntryTable
  readonly order: Uint32Array
  readonly contents: PackContents
}

/** Where an object lies. */
export interface PackPlace {
  readonly pack: Pack
  readonly offset: number
}

/** An entry as it lies in its pack, still compressed. */
export interface RawEntry {
  readonly type: ObjectType | 'delta'
  /** Size of the inflated data (of the delta for deltas). */
  readonly size: number
  /** The zlib stream. */
  readonly packed: Uint8Array
  /** The base of a delta. */
  readonly base: Oid | undefined
}

/** Reads objects out of packs, through chains of deltas that may cross packs. */
export interface PackReader {
  /**
   * The object at a place, without promises: undefined when `missing` must be loaded first. With `keep` it is
   * remembered, as trees and bases of deltas are anyway, and lies elsewhere than `allocate` says. Throws
   * `git/pack-corrupt`.
   */
  tryRead(pack: Pack, offset: number, allocate: Allocate, keep?: boolean): GitObject | undefined
  readonly missing: { pack: Pack; segment: number } | undefined
  read(pack: Pack, offset: number, allocate?: Allocate, keep?: boolean): Promise<GitObject>
  /** The number of deltas between an object and a whole one. */
  depth(pack: Pack, offset: number): Promise<number>
  readRaw(pack: Pack, position: number): Promise<RawEntry>
  /**
   * Of a delta its base and instructions; of a whole object as much of its content as about so many bytes of its stream
   * say, unchecked and with zeros behind.
   */
  readStart(
    pack: Pack,
    position: number,
    packedBytes: number,
  ): Promise<{ readonly base: Oid | undefined; readonly bytes: Uint8Array }>
  /** Forgets what is remembered. */
  trim(): void
}

/** git makes no longer chains than 4095; anything beyond is a cycle or an attack. */
const maxChain = 8192
const cacheBytes = 16 * 1024 * 1024

const createBytes: Allocate = (size) => new Uint8Array(size)

/** `findBase` looks for the base of a REF_DELTA in all packs but the given one, which was searched already. */
export function createPackReader(
  findBase: (id: Uint8Array, at: number, except: Pack) => PackPlace | undefined,
): PackReader {
  const entry = createEntryReader()
  const cache = createPackObjectCache(cacheBytes)
  const allocateKept = createSlabAllocator()
  let scratch = new Uint8Array(4096)
  let missing: { pack: Pack; segment: number } | undefined
  /** What was read last: git puts an object's deltas right behind it, so it is often the next one's base. */
  let last: { readonly pack: Pack; readonly offset: number; readonly object: GitObject } | undefined

  function known(pack: Pack, offset: number): GitObject | undefined {
    return last?.offset === offset && last.pack === pack ? last.object : cache.get(pack, offset)
  }

  function open(pack: Pack, offset: number): boolean {
    if (entry.open(pack.bytes, offset)) return true
    missing = { pack, segment: entry.missing }
    return false
  }

  function inflateEntry(pack: Pack, out: Uint8Array): boolean {
    if (entry.inflateInto(out, 0)) return true
    missing = { pack, segment: entry.missing }
    return false
  }

  /** Where the opened delta's base lies. */
  function basePlace(pack: Pack, offset: number): PackPlace {
    const { header, source } = entry
    if (header.type === ofsDeltaEntry) {
      if (header.baseDistance <= 0 || header.baseDistance >= offset) throw badBase(pack, offset)
      return { pack, offset: offset - header.baseDistance }
    }
    const position = pack.index.find(source, header.baseIdStart)
    if (position >= 0) return { pack, offset: pack.index.offsetAt(position) }
    const elsewhere = findBase(source, header.baseIdStart, pack)
    if (elsewhere === undefined) throw badBase(pack, offset)
    return elsewhere
  }

  function badBase(pack: Pack, offset: number): Error {
    return packCorrupt(`the delta at byte ${offset} has no base`, { pack: pack.id, offset })
  }

  function tryRead(pack: Pack, offset: number, allocate: Allocate, keep = false): GitObject | undefined {
    missing = undefined
    const seen = known(pack, offset)
    if (seen) return seen
    const object = put(pack, offset, keep ? allocateKept : allocate)
    if (object && (keep || object.type === 'tree')) cache.set(pack, offset, object)
    if (object) last = { pack, offset, object }
    return object
  }

  /** Puts an object together. */
  function put(pack: Pack, offset: number, allocate: Allocate): GitObject | undefined {
    if (!open(pack, offset)) return undefined
    if (entry.header.type < 5) return inflateWhole(pack, allocate)
    const chain: PackPlace[] = []
    let place: PackPlace = { pack, offset }
    let base: GitObject | undefined
    while (base === undefined) {
      if (entry.header.type < 5) {
        base = inflateWhole(place.pack, allocateKept)
        if (base === undefined) return undefined
        cache.set(place.pack, place.offset, base)
        break
      }
      chain.push(place)
      if (chain.length > maxChain)
        throw packCorrupt('a chain of deltas does not end', { pack: pack.id, offset })
      place = basePlace(place.pack, place.offset)
      base = known(place.pack, place.offset)
      if (base === undefined && !open(place.pack, place.offset)) return undefined
    }
    for (let i = chain.length - 1; i >= 0; i--) {
      const step = chain[i] as PackPlace // i is an index of chain
      if (!open(step.pack, step.offset)) return undefined
      const { size } = entry.header
      if (scratch.length < size) scratch = new Uint8Array(size * 2)
      if (!inflateEntry(step.pack, scratch)) return undefined
      const { baseSize, resultSize, start } = readDeltaHeader(scratch, 0, size)
      if (baseSize !== base.bytes.length || resultSize > size * 0x1000000)
        throw badBase(step.pack, step.offset)
      const bytes = (i === 0 ? allocate : allocateKept)(resultSize)
      if (!applyDeltaInto(scratch, start, size, base.bytes, 0, baseSize, bytes, 0, resultSize)) {
        throw badBase(step.pack, step.offset)
      }
      base = { type: base.type, bytes }
      if (i > 0) cache.set(step.pack, step.offset, base)
    }
    return base
  }

  /** The opened entry, which is no delta. */
  function inflateWhole(pack: Pack, allocate: Allocate): GitObject | undefined {
    const type = objectTypeOf(entry.header.type)
    const bytes = allocate(entry.header.size)
    return inflateEntry(pack, bytes) ? { type, bytes } : undefined
  }

  async function load(): Promise<void> {
    if (missing !== undefined) await missing.pack.bytes.load(missing.segment)
  }

  function baseId(pack: Pack, offset: number): Oid | undefined {
    const { type, baseIdStart, baseDistance } = entry.header
    if (type === refDeltaEntry) return oidFromBytes(entry.source, baseIdStart)
    return type === ofsDeltaEntry ? oidAtOffset(pack, offset - baseDistance) : undefined
  }

  async function inflateOpened(pack: Pack, offset: number, out: Uint8Array): Promise<void> {
    while (!inflateEntry(pack, out)) {
      await load()
      while (!open(pack, offset)) await load()
    }
  }

  return {
    tryRead,
    get missing() {
      return missing
    },
    async read(pack, offset, allocate = createBytes, keep = false) {
      for (;;) {
        const object = tryRead(pack, offset, allocate, keep)
        if (object !== undefined) return object
        await load()
      }
    },
    async depth(pack, offset) {
      let place: PackPlace = { pack, offset }
      for (let depth = 0; depth <= maxChain; depth++) {
        while (!open(place.pack, place.offset)) await load()
        if (entry.header.type < 5) return depth
        place = basePlace(place.pack, place.offset)
      }
      throw packCorrupt('a chain of deltas does not end', { pack: pack.id, offset })
    },
    async readRaw(pack, position) {
      const offset = pack.index.offsetAt(position)
      while (!open(pack, offset)) await load()
      const { type, size } = entry.header
      const base = baseId(pack, offset)
      if (scratch.length < size) scratch = new Uint8Array(size * 2)
      // Inflating finds the stream's end and checks it: a damaged entry is never copied on.
      await inflateOpened(pack, offset, scratch)
      // The stream inflated, so all of it lies in `source`.
      const { source, packedBytes } = entry
      const start = entry.header.dataStart
      const packed = source.slice(start, start + packedBytes)
      return { type: type < 5 ? objectTypeOf(type) : 'delta', size, packed, base }
    },
    async readStart(pack, position, packedBytes) {
      const offset = pack.index.offsetAt(position)
      while (!open(pack, offset)) await load()
      const base = baseId(pack, offset)
      const { size, dataStart } = entry.header
      const bytes = createBytes(size)
      if (base) await inflateOpened(pack, offset, bytes)
      else {
        const { source } = entry
        const end = Math.min(source.length - inflatePadding, dataStart + packedBytes)
        inflate(source, dataStart, end, bytes, 0, size)
      }
      return { base, bytes }
    },
    trim() {
      cache.clear()
      last = undefined
    },
  }
}

const positionsByOffset = new WeakMap<PackIndex, Map<number, number>>()

/** The id of the entry at an offset: rarely needed, so the reverse table is made on first use. */
function oidAtOffset(pack: Pack, offset: number): Oid {
  let positions = positionsByOffset.get(pack.index)
  if (positions === undefined) {
    positions = new Map()
    for (let i = 0; i < pack.index.count; i++) positions.set(pack.index.offsetAt(i), i)
    positionsByOffset.set(pack.index, positions)
  }
  const position = positions.get(offset)
  if (position === undefined)
    throw packCorrupt(`no entry starts at byte ${offset}`, { pack: pack.id, offset })
  return pack.index.oidAt(position)
}
