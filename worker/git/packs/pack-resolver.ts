import { deflate } from '../zlib/deflate.ts'
import { crc32 } from './crc32.ts'
import { applyDeltaInto, readDeltaHeader } from '../deltas/delta.ts'
import type { GitObject } from '../objects/object.ts'
import type { PackBuffer } from './pack-bytes.ts'
import type { PackContents } from './pack-contents.ts'
import { createEntryReader } from './pack-entry.ts'
import type { EntryTable } from './pack-entry-table.ts'
import { addEntry, sameId } from './pack-entry-table.ts'
import { packCorrupt } from '../objects/pack-corrupt.ts'
import {
  entryTypeOf,
  objectTypeOf,
  packHeaderBytes,
  readPackHeader,
  writeEntryHeader,
  writePackCount,
} from './pack-format.ts'
import type { ObjectHasher } from '../objects/sha1.ts'
import { createSha1 } from '../objects/sha1.ts'

/** Resolves the deltas of a pack that is being indexed. */
export interface PackResolver {
  /** Applies the delta when the base's content is in memory; false when it is not. */
  resolveNow(entry: number, base: number, delta: Uint8Array, deltaSize: number): boolean
  /** The delta's base is this entry, which is not resolved or no longer in memory. */
  waitForEntry(entry: number, base: number): void
  /** The delta's base has this id, in this pack or in the store. */
  waitForId(entry: number, id: Uint8Array): void
  /** Resolves every waiting delta whose base is in the pack, chains of any depth without recursion. */
  resolveWaiting(checkAborted: () => void): Promise<void>
  /** The base ids that the pack does not hold. */
  waitingIds(): readonly Uint8Array[]
  unresolved(): number
  /** Appends a base from the store to a thin pack. */
  append(object: GitObject, id: Uint8Array): void
  /** Rewrites count and checksum of a completed pack; answers the checksum. */
  rewriteEnds(): Promise<Uint8Array>
  /** A resolved entry's object. */
  readEntry(entry: number): Promise<GitObject>
}

export interface PackResolverOptions {
  readonly table: EntryTable
  readonly contents: PackContents
  readonly hasher: ObjectHasher
  readonly buffer: PackBuffer
  readonly maxObjectBytes: number
  /** Counts inflated bytes against the pack's bound. */
  readonly spend: (size: number) => void
}

const breathEveryMs = 100

/** A content: `bytes[start … start + size]`. */
interface Content {
  readonly bytes: Uint8Array
  readonly start: number
  readonly size: number
}

export function createPackResolver(options: PackResolverOptions): PackResolver {
  const { table, contents, hasher, buffer, maxObjectBytes, spend } = options
  const reader = createEntryReader()
  /** REF_DELTAs by the first four bytes of their base's id. */
  const waiting = new Map<number, { entry: number; id: Uint8Array }[]>()
  let linkedThrough = 0
  let lastBreath = performance.now()
  let scratch = new Uint8Array(4096)

  function cached(entry: number): Content | undefined {
    if (table.types[entry] === 0) return undefined
    const bytes = contents.slab(table.slabs[entry] as number) // entries below are numbers of the table
    if (bytes === undefined) return undefined
    return { bytes, start: table.slabStarts[entry] as number, size: table.sizes[entry] as number }
  }

  /** Applies a delta to a base and keeps the result as the entry's content. */
  function applyTo(entry: number, base: Content, delta: Uint8Array, deltaSize: number): Content {
    const { baseSize, resultSize, start } = readDeltaHeader(delta, 0, deltaSize)
    if (baseSize !== base.size || resultSize > maxObjectBytes || resultSize > deltaSize * 0x1000000) {
      throw badDelta(entry)
    }
    spend(resultSize)
    contents.reserve(resultSize)
    const { bytes, at } = contents
    if (!applyDeltaInto(delta, start, deltaSize, base.bytes, base.start, base.size, bytes, at, resultSize)) {
      throw badDelta(entry)
    }
    table.slabs[entry] = contents.keep()
    table.slabStarts[entry] = at
    table.sizes[entry] = resultSize
    return { bytes, start: at, size: resultSize }
  }

  function badDelta(entry: number): Error {
    const offset = table.offsets[entry] as number
    return packCorrupt(`the delta at byte ${offset} does not fit its base`, { offset })
  }

  /** Gives a delta its type and id once its content is known. */
  function settle(entry: number, type: number, { bytes, start, size }: Content): void {
    hasher.hash(objectTypeOf(type), bytes, start, start + size, table.ids, entry * 20)
    table.types[entry] = type
  }

  /** The delta's instructions, in `scratch`; answers their size. */
  async function readDelta(entry: number): Promise<number> {
    await openEntry(entry)
    const { size } = reader.header
    if (scratch.length < size) scratch = new Uint8Array(size * 2)
    while (!reader.inflateInto(scratch, 0)) await buffer.load(reader.missing)
    return size
  }

  async function openEntry(entry: number): Promise<void> {
    while (!reader.open(buffer, table.offsets[entry] as number)) await buffer.load(reader.missing)
  }

  /** The content of a resolved entry, made again when it had to go. */
  async function contentOf(entry: number): Promise<Content> {
    const chain: number[] = []
    let at = entry
    let content = cached(at)
    while (content === undefined && (table.parents[at] as number) >= 0) {
      chain.push(at)
      at = table.parents[at] as number
      content = cached(at)
    }
    if (content === undefined) {
      await openEntry(at)
      const { size } = reader.header
      spend(size)
      contents.reserve(size)
      const { bytes, at: start } = contents
      while (!reader.inflateInto(bytes, start)) await buffer.load(reader.missing)
      table.slabs[at] = contents.keep()
      table.slabStarts[at] = start
      content = { bytes, start, size }
    }
    for (let i = chain.length - 1; i >= 0; i--) {
      const step = chain[i] as number // i is an index of chain
      const deltaSize = await readDelta(step) // first: it may need a larger scratch
      content = applyTo(step, content, scratch, deltaSize)
    }
    return content
  }

  function waitForEntry(entry: number, base: number): void {
    table.parents[entry] = base
    table.nextSibling[entry] = table.firstChild[base] as number
    table.firstChild[base] = entry
  }

  function idPrefix(id: Uint8Array, at: number): number {
    return (
      ((id[at] as number) << 24) |
      ((id[at + 1] as number) << 16) |
      ((id[at + 2] as number) << 8) |
      (id[at + 3] as number)
    )
  }

  /** Hands the REF_DELTAs that wait for this entry's id over to it. */
  function linkWaiting(entry: number): void {
    const prefix = idPrefix(table.ids, entry * 20)
    const list = waiting.get(prefix)
    if (list === undefined) return
    const others = list.filter(({ entry: child, id }) => {
      if (!sameId(id, 0, table.ids, entry * 20)) return true
      waitForEntry(child, entry)
      return false
    })
    if (others.length > 0) waiting.set(prefix, others)
    else waiting.delete(prefix)
  }

  /** Lets other tasks of this thread run now and then, an abort among them. */
  async function breathe(checkAborted: () => void): Promise<void> {
    if (performance.now() - lastBreath > breathEveryMs) {
      await new Promise((resolve) => setTimeout(resolve, 0))
      lastBreath = performance.now()
    }
    checkAborted()
  }

  /** Resolves everything below an entry. */
  async function resolveBelow(root: number, checkAborted: () => void): Promise<void> {
    const stack = [root]
    for (let base = stack.pop(); base !== undefined; base = stack.pop()) {
      await breathe(checkAborted)
      if ((table.firstChild[base] as number) < 0) continue
      const type = table.types[base] as number
      const baseContent = await contentOf(base)
      for (
        let child = table.firstChild[base] as number;
        child >= 0;
        child = table.nextSibling[child] as number
      ) {
        const deltaSize = await readDelta(child) // first: it may need a larger scratch
        const content = applyTo(child, baseContent, scratch, deltaSize)
        settle(child, type, content)
        if (waiting.size > 0) linkWaiting(child)
        if ((table.firstChild[child] as number) >= 0) stack.push(child)
      }
      table.firstChild[base] = -1
    }
  }

  return {
    resolveNow(entry, base, delta, deltaSize) {
      const baseContent = cached(base)
      if (baseContent === undefined) return false
      table.parents[entry] = base
      settle(entry, table.types[base] as number, applyTo(entry, baseContent, delta, deltaSize))
      return true
    },
    waitForEntry,
    waitForId(entry, id) {
      const prefix = idPrefix(id, 0)
      const list = waiting.get(prefix)
      if (list === undefined) waiting.set(prefix, [{ entry, id }])
      else list.push({ entry, id })
    },
    async resolveWaiting(checkAborted) {
      if (waiting.size > 0) {
        for (; linkedThrough < table.count; linkedThrough++) {
          if (table.types[linkedThrough] !== 0) linkWaiting(linkedThrough)
        }
      }
      for (let entry = 0; entry < table.count; entry++) {
        if (table.types[entry] !== 0 && (table.firstChild[entry] as number) >= 0) {
          await resolveBelow(entry, checkAborted)
        }
      }
    },
    waitingIds() {
      const ids: Uint8Array[] = []
      for (const list of waiting.values()) {
        for (const { id } of list) if (!ids.some((known) => sameId(known, 0, id, 0))) ids.push(id)
      }
      return ids
    },
    unresolved() {
      let unresolved = 0
      for (let entry = 0; entry < table.count; entry++) if (table.types[entry] === 0) unresolved++
      return unresolved
    },
    append(object, id) {
      const packed = deflate(object.bytes)
      const type = entryTypeOf(object.type)
      const head = new Uint8Array(16)
      const bytes = head.subarray(0, writeEntryHeader(head, 0, type, object.bytes.length))
      const entry = addEntry(table, buffer.sizeBytes)
      table.crcs[entry] = crc32(packed, 0, packed.length, crc32(bytes, 0, bytes.length))
      buffer.append(bytes)
      buffer.append(packed)
      contents.reserve(object.bytes.length)
      const { at } = contents
      contents.bytes.set(object.bytes, at)
      table.slabs[entry] = contents.keep()
      table.slabStarts[entry] = at
      table.sizes[entry] = object.bytes.length
      settle(entry, type, { bytes: object.bytes, start: 0, size: object.bytes.length })
      if (!sameId(id, 0, table.ids, entry * 20))
        throw packCorrupt('the store answered another object as a base')
      linkWaiting(entry)
    },
    async rewriteEnds() {
      await buffer.load(0)
      const head = buffer.peek(0)?.slice(0, packHeaderBytes) ?? new Uint8Array(packHeaderBytes)
      readPackHeader(head)
      writePackCount(head, table.count)
      buffer.overwrite(0, head)
      const sha = createSha1()
      for (let segment = 0; segment < buffer.segmentCount(); segment++) {
        const bytes = buffer.segmentContent(segment) ?? (await buffer.load(segment))
        sha.update(bytes)
      }
      const packHash = new Uint8Array(20)
      sha.digest(packHash)
      buffer.append(packHash)
      return packHash
    },
    async readEntry(entry) {
      const { bytes, start, size } = await contentOf(entry)
      return { type: objectTypeOf(table.types[entry] as number), bytes: bytes.slice(start, start + size) }
    },
  }
}
