import { EspalierError } from '../../../src/protocol/errors.ts'
import type { Issue } from '../../../src/protocol/issues.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import type { RecordCodec } from '../../format/record-codec.ts'
import type { StoredObjects } from '../../git/packs/object-store.ts'
import { oidBytes } from '../../git/objects/oid.ts'
import { compareKeys, createRecordMap } from '../../records/record-map.ts'
import { problemOf, withAddress, type LoadedRecords } from './collection-snapshot.ts'
import {
  chunksOf,
  readChunks,
  type Chunk,
  type ChunkScope,
  type KeptRecords,
  type Pairs,
} from './record-chunks.ts'
import type { RecordFiles } from './record-folder.ts'

/** What reads the files of a collection with one record each. */
export interface FolderReader {
  readonly objects: StoredObjects
  readonly definition: CollectionDefinition
  readonly codec: RecordCodec
  /** Where parsed records are kept from one opening to the next. */
  readonly chunks?: ChunkScope | undefined
}

/** All records, as an earlier opening parsed them: neither trees nor files are read. */
export async function loadKept(kept: KeptRecords): Promise<LoadedRecords | undefined> {
  const pairs = await kept.read()
  return pairs && { records: createRecordMap(inOrder(pairs)), problems: [] }
}

/** Every record of a listing: from kept chunks where the files are the same, else from the files. */
export async function loadFolder(reader: FolderReader, files: RecordFiles): Promise<LoadedRecords> {
  const { definition, chunks: scope } = reader
  if (!scope) return loadRecords(reader, files)
  const chunks = chunksOf(definition, files)
  const kept = await readChunks(scope, chunks)
  const missing = chunks.filter((_, index) => kept[index] === undefined)
  const { pairs, problems } = await readFiles(reader, files, missing)

  let next = 0
  const all = chunks.flatMap((_, index) => kept[index] ?? (pairs[next++] as Pairs)) // one for each that is missing
  return { records: createRecordMap(inOrder(all)), problems }
}

/** Every record of a listing, from its files. */
export async function loadRecords(reader: FolderReader, files: RecordFiles): Promise<LoadedRecords> {
  const whole = { start: 0, end: files.keys.length, id: '' }
  const { pairs, problems } = await readFiles(reader, files, [whole])
  return { records: createRecordMap(inOrder(pairs[0] ?? [])), problems }
}

/** Large enough for bulk reads, small enough to pass by. */
const batchRecords = 4096

/** The records of a listing, some at a time. */
export async function* streamFolder(reader: FolderReader, files: RecordFiles): AsyncIterable<Pairs> {
  for (let start = 0; start < files.keys.length; start += batchRecords) {
    const end = Math.min(start + batchRecords, files.keys.length)
    const { pairs } = await readFiles(reader, files, [{ start, end, id: '' }])
    yield pairs[0] ?? []
  }
}

/** The records of runs of a listing, read in one sweep and parsed in bulk. */
async function readFiles(
  { objects, definition, codec }: FolderReader,
  files: RecordFiles,
  runs: readonly Chunk[],
): Promise<{ readonly pairs: readonly Pairs[]; readonly problems: readonly Issue[] }> {
  const count = runs.reduce((sum, { start, end }) => sum + end - start, 0)
  const oids = new Uint8Array(count * oidBytes)
  let filled = 0
  for (const { start, end } of runs) {
    oids.set(files.oids.subarray(start * oidBytes, end * oidBytes), filled)
    filled += (end - start) * oidBytes
  }
  const bytes: Uint8Array[] = new Array(count)
  await objects.readMany(oids, (index, object) => {
    bytes[index] = object.bytes
  })
  const values = codec.parseMany(bytes)

  const problems: Issue[] = files.refused.map(({ key, path, reason, isDouble }) => ({
    collection: definition.id,
    key,
    file: path,
    code: isDouble ? 'format/duplicate-key' : 'format/bad-record',
    severity: 'error',
    message: `${definition.id} (${path}): ${reason}`,
  }))
  let next = 0
  const pairs = runs.map(({ start, end }) => {
    const records: (readonly [string, RecordValue])[] = []
    for (let n = start; n < end; n++) {
      const value = values[next++] as RecordValue | EspalierError // parseMany answers for every file
      const key = files.keys[n] as string // inside the listing
      if (value instanceof EspalierError) {
        const path = files.path(n)
        const error = withAddress(value, definition, path, key) as EspalierError // it is one
        problems.push(problemOf(error, definition, path, key))
      } else records.push([key, value])
    }
    return records
  })
  return { pairs, problems }
}

/** Trees are in the order of file names, which is not always the order of keys. */
function inOrder(pairs: Pairs): ReadonlyMap<string, RecordValue> {
  for (let i = 1; i < pairs.length; i++) {
    if (compareKeys((pairs[i - 1] as Pairs[0])[0], (pairs[i] as Pairs[0])[0]) <= 0) continue // inside the list
    return new Map([...pairs].sort(([a], [b]) => compareKeys(a, b)))
  }
  return new Map(pairs)
}
