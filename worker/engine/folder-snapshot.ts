import type { Issue } from '../../src/protocol/issues.ts'
import { EspalierError } from '../../src/protocol/errors.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import type { RecordCodec } from '../format/record-codec.ts'
import { maxRecordBytes } from '../format/record-text.ts'
import type { ObjectStore } from '../git/object-store.ts'
import { twinKey } from '../git/path-safety.ts'
import { treeMode } from '../git/tree.ts'
import { compareKeys, createRecordMap } from '../records/record-map.ts'
import {
  problemOf,
  withAddress,
  type CollectionSnapshot,
  type FileContent,
  type LoadedRecords,
} from './collection-snapshot.ts'
import type { RecordFiles, RecordFolder } from './record-folder.ts'

/** A collection with one file per record. */
export interface FolderSnapshot extends CollectionSnapshot {
  readonly folder: RecordFolder
  readonly codec: RecordCodec
}

export function createFolderSnapshot(
  objects: ObjectStore,
  definition: CollectionDefinition,
  codec: RecordCodec,
  folder: RecordFolder,
  known?: LoadedRecords,
): FolderSnapshot {
  let loaded = known
  let loading: Promise<LoadedRecords> | undefined
  let twins: Promise<ReadonlyMap<string, string>> | undefined
  let listing: Promise<RecordFiles> | undefined

  const list = (): Promise<RecordFiles> => (listing ??= folder.list())

  const read = async (keys: readonly string[]): Promise<readonly (FileContent | undefined)[]> => {
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
  }

  const values = (
    keys: readonly string[],
    files: readonly (FileContent | undefined)[],
  ): readonly (RecordValue | undefined)[] => {
    if (loaded && loaded.problems.length === 0) return keys.map((key) => loaded?.records.get(key))
    const present = files.flatMap((file) => (file ? [file.bytes] : []))
    const parsed = codec.parseMany(present)
    let next = 0
    return files.map((file, index) => {
      if (!file) return undefined
      const value = parsed[next++]
      if (value instanceof EspalierError) throw withAddress(value, definition, file.path, keys[index])
      return value
    })
  }

  const editFile = async (
    key: string,
    after: RecordValue,
    old: FileContent | undefined,
  ): Promise<FileContent> => {
    const path = old?.path ?? (await folder.newPath(key))
    try {
      const bytes = old ? codec.edit(old.bytes, after) : codec.create(after, definition)
      if (bytes.length > maxRecordBytes) throw tooLarge(bytes.length)
      return old ? { ...old, bytes } : { path, bytes, mode: treeMode.file }
    } catch (error) {
      throw withAddress(error, definition, path, key)
    }
  }

  return {
    definition,
    codec,
    folder,
    id: folder.id,
    get: async (key) => {
      const value = loaded?.records.get(key)
      if (value) return value
      if (loaded && !loaded.problems.some((problem) => problem.key === key)) return undefined
      const place = await folder.find(key)
      if (!place) return undefined
      try {
        return codec.parse((await objects.read(place.oid)).bytes)
      } catch (error) {
        throw withAddress(error, definition, place.path, key)
      }
    },
    load: async (parent) => {
      if (parent !== undefined) return loadRecords(objects, definition, codec, await folder.list(parent))
      loading ??= loaded
        ? Promise.resolve(loaded)
        : list()
            .then((files) => loadRecords(objects, definition, codec, files))
            .then((all) => (loaded = all))
      return loading
    },
    loaded: () => loaded,
    count: async (parent) => (await (parent === undefined ? list() : folder.list(parent))).keys.length,
    keysByTwin: () => (twins ??= list().then(({ keys }) => new Map(keys.map((key) => [twinKey(key), key])))),
    current: async (keys) => {
      const files = await read(keys)
      const committed = values(keys, files)
      return files.map((file, index) => ({ value: committed[index], ...(file ? { file } : {}) }))
    },
    editFile,
    write: async (changes) => {
      const written: FileContent[] = []
      const deleted: string[] = []
      const unwritten: string[] = []
      for (const [key, { after, file }] of changes) {
        if (after === null) {
          const place = await folder.find(key)
          if (place) deleted.push(place.path)
        } else if (file) written.push(file)
        // Edits that were read back from the journal have no bytes yet.
        else unwritten.push(key)
      }
      const old = await read(unwritten)
      for (const [index, key] of unwritten.entries()) {
        const after = changes.get(key)?.after
        if (after) written.push(await editFile(key, after, old[index]))
      }
      return { written, deleted }
    },
    pathOf: async (key) => (await folder.find(key))?.path ?? folder.newPath(key),
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
  const problems: Issue[] = files.refused.map(({ key, path, reason, isDouble }) => ({
    collection: definition.id,
    key,
    file: path,
    code: isDouble ? 'format/duplicate-key' : 'format/bad-record',
    severity: 'error',
    message: `${definition.id} (${path}): ${reason}`,
  }))
  files.keys.forEach((key, index) => {
    const value = values[index] as RecordValue | EspalierError // parseMany answers for every file
    if (value instanceof EspalierError) {
      const path = files.path(index)
      const error = withAddress(value, definition, path, key) as EspalierError // it is one
      problems.push(problemOf(error, definition, path, key))
    } else records.push([key, value])
  })
  // Trees are in the order of file names, which is not always the order of keys.
  records.sort((a, b) => compareKeys(a[0], b[0]))
  return { records: createRecordMap(new Map(records)), problems }
}

function tooLarge(bytes: number): EspalierError {
  return new EspalierError(
    'record/bad-value',
    `The file would have ${bytes} bytes; at most ${maxRecordBytes} are read. Split the record.`,
  )
}
