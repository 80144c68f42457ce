import { EspalierError } from '../../../src/protocol/errors.ts'
import { crc32 } from './crc32.ts'
import { inflate, inflateCorrupt, inflateNeedsInput, inflatePadding } from '../zlib/inflate.ts'
import type { GitObject } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'
import { oidFromBytes } from '../objects/oid.ts'
import type { PackBuffer } from './pack-bytes.ts'
import { createPackContents } from './pack-contents.ts'
import type { PackContents } from './pack-contents.ts'
import { addEntry, createEntryTable, entryAtOffset } from './pack-entry-table.ts'
import type { EntryTable } from './pack-entry-table.ts'
import { packCorrupt } from '../objects/pack-corrupt.ts'
import {
  createEntryHeader,
  objectTypeOf,
  ofsDeltaEntry,
  packHeaderBytes,
  packTrailerBytes,
  readEntryHeader,
  readPackHeader,
  refDeltaEntry,
} from './pack-format.ts'
import { createPackResolver } from './pack-resolver.ts'
import { writePackIndex } from './pack-index.ts'
import { createObjectHasher, createSha1 } from '../objects/sha1.ts'

export interface PackIndexerOptions {
  /** Takes the pack's bytes as they come; read again for deltas whose base comes later. */
  readonly buffer: PackBuffer
  /** The base of a thin pack's delta, from the store. */
  readonly resolveBase?: (oid: Oid) => Promise<GitObject | undefined>
  /** Whether the store has the object whose id starts at `at`. */
  readonly exists?: (id: Uint8Array, at: number) => boolean
  /** Reads an object that the store has, to compare it with the pack's. */
  readonly readExisting?: (oid: Oid) => Promise<GitObject>
  readonly onProgress?: (progress: { readonly objects: number; readonly total: number }) => void
  readonly signal?: AbortSignal
  /** Larger objects are refused, so that a tiny hostile pack cannot claim all memory. Default 512 MiB. */
  readonly maxObjectBytes?: number
  /** Bound on all inflated bytes together, deltas' results included. Default 64 GiB. */
  readonly maxTotalBytes?: number
  /** How much inflated content may stay in memory for deltas and first reads. Default 64 MiB. */
  readonly contentBudgetBytes?: number
}

/** A complete pack's index, and where its inflated objects still lie in memory. */
export interface IndexedPack {
  readonly count: number
  readonly index: Uint8Array
  readonly packHash: Uint8Array
  readonly entries: EntryTable
  /** The entry of each position in the index. */
  readonly order: Uint32Array
  readonly contents: PackContents
  /** True when bases were appended: the buffer's first bytes and end were rewritten. */
  readonly completed: boolean
}

/**
 * Indexes a pack while it arrives: every entry is inflated and hashed as soon as its bytes are there, and deltas
 * whose base is still in memory are resolved at once. `finish` resolves the others.
 */
export interface PackIndexer {
  /** Takes the next bytes. Throws `git/pack-corrupt`, `remote/aborted`. */
  write(chunk: Uint8Array): void
  /** Throws `git/pack-corrupt`, `git/hash-collision`, `remote/aborted`. */
  finish(): Promise<IndexedPack>
}

const firstWindowBytes = 8 * 1024
/** Fits into the processor's cache together with what it inflates to. */
const windowBytes = 256 * 1024

export function createPackIndexer(options: PackIndexerOptions): PackIndexer {
  const { buffer, signal } = options
  const maxObjectBytes = options.maxObjectBytes ?? 512 * 1024 * 1024
  const maxTotalBytes = options.maxTotalBytes ?? 64 * 1024 ** 3
  const hasher = createObjectHasher()
  const packSha = createSha1()
  const header = createEntryHeader()
  const table = createEntryTable(256)
  const contents = createPackContents(options.contentBudgetBytes ?? 64 * 1024 * 1024)
  const resolver = createPackResolver({ table, contents, hasher, buffer, maxObjectBytes, spend })

  let window = new Uint8Array(firstWindowBytes + inflatePadding)
  /** The window holds the pack's bytes `windowStart … windowStart + filled`; `position` is the next entry. */
  let windowStart = 0
  let filled = 0
  let position = 0
  /** Don't try the entry at `position` again before this many bytes are there. */
  let tryAgainAt = 0
  let total = -1
  let delta = new Uint8Array(4096)
  let spentBytes = 0
  let failure: unknown

  function spend(size: number): void {
    spentBytes += size
    if (spentBytes > maxTotalBytes) throw packCorrupt('its objects are larger than the limit together')
  }

  function checkSize(size: number): void {
    if (size > maxObjectBytes) {
      throw packCorrupt(`an object of ${size} bytes is larger than the limit of ${maxObjectBytes}`)
    }
  }

  function checkAborted(): void {
    if (signal?.aborted)
      throw new EspalierError('remote/aborted', 'The transfer was aborted. Start it again.')
  }

  /** Parses the entries that are complete in the window. */
  function parse(final: boolean): void {
    if (total < 0) {
      if (filled < packHeaderBytes) return
      total = readPackHeader(window)
      position = packHeaderBytes
    }
    if (final) tryAgainAt = 0
    while (table.count < total && filled - position >= tryAgainAt) {
      if (!parseEntry()) {
        tryAgainAt = Math.max(tryAgainAt, (filled - position) * 2)
        break
      }
      tryAgainAt = 0
    }
    if (table.count === total && filled - position > packTrailerBytes) {
      throw packCorrupt('bytes follow its checksum')
    }
    packSha.update(window, 0, position)
    window.copyWithin(0, position, filled)
    windowStart += position
    filled -= position
    position = 0
  }

  /** False when more input is needed. */
  function parseEntry(): boolean {
    const end = filled
    if (!readEntryHeader(window, position, end, header)) return false
    const { type, size, dataStart } = header
    const offset = windowStart + position
    if (type === 0) throw packCorrupt(`the entry at byte ${offset} has no valid header`, { offset })
    checkSize(size)
    const available = end - dataStart
    // Deflate never packs better than 1032 to 1: don't take room for what cannot be there yet.
    if (size > available * 1032) {
      tryAgainAt = Math.ceil(size / 1032)
      return false
    }
    let out = delta
    let outStart = 0
    if (type < 5) {
      contents.reserve(size)
      out = contents.bytes as Uint8Array<ArrayBuffer> // made by createPackContents, which allocates it plainly
      outStart = contents.at
    } else if (delta.length < size) {
      out = delta = new Uint8Array(size * 2)
    }
    const used = inflate(window, dataStart, end, out, outStart, size)
    if (used === inflateNeedsInput) {
      if (available > size * 1.25 + 1024 * 1024) throw packCorrupt(`the entry at byte ${offset} does not end`)
      return false
    }
    if (used === inflateCorrupt) {
      throw packCorrupt(`the entry at byte ${offset} does not inflate to its size and checksum`, { offset })
    }
    spend(size)
    const entry = addEntry(table, offset)
    table.crcs[entry] = crc32(window, position, dataStart + used)
    if (type < 5) {
      table.types[entry] = type
      table.sizes[entry] = size
      table.slabs[entry] = contents.keep()
      table.slabStarts[entry] = outStart
      hasher.hash(objectTypeOf(type), out, outStart, outStart + size, table.ids, entry * 20)
    } else if (type === ofsDeltaEntry) {
      const base = entryAtOffset(table, offset - header.baseDistance)
      if (base < 0 || base === entry) throw packCorrupt(`the delta at byte ${offset} has no base`, { offset })
      if (!resolver.resolveNow(entry, base, delta, size)) resolver.waitForEntry(entry, base)
    } else if (type === refDeltaEntry) {
      resolver.waitForId(entry, window.slice(header.baseIdStart, header.baseIdStart + 20))
    }
    position = dataStart + used
    return true
  }

  function write(chunk: Uint8Array): void {
    if (failure !== undefined) throw failure
    try {
      checkAborted()
      buffer.append(chunk)
      let from = 0
      while (from < chunk.length) {
        const capacity = window.length - inflatePadding
        // It grows with the pieces that come, beyond `windowBytes` only for an entry that needs it.
        if (filled === capacity || (capacity < windowBytes && filled + chunk.length - from > capacity)) {
          const grown = new Uint8Array(capacity * 2 + inflatePadding)
          grown.set(window)
          window = grown
          continue
        }
        const take = Math.min(chunk.length - from, capacity - filled)
        window.set(take === chunk.length ? chunk : chunk.subarray(from, from + take), filled)
        filled += take
        from += take
        parse(false)
      }
      options.onProgress?.({ objects: table.count, total: Math.max(total, 0) })
    } catch (error) {
      failure = error
      throw error
    }
  }

  async function finish(): Promise<IndexedPack> {
    if (failure !== undefined) throw failure
    parse(true)
    if (total < 0 || table.count < total || filled < packTrailerBytes) {
      throw packCorrupt(`it ends after ${table.count} of ${Math.max(total, 0)} objects`)
    }
    let packHash: Uint8Array = new Uint8Array(20)
    packSha.digest(packHash)
    for (let i = 0; i < 20; i++) if (packHash[i] !== window[i]) throw packCorrupt('its checksum is wrong')

    await resolver.resolveWaiting(checkAborted)
    const completed = resolver.waitingIds().length > 0
    if (completed) packHash = await completeThinPack()
    if (resolver.unresolved() > 0) throw packCorrupt(`${resolver.unresolved()} deltas have no base`)
    const { bytes: index, order } = writePackIndex({ ...table, packHash })
    await rejectCollisions(order)
    return { count: table.count, index, packHash, entries: table, order, contents, completed }
  }

  /** Appends the bases that the pack leaves out, and rewrites its count and checksum. */
  async function completeThinPack(): Promise<Uint8Array> {
    // The end is rewritten: it must be in memory.
    await buffer.load(Math.floor((buffer.sizeBytes - packTrailerBytes) / buffer.segmentBytes))
    buffer.truncate(buffer.sizeBytes - packTrailerBytes)
    for (let ids = resolver.waitingIds(); ids.length > 0; ids = resolver.waitingIds()) {
      let appended = 0
      for (const id of ids) {
        const base = await options.resolveBase?.(oidFromBytes(id))
        // One that the store lacks may be a delta of this pack, whose own base comes first.
        if (base === undefined) continue
        resolver.append(base, id)
        appended++
      }
      if (appended === 0) {
        const oid = oidFromBytes(ids[0] as Uint8Array) // the loop's condition
        throw packCorrupt(`the base ${oid} of a delta is missing`, { oid })
      }
      await resolver.resolveWaiting(checkAborted)
    }
    return await resolver.rewriteEnds()
  }

  /** An object that exists is never replaced: the same id must mean the same bytes. */
  async function rejectCollisions(order: Uint32Array): Promise<void> {
    const { ids } = table
    for (let position = 0; position < table.count; position++) {
      const entry = order[position] as number // order has `count` entries
      const previous = position === 0 ? -1 : (order[position - 1] as number)
      const twin = previous >= 0 && sameTableId(ids, entry, previous)
      const existing = options.exists?.(ids, entry * 20) === true
      if (!twin && !existing) continue
      const oid = oidFromBytes(ids, entry * 20)
      const object = await resolver.readEntry(entry)
      if (twin) rejectUnlessEqual(oid, object, await resolver.readEntry(previous))
      if (existing && options.readExisting) rejectUnlessEqual(oid, object, await options.readExisting(oid))
    }
  }

  return {
    write,
    async finish() {
      try {
        return await finish()
      } catch (error) {
        failure ??= error
        contents.clear()
        throw error
      }
    },
  }
}

function sameTableId(ids: Uint8Array, a: number, b: number): boolean {
  for (let i = 0; i < 20; i++) if (ids[a * 20 + i] !== ids[b * 20 + i]) return false
  return true
}

function rejectUnlessEqual(oid: Oid, a: GitObject, b: GitObject): void {
  if (a.type === b.type && a.bytes.length === b.bytes.length) {
    let at = 0
    while (at < a.bytes.length && a.bytes[at] === b.bytes[at]) at++
    if (at === a.bytes.length) return
  }
  throw new EspalierError(
    'git/hash-collision',
    `Two different contents have the object id ${oid}; the pack was refused. Check where it comes from.`,
    { data: { oid } },
  )
}
