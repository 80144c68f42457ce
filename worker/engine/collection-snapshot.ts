import type { Issue } from '../../src/protocol/issues.ts'
import { EspalierError, isEspalierError } from '../../src/protocol/errors.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { codecFor, type RecordCodec } from '../format/record-codec.ts'
import { recordPath } from '../format/record-keys.ts'
import type { ObjectStore } from '../git/object-store.ts'
import { twinKey } from '../git/path-safety.ts'
import { compareKeys, createRecordMap, type RecordMap } from '../records/record-map.ts'
import type { RecordFiles, RecordFolder } from './record-folder.ts'

/** The records of one collection in one commit. Never changes; reads what it is asked for, once. */
export interface CollectionSnapshot {
  readonly definition: CollectionDefinition
  readonly codec: RecordCodec
  readonly folder: RecordFolder
  /** One record. Throws `format/bad-record` when its file cannot be read. */
  get(key: string): Promise<RecordValue | undefined>
  /** The bytes of a record's file, to edit. */
  file(key: string): Promise<FileContent | undefined>
  /** The bytes of many record files, read in one sweep; undefined where there is none. */
  files(keys: readonly string[]): Promise<readonly (FileContent | undefined)[]>
  /** Every record, and the files that cannot be read. */
  load(): Promise<LoadedRecords>
  /** Number of record files, without reading them. */
  count(): Promise<number>
  keys(): Promise<readonly string[]>
  /** The keys by what a file system makes of them that folds case or Unicode composition. */
  keysByTwin(): Promise<ReadonlyMap<string, string>>
  /** What {@link load} has read already. */
  loaded(): LoadedRecords | undefined
}

/** What git keeps of a file. */
export interface FileContent {
  /** From the database root. */
  readonly path: string
  readonly bytes: Uint8Array
  readonly mode: number
}

export interface LoadedRecords {
  readonly records: RecordMap
  readonly problems: readonly Issue[]
}

/** Throws `format/not-readable-yet` for a collection whose files this version cannot read. */
export function createCollectionSnapshot(
  objects: ObjectStore,
  definition: CollectionDefinition,
  folder: RecordFolder,
  known?: LoadedRecords,
): CollectionSnapshot {
  const codec = definition.readable.ok ? codecFor(definition) : undefined
  if (!codec) throw notReadable(definition)
  let loaded = known
  let loading: Promise<LoadedRecords> | undefined
  let twins: Promise<ReadonlyMap<string, string>> | undefined
  let listing: ReturnType<RecordFolder['list']> | undefined

  const list = (): ReturnType<RecordFolder['list']> => (listing ??= folder.list())
  const file: CollectionSnapshot['file'] = async (key) => {
    const place = await folder.find(key)
    return place && { path: place.path, bytes: (await objects.read(place.oid)).bytes, mode: place.mode }
  }

  return {
    definition,
    codec,
    folder,
    get: async (key) => {
      const value = loaded?.records.get(key)
      if (value) return value
      if (loaded && !loaded.problems.some((problem) => problem.key === key)) return undefined
      const found = await file(key)
      if (!found) return undefined
      try {
        return codec.parse(found.bytes)
      } catch (error) {
        throw withAddress(error, definition, key)
      }
    },
    file,
    files: async (keys) => {
      const places = await Promise.all(keys.map((key) => folder.find(key)))
      const present = places.flatMap((place) => (place ? [place.oid] : []))
      const bytes: Uint8Array[] = []
      await objects.readMany(present, (index, object) => {
        bytes[index] = object.bytes
      })
      let next = 0
      // One per present file, in the same order.
      return places.map(
        (place) => place && { path: place.path, bytes: bytes[next++] as Uint8Array, mode: place.mode },
      )
    },
    load: () => {
      loading ??= loaded
        ? Promise.resolve(loaded)
        : list()
            .then((files) => loadRecords(objects, definition, codec, files))
            .then((all) => (loaded = all))
      return loading
    },
    count: async () => (await list()).keys.length,
    keys: async () => (loaded ? [...loaded.records.entries()].map(([key]) => key) : (await list()).keys),
    keysByTwin: () => (twins ??= list().then(({ keys }) => new Map(keys.map((key) => [twinKey(key), key])))),
    loaded: () => loaded,
  }
}

async function loadRecords(
  objects: ObjectStore,
  definition: CollectionDefinition,
  codec: RecordCodec,
  files: RecordFiles,
): Promise<LoadedRecords> {
  const bytes: Uint8Array[] = new Array(files.keys.length)
  await objects.readMany(files.oids, (index, object) => {
    bytes[index] = object.bytes
  })
  const values = codec.parseMany(bytes)
  const records: [string, RecordValue][] = []
  const problems: Issue[] = files.refused.map(({ key, path, reason }) => ({
    collection: definition.id,
    key,
    file: path,
    code: 'format/bad-record',
    severity: 'error',
    message: `${definition.id} (${path}): ${reason}`,
  }))
  files.keys.forEach((key, index) => {
    const value = values[index] as RecordValue | EspalierError // parseMany answers for every file
    if (value instanceof EspalierError)
      problems.push(problemOf(withAddress(value, definition, key) as EspalierError, definition, key))
    else records.push([key, value])
  })
  // Trees are in the order of file names, which is not always the order of keys.
  records.sort((a, b) => compareKeys(a[0], b[0]))
  return { records: createRecordMap(new Map(records)), problems }
}

/** A record file that cannot be read, as data. */
export function problemOf(error: EspalierError, definition: CollectionDefinition, key: string): Issue {
  const { line, column } = error.data
  return {
    collection: definition.id,
    key,
    file: recordPath(definition, key),
    ...(typeof line === 'number' ? { line } : {}),
    ...(typeof column === 'number' ? { column } : {}),
    code: 'format/bad-record',
    severity: 'error',
    message: error.message,
  }
}

/** Adds where the record lies to an error that only knows the bytes. */
export function withAddress(error: unknown, definition: CollectionDefinition, key: string): unknown {
  if (!isEspalierError(error)) return error
  const file = recordPath(definition, key)
  return new EspalierError(error.code, `${definition.id}/${key} (${file}): ${error.message}`, {
    data: { ...error.data, collection: definition.id, key, file },
    cause: error,
  })
}

function notReadable(definition: CollectionDefinition): EspalierError {
  const reason = definition.readable.ok
    ? `its format ${definition.recordFile.format} has no codec`
    : definition.readable.reason
  return new EspalierError(
    'format/not-readable-yet',
    `The collection ${definition.id} cannot be read yet: ${reason}.`,
    {
      data: { collection: definition.id, file: definition.definitionPath, reason },
    },
  )
}

/** A version of loaded records after edits: what {@link createCollectionSnapshot} takes as known. */
export function editLoaded(
  loaded: LoadedRecords,
  edits: ReadonlyMap<string, RecordValue | null>,
  problems: readonly Issue[] = [],
): LoadedRecords {
  const kept = loaded.problems.filter((problem) => problem.key === undefined || !edits.has(problem.key))
  return { records: loaded.records.with(edits), problems: [...kept, ...problems] }
}
