import { EspalierError } from '../../../src/protocol/errors.ts'
import type { PackRow, Storage } from '../../storage/storage.ts'
import type { GitObject, NewObject, ObjectReader } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'
import { oidBytes, oidFromBytes, oidToBytes } from '../objects/oid.ts'
import { createSegmentCache, createStoredPackBytes, defaultSegmentBytes } from './pack-bytes.ts'
import { readPackIndex } from './pack-index.ts'
import type { PackIngest, PackIngestOptions } from './pack-ingest.ts'
import { createPackIngest } from './pack-ingest.ts'
import type { Pack, PackPlace, PackReader, WarmContents } from './pack-reader.ts'
import { createPackReader } from './pack-reader.ts'
import { readObjects } from './pack-bulk-read.ts'
import { writePack } from './pack-writer.ts'

/** Objects that are stored, in packs for the most part. */
export interface StoredObjects extends ObjectReader {
  /** Throws `git/object-missing`, `git/pack-corrupt`. */
  read(oid: Oid): Promise<GitObject>
  has(oid: Oid): boolean
  /**
   * Reads many objects in the order in which they lie in their packs, and hands each to `visit` with its number
   * in `oids` (ids, or 20 raw bytes each). Contents may be parts of shared slabs: they stay valid, but copy what
   * is kept for long. `keep`: some of them are wanted again soon, so that they stay in memory for a while. Throws
   * `git/object-missing` before the first visit when one is in no pack.
   */
  readMany(
    oids: readonly Oid[] | Uint8Array,
    visit: (index: number, object: GitObject) => void,
    options?: { readonly keep?: boolean },
  ): Promise<void>
  /** How many deltas an object is away from a whole one. Throws `git/object-missing`. */
  deltaDepth(oid: Oid): Promise<number>
  packs(): readonly Pack[]
  /** Reads entries as they lie in a pack, for compaction and copies. */
  readonly reader: PackReader
}

/** All objects of one repository. Reads are answered from packs in the storage, kept in memory as needed. */
export interface ObjectStore extends StoredObjects {
  /** `has` for 20 raw id bytes at `at`. */
  hasBytes(id: Uint8Array, at: number): boolean
  /** Starts receiving a pack. Its row is not stored: put it into a batch together with the refs that need it. */
  ingest(options?: PackIngestOptions): PackIngest
  /** Makes a pack readable here, before or after its row is stored. */
  adopt(row: PackRow): void
  /** Takes an adopted pack back whose row could not be stored. */
  forget(id: string): void
  /** Builds a small pack of new objects, without those that the store has. */
  pack(objects: readonly NewObject[]): Promise<PackRow>
  /** Takes over the storage's list of packs (other tabs, compaction). */
  refresh(): Promise<void>
  /** Frees memory that only makes later reads faster. */
  trim(): void
}

/** Packs up to this size are kept in their row; larger ones in segments. */
export const inlinePackBytes: number = 1024 * 1024
const residentBytes = 64 * 1024 * 1024

/** Opens the store of the packs that the storage holds (`state` saves reading them again). */
export async function createObjectStore(
  storage: Storage,
  state?: { readonly packs: readonly PackRow[] },
): Promise<ObjectStore> {
  const cache = createSegmentCache(residentBytes)
  let packs: Pack[] = []
  /** Packs received or made here whose bytes are still in memory. */
  const received = new Map<string, { segments: readonly (Uint8Array | undefined)[]; warm?: WarmContents }>()
  const scratchId = new Uint8Array(oidBytes)

  function openPack(row: PackRow): Pack {
    const known = received.get(row.id)
    received.delete(row.id)
    return {
      id: row.id,
      index: readPackIndex(row.index),
      bytes: createStoredPackBytes(row, storage, cache, known?.segments),
      warm: known?.warm,
    }
  }

  function find(id: Uint8Array, at: number, except?: Pack): { pack: Pack; position: number } | undefined {
    // The newest pack first: what was written last is read most.
    for (let i = packs.length - 1; i >= 0; i--) {
      const pack = packs[i] as Pack // i is an index of packs
      if (pack === except) continue
      const position = pack.index.find(id, at)
      if (position >= 0) return { pack, position }
    }
    return undefined
  }

  function findPlace(id: Uint8Array, at: number, except?: Pack): PackPlace | undefined {
    const found = find(id, at, except)
    return found && { pack: found.pack, offset: found.pack.index.offsetAt(found.position) }
  }

  const reader = createPackReader(findPlace)

  function placeOf(oid: Oid): PackPlace {
    const place = findPlace(oidToBytes(oid, scratchId), 0)
    if (place === undefined) throw missingObject(oid)
    return place
  }

  /** Runs a read; when a pack was compacted away by another tab meanwhile, once more with the packs of now. */
  async function withFreshPacks<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof EspalierError) || error.code !== 'storage/corrupt') throw error
      const before = packs
      await store.refresh()
      if (before === packs) throw error
      return await read()
    }
  }

  const store: ObjectStore = {
    reader,
    async read(oid) {
      return await withFreshPacks(async () => {
        const { pack, offset } = placeOf(oid)
        return await reader.read(pack, offset)
      })
    },
    has: (oid) => find(oidToBytes(oid, scratchId), 0) !== undefined,
    hasBytes: (id, at) => find(id, at) !== undefined,
    async readMany(oids, visit, { keep = false } = {}) {
      await readObjects({ ids: idsOf(oids), find, reader, missingObject, visit, keep })
    },
    ingest: (options = {}) =>
      createPackIngest(
        {
          storage,
          segmentBytes: defaultSegmentBytes,
          inlineBytes: inlinePackBytes,
          residentBytes,
          exists: (id, at) => find(id, at) !== undefined,
          read: (oid) => store.read(oid),
          onReceived: (id, segments, warm) => {
            for (const pack of packs) pack.warm = undefined
            received.clear()
            received.set(id, { segments, warm })
          },
        },
        options,
      ),
    adopt(row) {
      if (packs.some(({ id }) => id === row.id)) return
      packs = [...packs, openPack(row)]
    },
    forget(id) {
      reader.trim()
      packs = packs.filter((pack) => pack.id !== id)
    },
    async pack(objects) {
      const seen = new Set<Oid>()
      const fresh = objects.filter(({ oid }) => {
        if (seen.has(oid) || store.has(oid)) return false
        seen.add(oid)
        return true
      })
      const { buffer, index, packHash, sizeBytes } = writePack(fresh)
      const id = oidFromBytes(packHash)
      if (sizeBytes <= inlinePackBytes) {
        const inline = buffer.segmentContent(0)?.slice() ?? null
        return { id, sizeBytes, index, inline, segmentBytes: sizeBytes, segmentCount: 0 }
      }
      const segmentCount = buffer.segmentCount()
      const segments = Array.from({ length: segmentCount }, (_, segment) => buffer.segmentContent(segment))
      await Promise.all(segments.map((bytes, segment) => bytes && storage.writeSegment(id, segment, bytes)))
      received.clear()
      received.set(id, { segments })
      return { id, sizeBytes, index, inline: null, segmentBytes: buffer.segmentBytes, segmentCount }
    },
    async deltaDepth(oid) {
      const { pack, offset } = placeOf(oid)
      return await reader.depth(pack, offset)
    },
    async refresh() {
      const { ids, added } = await storage.readPacks(new Set(packs.map(({ id }) => id)))
      const present = new Set(ids)
      const kept = packs.filter(({ id }) => present.has(id))
      if (kept.length === packs.length && added.length === 0) return
      reader.trim()
      packs = [...kept, ...added.map(openPack)]
    },
    packs: () => packs,
    trim() {
      reader.trim()
      received.clear()
      for (const pack of packs) {
        pack.warm?.contents.clear()
        pack.warm = undefined
      }
    },
  }

  packs = (state ?? (await storage.readState())).packs.map(openPack)
  return store
}

function missingObject(oid: Oid): EspalierError {
  return new EspalierError(
    'git/object-missing',
    `The object ${oid} is in no pack. Fetch the repository again.`,
    {
      data: { oid },
    },
  )
}

/** Ids as 20 raw bytes each. */
export function idsOf(oids: readonly Oid[] | Uint8Array): Uint8Array {
  if (oids instanceof Uint8Array) return oids
  const ids = new Uint8Array(oids.length * oidBytes)
  oids.forEach((oid, i) => oidToBytes(oid, ids, i * oidBytes))
  return ids
}
