import { blobDelta } from './blob-delta.ts'
import type { MissingObject } from './missing-objects.ts'
import type { GitObject, NewObject, ObjectReader } from './object.ts'
import type { Oid } from './oid.ts'
import { oidToBytes } from './oid.ts'
import type { Pack, PackReader } from './pack-reader.ts'
import type { PackedObject } from './pack-writer.ts'
import { writePackBytes } from './pack-writer.ts'
import { treeDelta } from './tree-delta.ts'

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
  const own = new Set(missing.map(({ oid }) => oid))
  const depths = new Map<Oid, number>()
  /** The base of an object, where the object may be a delta: counted as one then. */
  const allowedBase = ({ oid, base }: MissingObject): Oid | undefined => {
    if (base === undefined || (!thin && !own.has(base))) return undefined
    const depth = (depths.get(base) ?? 0) + 1
    if (depth >= maximumChain) return undefined
    depths.set(oid, depth)
    return base
  }

  const objects: (NewObject | PackedObject)[] = []
  const ready = await readyDeltas(reader, missing)
  const contents = await readAll(
    reader,
    missing.filter(({ oid }) => !ready.has(oid)),
  )
  let size = 0
  for (const object of missing) {
    signal?.throwIfAborted()
    const { oid, type } = object
    const base = allowedBase(object)
    const packed = base === undefined ? undefined : ready.get(oid)
    if (packed !== undefined) {
      size += packed.size
      objects.push(packed)
      continue
    }
    const { bytes } = contents.get(oid) ?? (await reader.read(oid))
    const delta = base === undefined ? undefined : await deltaAgainst(reader, base, { type, bytes })
    if (delta === undefined) depths.delete(oid)
    size += delta?.bytes.length ?? bytes.length
    objects.push(delta === undefined ? { oid, type, bytes } : { oid, type, bytes, delta })
  }
  const { buffer, count, sizeBytes } = writePackBytes(objects, {
    level: size < storedMaximumBytes ? 0 : 'fast',
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
  if (bytes.length < deltaMinimumBytes) return undefined
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
): Promise<ReadonlyMap<Oid, PackedObject>> {
  const ready = new Map<Oid, PackedObject>()
  const open = packs?.() ?? []
  if (reader === undefined) return ready
  for (const { oid, type, base } of missing) {
    if (type !== 'tree' || base === undefined) continue
    const id = oidToBytes(oid)
    const pack = open.findLast(({ index }) => index.find(id, 0) >= 0)
    if (pack === undefined) continue
    // What cannot be read here (compacted away meanwhile) is read, or complained about, as a whole object.
    const raw = await reader.readRaw(pack, pack.index.find(id, 0)).catch(() => null)
    if (raw?.type === 'delta' && raw.base === base) ready.set(oid, { oid, ...raw })
  }
  return ready
}

async function readAll(
  reader: BulkReader,
  missing: readonly MissingObject[],
): Promise<ReadonlyMap<Oid, GitObject>> {
  const contents = new Map<Oid, GitObject>()
  const oids = missing.map(({ oid }) => oid)
  if (reader.readMany === undefined) {
    for (const oid of oids) contents.set(oid, await reader.read(oid))
  } else {
    await reader.readMany(oids, (index, object) => {
      contents.set(oids[index] as Oid, object) // a number in `oids`
    })
  }
  return contents
}
