import { deflate } from '../zlib/deflate.ts'
import type { Oid } from '../objects/oid.ts'
import { oidToBytes } from '../objects/oid.ts'
import type { Pack, PackReader } from './pack-reader.ts'
import type { PackedObject } from './pack-writer.ts'

/** What to copy and how. */
export interface CopyOptions {
  /** The packs to copy from; a later one is preferred, as when reading. */
  readonly packs: readonly Pack[]
  readonly reader: PackReader
  /** True for objects outside of the copy that a delta may stand on. None for a pack that must be complete. */
  readonly hasBase?: (oid: Oid) => boolean
  /** Called between slices of work; may throw to abort. */
  readonly pause?: () => Promise<void> | void
}

const pauseEveryBytes = 64 * 1024
const smallestWorthDeflating = 32

/**
 * Entries of packs, ready to be written to another: compressed ones as they lie, level-0 ("stored") ones
 * compressed, deltas as deltas where their base is copied too. Every delta's chain ends in a whole object.
 */
export async function copyObjects(
  oids: Iterable<Oid>,
  { packs, reader, hasBase = () => false, pause }: CopyOptions,
): Promise<readonly PackedObject[]> {
  const wanted = new Set(oids)
  const copies = new Map<Oid, PackedObject>()
  let work = 0
  for (const oid of wanted) {
    const place = findPlace(packs, oid)
    if (place === undefined) continue
    const raw = await reader.readRaw(place.pack, place.position)
    const { base } = raw
    let copy: PackedObject
    if (raw.type === 'delta' && (base === undefined || !(wanted.has(base) || hasBase(base)))) {
      copy = await wholeObject(reader, place, oid)
      work += copy.size
    } else if (isStored(raw.packed) && raw.size >= smallestWorthDeflating) {
      copy = { ...raw, oid, packed: compressed(inflateStored(raw.packed, raw.size)) }
      work += raw.size
    } else {
      copy = { ...raw, oid }
    }
    copies.set(oid, copy)
    work += copy.packed.length
    if (work > pauseEveryBytes) {
      work = 0
      await pause?.()
    }
  }
  await breakCycles(copies, packs, reader)
  return [...copies.values()]
}

/** True for a zlib stream as we write it at level 0: its first block is stored (RFC 1950, RFC 1951 §3.2.3). */
export function isStored(packed: Uint8Array): boolean {
  return packed[0] === 0x78 && packed[1] === 0x01 && ((packed[2] ?? 0xff) & 6) === 0
}

function compressed(bytes: Uint8Array): Uint8Array {
  return deflate(bytes)
}

/** The content of a stream that consists of stored blocks only; its checksum was checked when it was read. */
function inflateStored(packed: Uint8Array, size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  let at = 2
  let to = 0
  while (to < size) {
    const length = (packed[at + 1] ?? 0) | ((packed[at + 2] ?? 0) << 8)
    bytes.set(packed.subarray(at + 5, at + 5 + length), to)
    at += 5 + length
    to += length
    if (length === 0) break
  }
  return bytes
}

interface Place {
  readonly pack: Pack
  readonly position: number
}

function findPlace(packs: readonly Pack[], oid: Oid): Place | undefined {
  const id = oidToBytes(oid)
  for (let i = packs.length - 1; i >= 0; i--) {
    const pack = packs[i] as Pack // i is an index of packs
    const position = pack.index.find(id, 0)
    if (position >= 0) return { pack, position }
  }
  return undefined
}

async function wholeObject(reader: PackReader, { pack, position }: Place, oid: Oid): Promise<PackedObject> {
  const { type, bytes } = await reader.read(pack, pack.index.offsetAt(position))
  return { oid, type, size: bytes.length, packed: compressed(bytes) }
}

/**
 * Two packs may hold two objects the other way round (one a delta of the other). Copying one of each would
 * leave none of them whole.
 */
async function breakCycles(
  copies: Map<Oid, PackedObject>,
  packs: readonly Pack[],
  reader: PackReader,
): Promise<void> {
  const ends = new Set<Oid>()
  for (const start of copies.keys()) {
    const chain = new Set<Oid>()
    let oid: Oid | undefined = start
    while (oid !== undefined && !ends.has(oid)) {
      if (chain.has(oid)) {
        const place = findPlace(packs, oid)
        if (place !== undefined) copies.set(oid, await wholeObject(reader, place, oid))
        break
      }
      chain.add(oid)
      oid = copies.get(oid)?.base
    }
    for (const done of chain) ends.add(done)
  }
}
