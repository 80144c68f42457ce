import { blobDelta } from '../deltas/blob-delta.ts'
import type { MissingObject } from './missing-objects.ts'
import { wholePack } from './missing-objects-whole-pack.ts'
import type { GitObject, NewObject, ObjectReader } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'
import { oidToBytes } from '../objects/oid.ts'
import type { Pack, PackReader } from './pack-reader.ts'
import type { PackedObject } from './pack-writer.ts'
import { writePackBytes } from './pack-writer.ts'
import { treeDelta } from '../trees/tree-delta.ts'

/** A reader that can do more than read one object after another. An object store can. */
export interface BulkReader extends ObjectReader {
  readMany?(oids: readonly Oid[], visit: (index: number, object: GitObject) => void): Promise<void>
  /** The packs whose entries may be sent as they lie there. */
  packs?(): readonly Pack[]
  readonly reader?: PackReader
}

/** A pack to send. */
export interface PushPack {
  readonly count: number
  readonly sizeBytes: number
  readonly pieces: readonly Uint8Array[]
}

/** How a pack for a push is written. */
export interface PushPackOptions {
  /**
   * The other side completes thin packs (every git server does): large trees and files may then be deltas
   * against objects that it has. Default true.
   */
  readonly thin?: boolean
  readonly signal?: AbortSignal
}

const deltaMinimumBytes = 512
// A delta of a delta of …: what the receiving side has to walk, as in our own store.
const maximumChain = 32
/** Smaller packs are sent as they are: their bytes cost less than compressing them. */
const storedMaximumBytes = 8 * 1024 * 1024

/** Writes the pack of a push. Throws `git/object-missing`, and the signal's reason when it aborts. */
export async function packForPush(
  reader: BulkReader,
  missing: readonly MissingObject[],
  { thin = true, signal }: PushPackOptions = {},
): Promise<PushPack> {
  const { packs, reader: packReader } = reader
  if (thin && packs && packReader) {
    const whole = await wholePack({ packs, reader: packReader }, missing, storedMaximumBytes)
    if (whole !== null) return { count: missing.length, sizeBytes: whole.length, pieces: [whole] }
  }
  const own = thin ? null : new Set(missing.map(({ oid }) => oid))
  const depths = new Map<Oid, number>()
  const ready = await readyDeltas(reader, missing)
  const contents = await readAll(reader, missing, ready)
  const objects: (NewObject | PackedObject)[] = []
  let size = 0
  for (const [i, { oid, type, base }] of missing.entries()) {
    signal?.throwIfAborted()
    const packed = ready[i]
    const content = contents[i]
    // Nearly all objects are small files, which are no deltas: nothing is looked up for them.
    const mayBeDelta =
      packed !== undefined || (content !== undefined && content.bytes.length >= deltaMinimumBytes)
    const depth = mayBeDelta && base !== undefined ? (depths.get(base) ?? 0) + 1 : Infinity
    if (base !== undefined && depth < maximumChain && (own?.has(base) ?? true)) {
      if (packed !== undefined) {
        depths.set(oid, depth)
        size += packed.size
        objects.push(packed)
        continue
      }
      const delta = content && (await deltaAgainst(reader, base, content))
      if (content !== undefined && delta !== undefined) {
        depths.set(oid, depth)
        size += delta.bytes.length
        objects.push({ oid, type, bytes: content.bytes, delta })
        continue
      }
    }
    const { bytes } = content ?? (await reader.read(oid))
    size += bytes.length
    objects.push({ oid, type, bytes })
  }
  const { buffer, count, sizeBytes } = writePackBytes(objects, {
    compress: size >= storedMaximumBytes,
  })
  const pieces: Uint8Array[] = []
  for (let segment = 0; segment < buffer.segmentCount(); segment++) {
    pieces.push(buffer.segmentContent(segment) ?? (await buffer.load(segment)))
  }
  return { count, sizeBytes, pieces }
}

/** The object as a delta, where that is much smaller. */
async function deltaAgainst(
  reader: ObjectReader,
  base: Oid,
  { type, bytes }: GitObject,
): Promise<NewObject['delta']> {
  const old = await reader.read(base)
  if (old.type !== type) return undefined
  const made = (type === 'tree' ? treeDelta : blobDelta)(old.bytes, bytes)
  return made.length * 2 <= bytes.length ? { base, bytes: made } : undefined
}

/**
 * Trees that lie in our packs as deltas against just the base that they have here, as a commit writes large ones:
 * they go out as they are, and neither version of the tree is read.
 */
async function readyDeltas(
  { packs, reader }: BulkReader,
  missing: readonly MissingObject[],
): Promise<readonly (PackedObject | undefined)[]> {
  const ready: (PackedObject | undefined)[] = Array.from({ length: missing.length })
  const open = packs?.() ?? []
  if (reader === undefined) return ready
  for (const [i, { oid, type, base }] of missing.entries()) {
    if (type !== 'tree' || base === undefined) continue
    const id = oidToBytes(oid)
    const pack = open.findLast(({ index }) => index.find(id, 0) >= 0)
    if (pack === undefined) continue
    // What cannot be read here (compacted away meanwhile) is read, or complained about, as a whole object.
    const raw = await reader.readRaw(pack, pack.index.find(id, 0)).catch(() => null)
    if (raw?.type === 'delta' && raw.base === base) ready[i] = { oid, ...raw }
  }
  return ready
}

/** Reads all objects but those that are ready. */
async function readAll(
  reader: BulkReader,
  missing: readonly MissingObject[],
  ready: readonly (PackedObject | undefined)[],
): Promise<readonly (GitObject | undefined)[]> {
  const contents: (GitObject | undefined)[] = Array.from({ length: missing.length })
  const indexes = [...missing.keys()].filter((i) => ready[i] === undefined)
  const oids = indexes.map((i) => (missing[i] as MissingObject).oid) // a key of `missing`
  if (reader.readMany === undefined) {
    for (const [i, oid] of oids.entries()) contents[indexes[i] as number] = await reader.read(oid) // parallel arrays
  } else {
    await reader.readMany(oids, (i, object) => {
      contents[indexes[i] as number] = object // a number in `oids`
    })
  }
  return contents
}
