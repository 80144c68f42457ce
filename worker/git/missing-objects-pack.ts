import { blobDelta } from './blob-delta.ts'
import type { MissingObject } from './missing-objects.ts'
import type { GitObject, NewObject, ObjectReader } from './object.ts'
import type { Oid } from './oid.ts'
import { writePack } from './pack-writer.ts'
import { treeDelta } from './tree-delta.ts'

/** A reader that can read many objects at once. */
export interface BulkReader extends ObjectReader {
  readMany?(oids: readonly Oid[], visit: (index: number, object: GitObject) => void): Promise<void>
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
/** Smaller packs are sent as they are: compressing in JS costs more than sending. */
const storedMaximumBytes = 8 * 1024 * 1024

/** Writes the pack of a push. Throws `git/object-missing`, and the signal's reason when it aborts. */
export async function packForPush(
  reader: BulkReader,
  missing: readonly MissingObject[],
  { thin = true, signal }: PushPackOptions = {},
): Promise<PushPack> {
  const own = new Set(missing.map(({ oid }) => oid))
  const contents = await readAll(reader, missing)
  const depths = new Map<Oid, number>()
  let size = 0
  const objects: NewObject[] = []
  for (const [i, { oid, type, base }] of missing.entries()) {
    signal?.throwIfAborted()
    const { bytes } = contents[i] as GitObject // readAll gives one for each
    let delta: NewObject['delta']
    const depth = base === undefined ? Infinity : (depths.get(base) ?? 0) + 1
    if (
      base !== undefined &&
      bytes.length >= deltaMinimumBytes &&
      depth < maximumChain &&
      (thin || own.has(base))
    ) {
      const old = await reader.read(base)
      if (old.type === type) {
        const made = (type === 'tree' ? treeDelta : blobDelta)(old.bytes, bytes)
        if (made.length * 2 <= bytes.length) {
          delta = { base, bytes: made }
          depths.set(oid, depth)
        }
      }
    }
    size += delta?.bytes.length ?? bytes.length
    objects.push(delta === undefined ? { oid, type, bytes } : { oid, type, bytes, delta })
  }
  const { buffer, count, sizeBytes } = writePack(objects, { level: size < storedMaximumBytes ? 0 : 1 })
  const pieces: Uint8Array[] = []
  for (let segment = 0; segment < buffer.segmentCount(); segment++) {
    pieces.push(buffer.segmentContent(segment) ?? (await buffer.load(segment)))
  }
  return { count, sizeBytes, pieces }
}

async function readAll(reader: BulkReader, missing: readonly MissingObject[]): Promise<readonly GitObject[]> {
  const contents: GitObject[] = []
  const oids = missing.map(({ oid }) => oid)
  if (reader.readMany === undefined) {
    for (const oid of oids) contents.push(await reader.read(oid))
  } else {
    await reader.readMany(oids, (index, object) => {
      contents[index] = object
    })
  }
  return contents
}
