import { existsSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open, readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { EspalierError } from '../../../src/protocol/errors.ts'
import type { GitObject, ObjectReader, ObjectType } from '../objects/object.ts'
import { hasCode, isMissing } from './node-folder.ts'
import type { Oid } from '../objects/oid.ts'
import { idsOf, type StoredObjects } from '../packs/object-store.ts'
import { oidBytes, oidFromBytes, oidToBytes } from '../objects/oid.ts'
import { readObjects } from '../packs/pack-bulk-read.ts'
import { createSegmentCache, createStoredPackBytes, defaultSegmentBytes } from '../packs/pack-bytes.ts'
import { readPackIndex } from '../packs/pack-index.ts'
import type { Pack, PackPlace } from '../packs/pack-reader.ts'
import { createPackReader } from '../packs/pack-reader.ts'
import { hashObjectAsync } from '../objects/sha1.ts'

/** The objects of a repository of native git: loose ones, packs, alternates. */
export interface NodeObjects extends ObjectReader {
  has(oid: Oid): Promise<boolean>
  /** Ids that start with these (at least two) hex digits. */
  findByPrefix(prefix: string): Promise<readonly Oid[]>
  /** The same objects, as the engine reads them: with the packs that are there now. */
  stored(): Promise<StoredObjects>
  close(): Promise<void>
}

const maximumObjectBytes = 1 << 30
// Every read holds a file handle; systems allow some hundreds.
const maxOpenFiles = 64
const residentBytes = 64 * 1024 * 1024

/** Opens the objects in these folders (`.git/objects` and alternates). */
export function createNodeObjects(objectDirs: readonly string[]): NodeObjects {
  const cache = createSegmentCache(residentBytes)
  const files = new Map<string, FileHandle>()
  const packs = new Map<string, Pack>()
  const reader = createPackReader((id, at, except) => findPacked(id, at, except))

  function findPacked(id: Uint8Array, at: number, except?: Pack): PackPlace | undefined {
    for (const pack of packs.values()) {
      const position = pack === except ? -1 : pack.index.find(id, at)
      if (position >= 0) return { pack, offset: pack.index.offsetAt(position) }
    }
    return undefined
  }

  /** Takes over the packs that are there now; answers whether there are others than before. */
  async function scan(): Promise<boolean> {
    let changed = false
    const present = new Set<string>()
    for (const dir of objectDirs) {
      const folder = join(dir, 'pack')
      const names = await readdir(folder).catch(whenMissing([] as string[]))
      for (const name of names) {
        if (!name.endsWith('.idx')) continue
        const path = join(folder, `${name.slice(0, -4)}.pack`)
        present.add(path)
        if (packs.has(path)) continue
        const pack = await openPack(path, join(folder, name))
        if (pack === null) continue
        packs.set(path, pack)
        changed = true
      }
    }
    for (const [path] of packs) {
      if (present.has(path)) continue
      packs.delete(path)
      await files.get(path)?.close()
      files.delete(path)
      changed = true
    }
    return changed
  }

  async function openPack(path: string, indexPath: string): Promise<Pack | null> {
    const size = await stat(path).catch(whenMissing(null))
    const index = await readFile(indexPath).catch(whenMissing(null))
    if (size === null || index === null) return null // git gc took it away meanwhile
    const file = await open(path, 'r')
    files.set(path, file)
    const segmentCount = Math.ceil(size.size / defaultSegmentBytes)
    const row = {
      id: path,
      sizeBytes: size.size,
      inline: null,
      segmentBytes: defaultSegmentBytes,
      segmentCount,
    }
    const readSegment = async (_pack: string, segment: number): Promise<Uint8Array> => {
      const start = segment * defaultSegmentBytes
      const bytes = new Uint8Array(Math.min(defaultSegmentBytes, size.size - start))
      for (let at = 0; at < bytes.length;) {
        const { bytesRead } = await file.read(bytes, at, bytes.length - at, start + at)
        if (bytesRead === 0) throw new EspalierError('git/pack-corrupt', `The pack ${path} is truncated.`)
        at += bytesRead
      }
      return bytes
    }
    return {
      id: path,
      index: readPackIndex(index),
      bytes: createStoredPackBytes(row, { readSegment }, cache),
      warm: undefined,
    }
  }

  let scanned: Promise<unknown> | undefined
  async function place(oid: Oid): Promise<PackPlace | undefined> {
    await (scanned ??= scan())
    return findPacked(oidToBytes(oid), 0)
  }

  async function readLoose(oid: Oid): Promise<GitObject | null> {
    for (const dir of objectDirs) {
      const file = join(dir, oid.slice(0, 2), oid.slice(2))
      const packed = await readFile(file).catch(whenMissing(null))
      if (packed !== null) return parseLoose(oid, packed)
    }
    return null
  }

  const isLoose = (oid: Oid): boolean =>
    objectDirs.some((dir) => existsSync(join(dir, oid.slice(0, 2), oid.slice(2))))

  const store: NodeObjects = {
    async read(oid) {
      for (let attempt = 0; attempt < 2; attempt++) {
        const found = await place(oid)
        if (found !== undefined) return await reader.read(found.pack, found.offset)
        const loose = await readLoose(oid)
        if (loose !== null) return loose
        // Another process may have packed the loose objects meanwhile.
        if (!(await (scanned = scan()))) break
      }
      throw missing(oid)
    },
    async has(oid) {
      if ((await place(oid)) !== undefined) return true
      for (const dir of objectDirs) {
        const file = join(dir, oid.slice(0, 2), oid.slice(2))
        if ((await stat(file).catch(whenMissing(null))) !== null) return true
      }
      return (await (scanned = scan())) && (await place(oid)) !== undefined
    },
    async findByPrefix(prefix) {
      await (scanned ??= scan())
      const found = new Set<Oid>()
      const low = oidToBytes(prefix.padEnd(oidBytes * 2, '0') as Oid) // digits are padded to an id
      for (const { index } of packs.values()) {
        for (
          let at = lowerBound(index.count, (i) => compareIds(index.bytes, index.idStartAt(i), low));
          at < index.count;
          at++
        ) {
          const oid = index.oidAt(at)
          if (!oid.startsWith(prefix)) break
          found.add(oid)
        }
      }
      for (const dir of objectDirs) {
        const names = await readdir(join(dir, prefix.slice(0, 2))).catch(whenMissing([] as string[]))
        for (const name of names) {
          const oid = prefix.slice(0, 2) + name
          if (/^[0-9a-f]{40}$/.test(oid) && oid.startsWith(prefix)) found.add(oid as Oid) // checked by the pattern
        }
      }
      return [...found].sort()
    },
    async stored() {
      await (scanned ??= scan())
      const find = (id: Uint8Array, at: number): { pack: Pack; position: number } | undefined => {
        const place = [...packs.values()].find(({ index }) => index.find(id, at) >= 0)
        return place && { pack: place, position: place.index.find(id, at) }
      }
      return {
        read: store.read,
        has: (oid) => findPacked(oidToBytes(oid), 0) !== undefined || isLoose(oid),
        readMany: (oids, visit, { keep = false } = {}) => readAll(idsOf(oids), visit, keep),
        async deltaDepth(oid) {
          const found = await place(oid)
          return found ? reader.depth(found.pack, found.offset) : 0
        },
        packs: () => [...packs.values()],
        reader,
      }

      async function readAll(
        ids: Uint8Array,
        visit: (index: number, object: GitObject) => void,
        keep: boolean,
      ): Promise<void> {
        const packed: number[] = []
        const loose: number[] = []
        for (let i = 0; i < ids.length / oidBytes; i++) (find(ids, i * oidBytes) ? packed : loose).push(i)
        const idsOfPacked = new Uint8Array(packed.length * oidBytes)
        packed.forEach((i, n) =>
          idsOfPacked.set(ids.subarray(i * oidBytes, (i + 1) * oidBytes), n * oidBytes),
        )
        await readObjects({
          ids: idsOfPacked,
          find,
          reader,
          missingObject: missing,
          keep,
          visit: (n, object) => visit(packed[n] as number, object), // n is a number in it
        })
        for (let at = 0; at < loose.length; at += maxOpenFiles) {
          const some = loose.slice(at, at + maxOpenFiles)
          const objects = await Promise.all(some.map((i) => store.read(oidFromBytes(ids, i * oidBytes))))
          objects.forEach((object, n) => visit(some[n] as number, object)) // one for each
        }
      }
    },
    async close() {
      for (const file of files.values()) await file.close()
      files.clear()
      packs.clear()
    },
  }
  return store
}

function missing(oid: Oid): EspalierError {
  return new EspalierError('git/object-missing', `The object ${oid} is not in this repository.`, {
    data: { oid },
  })
}

/** Reads a loose object and checks it against its name. */
async function parseLoose(oid: Oid, packed: Uint8Array): Promise<GitObject> {
  const corrupt = (cause?: unknown): EspalierError =>
    new EspalierError('git/object-corrupt', `The loose object ${oid} is damaged. Run git fsck.`, {
      data: { oid },
      cause,
    })
  let content: Uint8Array
  try {
    content = inflateSync(packed, { maxOutputLength: maximumObjectBytes })
  } catch (error) {
    throw corrupt(error)
  }
  const end = content.indexOf(0)
  const header = /^(commit|tree|blob|tag) (\d+)$/.exec(
    Buffer.from(content.subarray(0, Math.min(end, 32))).toString('latin1'),
  )
  const bytes = new Uint8Array(content.subarray(end + 1))
  if (end < 0 || header === null || Number(header[2]) !== bytes.length) throw corrupt()
  const object: GitObject = { type: header[1] as ObjectType, bytes } // one of the four of the pattern
  if ((await hashObjectAsync(object)) !== oid) throw corrupt()
  return object
}

function whenMissing<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (isMissing(error) || hasCode(error, 'ELOOP')) return value
    throw error
  }
}

function lowerBound(count: number, compare: (position: number) => number): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(middle) < 0) low = middle + 1
    else high = middle
  }
  return low
}

function compareIds(bytes: Uint8Array, at: number, id: Uint8Array): number {
  for (let i = 0; i < oidBytes; i++) {
    const difference = (bytes[at + i] ?? 0) - (id[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
