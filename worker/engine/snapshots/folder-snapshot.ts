import { EspalierError } from '../../../src/protocol/errors.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import type { RecordCodec } from '../../format/record-codec.ts'
import { maxRecordBytes } from '../../format/record-text.ts'
import { twinKey } from '../../git/objects/path-safety.ts'
import { treeMode } from '../../git/trees/tree.ts'
import {
  isTooLarge,
  withAddress,
  type CollectionSnapshot,
  type FileContent,
  type LoadedRecords,
} from './collection-snapshot.ts'
import type { SnapshotSource } from './commit-snapshot.ts'
import { findKeptRecords, keepRecords, type KeptRecords } from './record-chunks.ts'
import { loadFolder, loadKept, loadRecords, streamFolder } from './load-folder.ts'
import type { RecordFiles, RecordFolder } from './record-folder.ts'

/** A collection with one file per record. */
export interface FolderSnapshot extends CollectionSnapshot {
  readonly folder: RecordFolder
  readonly codec: RecordCodec
}

export function createFolderSnapshot(
  { objects, derived, codecs }: Pick<SnapshotSource, 'objects' | 'derived' | 'codecs'>,
  definition: CollectionDefinition,
  codec: RecordCodec,
  folder: RecordFolder,
  known?: LoadedRecords,
): FolderSnapshot {
  // A new record of a subcollection has its folder looked for first.
  const canWriteLater = codec.createsAny === true && definition.parent === undefined
  const writesLater = (maxBytes: number): boolean => canWriteLater && maxBytes <= maxRecordBytes
  let loaded = known
  let loading: Promise<LoadedRecords> | undefined
  let twins: Promise<ReadonlyMap<string, string>> | undefined
  let listing: Promise<RecordFiles> | undefined
  let keptAlready: Promise<KeptRecords | undefined> | undefined

  const list = (): Promise<RecordFiles> => (listing ??= folder.list())

  const isLarge = (records: number): boolean => isTooLarge(records, codecs)

  const chunks = derived && { derived, definition, collectionId: folder.id }
  const keep = ({ records, problems }: LoadedRecords): void => {
    if (chunks && problems.length === 0) keepRecords(chunks, list, (key) => records.get(key))
  }
  // A version that was made from an older one in memory.
  if (known) keep(known)
  const findKept = (): Promise<KeptRecords | undefined> =>
    (keptAlready ??= chunks ? findKeptRecords(chunks) : Promise.resolve(undefined))

  const loadAll = async (): Promise<LoadedRecords> => {
    if (loaded) return loaded
    const found = await findKept()
    const kept = found && (await loadKept(found))
    if (kept) return kept
    const read = await loadFolder({ objects, definition, codec, chunks }, await list())
    if (!isLarge(read.records.size)) keep(read)
    return read
  }

  const read = async (keys: readonly string[]): Promise<readonly (FileContent | undefined)[]> => {
    if (folder.tree === null) return keys.map(() => undefined)
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

  const inMemory = (): LoadedRecords['records'] | undefined =>
    loaded?.problems.length === 0 ? loaded.records : undefined

  const parse = (
    keys: readonly string[],
    files: readonly (FileContent | undefined)[],
  ): readonly (RecordValue | undefined)[] => {
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
      if (parent !== undefined) return loadRecords({ objects, definition, codec }, await folder.list(parent))
      loading ??= loadAll().then((all) => {
        if (isLarge(all.records.size)) loading = undefined
        else loaded = all
        return all
      })
      return loading
    },
    largeKeys: async () => {
      if (loaded) return undefined
      // Listing a folder takes longer than all else of a start; the records that are kept are counted.
      const kept = await findKept()
      if (kept && !isLarge(kept.count)) return undefined
      const { keys } = await list()
      return isLarge(keys.length) ? keys : undefined
    },
    batches: async function* () {
      if (loaded) yield loaded.records.entries()
      else yield* streamFolder({ objects, definition, codec }, await list())
    },
    loaded: () => loaded,
    release: () => {
      loaded = loading = keptAlready = undefined
    },
    count: async (parent) => {
      if (parent !== undefined) return (await folder.list(parent)).keys.length
      return loaded && loaded.problems.length === 0 ? loaded.records.size : (await list()).keys.length
    },
    keysByTwin: () => (twins ??= list().then(({ keys }) => new Map(keys.map((key) => [twinKey(key), key])))),
    values: async (keys) => {
      const known = inMemory()
      if (known) return keys.map((key) => known.get(key))
      const files = await read(keys)
      return folder.tree === null ? [] : parse(keys, files)
    },
    files: read,
    writesLater,
    makeFiles: async (values) => {
      const old = await read(values.map(({ key }) => key))
      const made: FileContent[] = []
      for (const [index, { key, after, maxBytes = Infinity }] of values.entries()) {
        const isSure = old[index] === undefined && writesLater(maxBytes)
        if (after !== null && !isSure) made[index] = await editFile(key, after, old[index])
      }
      return made
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

function tooLarge(bytes: number): EspalierError {
  return new EspalierError(
    'record/bad-value',
    `The file would have ${bytes} bytes; at most ${maxRecordBytes} are read. Split the record.`,
  )
}
