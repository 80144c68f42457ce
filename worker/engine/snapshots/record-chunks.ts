import type { RecordValue } from '../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { hashObject } from '../../git/objects/sha1.ts'
import { oidBytes } from '../../git/objects/oid.ts'
import type { Derived } from '../repository/derived.ts'
import type { RecordFiles } from './record-folder.ts'

/** Counts changes of how records are read from files, and of the texts made here. */
const chunkVersion = 1

/**
 * A chunk ends at a key whose hash says so: about every 1024th, wherever records are added or taken away. Chromium keeps
 * texts of that size as files of their own; smaller ones stay in its log, which it reads at every start.
 */
const boundaryMask = 0x3ff
/** Keys of a kind may hash badly; then chunks end here. */
const maxChunkRecords = 4096

/** A run of records: from one file of a listing up to (not including) another. */
export interface Chunk {
  readonly start: number
  readonly end: number
  /** Names the content: definition, keys and the ids of the files. */
  readonly id: string
}

/** Records of one chunk, or those of the whole collection. */
export type Pairs = readonly (readonly [key: string, value: RecordValue])[]

/** What reading and keeping chunks of one collection needs. */
export interface ChunkScope {
  readonly derived: Derived
  readonly definition: CollectionDefinition
  /** Equal where all files of the collection are the same. */
  readonly collectionId: string
}

/** All records of a collection as an earlier opening left them. */
export interface KeptRecords {
  readonly count: number
  /** Undefined when some are not there any more. */
  read(): Promise<Pairs | undefined>
}

/** So many chunks are read at once: one part is parsed while the next ones come. */
const chunksInPart = 4

/** What an earlier opening left of the collection; undefined when there is nothing. */
export async function findKeptRecords({
  derived,
  definition,
  collectionId,
}: ChunkScope): Promise<KeptRecords | undefined> {
  const [manifest] = await derived.read([manifestKey(definition, collectionId)])
  const [count, ...chunks] = (manifest === undefined ? undefined : parseList(manifest)) ?? []
  if (typeof count !== 'number') return undefined
  const ids = chunks as readonly string[] // keepRecords wrote a list of keys
  return {
    count,
    read: async () => {
      const parts: Promise<readonly (string | undefined)[]>[] = []
      for (let start = 0; start < ids.length; start += chunksInPart)
        parts.push(derived.read(ids.slice(start, start + chunksInPart)))
      const records: (readonly [string, RecordValue])[] = []
      for (const part of parts)
        for (const text of await part) if (text === undefined || !addPairs(text, records)) return undefined
      return records
    },
  }
}

/** The chunks of a listing. Their ids are those of their content, so an edit changes one. */
export function chunksOf(definition: CollectionDefinition, files: RecordFiles): readonly Chunk[] {
  const { keys } = files
  const chunks: Chunk[] = []
  let start = 0
  for (let n = 0; n < keys.length; n++) {
    const isLast = n + 1 === keys.length || n + 1 - start >= maxChunkRecords
    if (!isLast && (hashKey(keys[n] as string) & boundaryMask) !== 0) continue
    chunks.push({ start, end: n + 1, id: chunkKey(definition, files, start, n + 1) })
    start = n + 1
  }
  return chunks
}

/** The records of these chunks, where they were kept. */
export async function readChunks(
  { derived }: ChunkScope,
  chunks: readonly Chunk[],
): Promise<readonly (Pairs | undefined)[]> {
  const texts = await derived.read(chunks.map(({ id }) => id))
  return texts.map((text) => {
    const pairs: (readonly [string, RecordValue])[] = []
    return text !== undefined && addPairs(text, pairs) ? pairs : undefined
  })
}

/**
 * Keeps the records of a listing that are not kept yet, and how the collection is made of them. After a commit that
 * is a chunk for each record that changed.
 */
export function keepRecords(
  { derived, definition, collectionId }: ChunkScope,
  list: () => Promise<RecordFiles>,
  valueOf: (key: string) => RecordValue | undefined,
): void {
  derived.keep(`records ${definition.id}`, async function* () {
    const manifest = manifestKey(definition, collectionId)
    if (derived.isKept(manifest)) return
    const files = await list()
    const chunks = chunksOf(definition, files)
    for (const { id, start, end } of chunks) {
      if (derived.isKept(id)) continue
      const flat: (string | RecordValue)[] = []
      for (const key of files.keys.slice(start, end)) {
        const value = valueOf(key)
        if (value === undefined) return // not the records of this listing: nothing is kept of them
        flat.push(key, value)
      }
      yield { key: id, text: JSON.stringify(flat) }
    }
    // Last: whoever finds it finds the chunks.
    yield { key: manifest, text: JSON.stringify([files.keys.length, ...chunks.map(({ id }) => id)]) }
  })
}

/** Takes the records of a text of `[key, value, key, value, …]`; false when it is damaged. */
function addPairs(text: string, into: (readonly [string, RecordValue])[]): boolean {
  const flat = parseList(text)
  if (!flat) return false
  // As keepChunks wrote it.
  for (let i = 0; i < flat.length; i += 2) into.push([flat[i] as string, flat[i + 1] as RecordValue])
  return true
}

function parseList(text: string): readonly unknown[] | undefined {
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) ? list : undefined
  } catch {
    return undefined
  }
}

function manifestKey(definition: CollectionDefinition, collectionId: string): string {
  return `collection ${fingerprintOf(definition)} ${hashText(collectionId)}`
}

function chunkKey(definition: CollectionDefinition, files: RecordFiles, start: number, end: number): string {
  const keys = new TextEncoder().encode(`${files.keys.slice(start, end).join('\0')}\0`)
  const oids = files.oids.subarray(start * oidBytes, end * oidBytes)
  const bytes = new Uint8Array(keys.length + oids.length)
  bytes.set(keys)
  bytes.set(oids, keys.length)
  return `chunk ${fingerprintOf(definition)} ${hashObject('blob', bytes)}`
}

const fingerprints = new WeakMap<CollectionDefinition, string>()

/** Tells definitions apart that may read other records from the same files. */
export function fingerprintOf(definition: CollectionDefinition): string {
  const known = fingerprints.get(definition)
  if (known !== undefined) return known
  const made = hashText(JSON.stringify([chunkVersion, definition]))
  fingerprints.set(definition, made)
  return made
}

function hashText(text: string): string {
  return hashObject('blob', new TextEncoder().encode(text))
}

/** FNV-1a with a last mix: only its low bits are used. */
function hashKey(key: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  hash ^= hash >>> 15
  return Math.imul(hash, 0x2c1b3c6d) >>> 16
}
