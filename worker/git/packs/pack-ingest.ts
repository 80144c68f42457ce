import type { PackRow, Storage } from '../../storage/storage.ts'
import type { GitObject } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'
import { createPackBuffer } from './pack-bytes.ts'
import { packTrailerBytes } from './pack-format.ts'
import { createPackIndexer } from './pack-indexer.ts'
import type { WarmContents } from './pack-reader.ts'

export interface PackIngestOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: { readonly objects: number; readonly total: number }) => void
  /** Larger objects are refused. Default 512 MiB. */
  readonly maxObjectBytes?: number
}

/** A pack that has arrived whole and is readable once it is adopted. */
export interface ReceivedPack {
  /** To put into a batch, after `stored`. */
  readonly row: PackRow
  /** Resolves when the storage has every segment; rejects with what the storage threw. */
  readonly stored: Promise<void>
}

/** Receives one pack: indexes it and stores its segments while it arrives. */
export interface PackIngest {
  /**
   * Takes the next bytes; wait for the promise, if there is one, before the next call. Throws
   * `git/pack-corrupt`, `remote/aborted` and what the storage throws.
   */
  write(chunk: Uint8Array): Promise<void> | undefined
  /** The pack, or null when it holds no object. Throws `git/pack-corrupt`, `git/hash-collision`. */
  finish(): Promise<ReceivedPack | null>
  /** Gives the pack up. Segments already written are orphans, which the storage drops. */
  abort(): Promise<void>
}

/** What an ingest needs from its store. */
export interface PackIngestHost {
  readonly storage: Pick<Storage, 'writeSegment' | 'readSegment'>
  readonly segmentBytes: number
  readonly inlineBytes: number
  /** Full segments beyond this stay only in the storage. */
  readonly residentBytes: number
  readonly exists: (id: Uint8Array, at: number) => boolean
  readonly read: (oid: Oid) => Promise<GitObject>
  readonly onReceived: (id: string, segments: readonly (Uint8Array | undefined)[], warm: WarmContents) => void
}

/** Segments that may be on their way to the storage at once. */
const maxPendingWrites = 3

export function createPackIngest(host: PackIngestHost, options: PackIngestOptions): PackIngest {
  const { storage, segmentBytes } = host
  const id = randomPackId()
  const pending = new Set<Promise<void>>()
  let failure: unknown
  let done = false

  const buffer = createPackBuffer({
    segmentBytes,
    onSegment: (segment) => {
      void store(segment)
    },
    reload: (segment) => storage.readSegment(id, segment),
  })
  const indexer = createPackIndexer({
    buffer,
    exists: host.exists,
    readExisting: host.read,
    resolveBase: async (oid) => await readIfPresent(oid),
    ...options,
  })

  async function readIfPresent(oid: Oid): Promise<GitObject | undefined> {
    try {
      return await host.read(oid)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'git/object-missing') return undefined
      throw error
    }
  }

  function store(segment: number): Promise<void> {
    const bytes = buffer.segmentContent(segment)
    if (bytes === undefined) return Promise.resolve()
    const write = storage
      .writeSegment(id, segment, bytes)
      .then(() => {
        const resident = Math.floor(host.residentBytes / segmentBytes)
        // The first segment stays: completing a thin pack rewrites its header.
        if (!done && segment >= resident) buffer.release(segment)
        return undefined
      })
      .catch((error: unknown) => {
        failure ??= error
      })
      .finally(() => pending.delete(write))
    pending.add(write)
    return write
  }

  function throwFailure(): void {
    if (failure !== undefined) throw failure
  }

  /** Waits for every write under way. */
  async function settle(): Promise<void> {
    await Promise.all(pending)
    throwFailure()
  }

  async function finish(): Promise<ReceivedPack | null> {
    throwFailure()
    const received = buffer.sizeBytes
    const indexed = await indexer.finish()
    done = true
    if (indexed.count === 0) {
      await settle()
      return null
    }
    const { sizeBytes } = buffer
    const { index, entries, order, contents } = indexed
    if (sizeBytes <= host.inlineBytes) {
      const inline = buffer.segmentContent(0)?.slice() ?? null
      host.onReceived(id, [], { entries, order, contents })
      const row = { id, sizeBytes, index, inline, segmentBytes, segmentCount: 0 }
      return { row, stored: nobodysRejection(settle()) }
    }
    const segmentCount = buffer.segmentCount()
    // Full segments are stored already, unless bases were appended: then the header and the end changed.
    const from = Math.floor((indexed.completed ? received - packTrailerBytes : sizeBytes) / segmentBytes)
    const changed = new Set<number>(indexed.completed ? [0] : [])
    for (let segment = from; segment < segmentCount; segment++) changed.add(segment)
    // A segment that is written again must not be overtaken by its first version.
    const stored = settle().then(async () => {
      await Promise.all([...changed].map(store))
      throwFailure()
    })
    const segments = Array.from({ length: segmentCount }, (_, segment) => buffer.segmentContent(segment))
    host.onReceived(id, segments, { entries, order, contents })
    return {
      row: { id, sizeBytes, index, inline: null, segmentBytes, segmentCount },
      stored: nobodysRejection(stored),
    }
  }

  return {
    write(chunk) {
      throwFailure()
      indexer.write(chunk)
      return pending.size > maxPendingWrites ? Promise.race(pending) : undefined
    },
    finish,
    async abort() {
      failure ??= new Error('The pack was given up.')
      done = true
      await Promise.all(pending)
    },
  }
}

/** Whoever puts the row waits for the promise; until then its failure must not count as unhandled. */
function nobodysRejection(promise: Promise<void>): Promise<void> {
  promise.catch(() => {})
  return promise
}

function randomPackId(): string {
  const random = globalThis.crypto.getRandomValues(new Uint8Array(16))
  return `in-${Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
