import { EspalierError } from '../../../src/protocol/errors.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { joinPath } from '../../format/file-path.ts'
import { instanceDirs, matchRecordFile, splitKey } from '../../format/record-layout.ts'
import type { RecordSetCodec } from '../../format/record-set-codec.ts'
import { maxEditableBytes } from '../../format/record-text.ts'
import type { StoredObjects } from '../../git/packs/object-store.ts'
import type { ObjectReader } from '../../git/objects/object.ts'
import { findPath } from '../../git/trees/tree-walk.ts'
import { treeMode } from '../../git/trees/tree.ts'
import {
  isTooLarge,
  withAddress,
  type CollectionSnapshot,
  type FileContent,
  type FileWrites,
  type LoadedRecords,
  type RecordChange,
} from './collection-snapshot.ts'
import { isFileMode } from './git-file-tree.ts'
import type { HeldBytes } from './held-bytes.ts'
import type { EngineCodecs } from '../platform/plugins.ts'
import type { Instance, Instances } from './instances.ts'
import { joinRecords, readSharedFile, type SharedFile, type SharedRecords } from './shared-file.ts'

/** A collection whose files hold many records each: one file, or one for each parent. */
export interface SharedSnapshot extends CollectionSnapshot {
  readonly memory: SharedMemory
}

/** What the versions of a collection share: a file that has not changed is not read again. */
export interface SharedMemory {
  /** What was read last at each path. */
  readonly files: Map<string, SharedRecords>
  readonly bytes: HeldBytes
  /** Codecs remember files that they have parsed. */
  readonly codec: RecordSetCodec
}

export interface SharedSnapshotParts {
  readonly objects: StoredObjects
  readonly trees: ObjectReader
  readonly definition: CollectionDefinition
  readonly instances: Instances
  readonly memory: SharedMemory
  readonly codecs: Pick<EngineCodecs, 'maxRecordsInMemory'>
  /** All records, when they are known. */
  readonly loaded?: LoadedRecords | undefined
  /** What a file holds now, from what was read of an older version; undefined when that cannot be told. */
  readonly follow?:
    | ((file: SharedFile, older: SharedRecords) => Promise<SharedRecords | undefined>)
    | undefined
}

/** The files of one parent and what they hold. */
interface ParentFiles {
  readonly files: readonly SharedFile[]
  contents(): Promise<readonly SharedRecords[]>
}

export function createSharedSnapshot(parts: SharedSnapshotParts): SharedSnapshot {
  const { objects, trees, definition, instances, memory, codecs, follow } = parts
  const { codec } = memory
  const { name } = definition.recordFile
  const read = new Map<string, SharedRecords>()
  const parents = new Map<string, Promise<ParentFiles>>()
  const written = new Map<string, Written>()
  let listing: Promise<readonly SharedFile[]> | undefined
  let loading: Promise<LoadedRecords> | undefined
  let { loaded } = parts
  let large: Promise<readonly string[] | undefined> | undefined
  const keysOfLarge = ({ records }: LoadedRecords): readonly string[] | undefined =>
    isTooLarge(records.size, codecs) ? Array.from(records.entries(), ([key]) => key) : undefined

  const filesIn = async (found: readonly Instance[]): Promise<readonly SharedFile[]> => {
    const files: SharedFile[] = []
    for (const { parent, dir, tree } of found) {
      const entry = await findPath(trees, tree, name)
      if (entry && isFileMode(entry.mode))
        files.push({ path: joinPath(dir, name), oid: entry.oid, mode: entry.mode, parent })
    }
    return files
  }
  const list = (): Promise<readonly SharedFile[]> => (listing ??= instances.all().then(filesIn))

  const of = (parent: string): Promise<ParentFiles> => {
    const known = parents.get(parent)
    if (known) return known
    const opening = instances.of(parent).then(async (found) => {
      const files = await filesIn(found)
      let contents: Promise<readonly SharedRecords[]> | undefined
      return { files, contents: () => (contents ??= readAll(files)) }
    })
    parents.set(parent, opening)
    opening.catch(() => parents.delete(parent))
    return opening
  }

  const remember = (records: SharedRecords): SharedRecords => {
    read.set(records.file.path, records)
    memory.files.set(records.file.path, records)
    return records
  }
  /** Takes over what an older version read of a file, or follows the edits since then. */
  const recall = async (file: SharedFile): Promise<SharedRecords | undefined> => {
    const now = read.get(file.path)
    if (now) return now
    const older = memory.files.get(file.path)
    if (!older || older.file.oid === file.oid) return older
    const followed = await follow?.(file, older)
    return followed && remember(followed)
  }
  const bytesOf = async ({ oid }: SharedFile): Promise<Uint8Array> => {
    const kept = memory.bytes.get(oid)
    if (kept) return kept
    const { bytes } = await objects.read(oid)
    memory.bytes.keep(oid, bytes)
    return bytes
  }

  /** What files hold, in the same order. */
  const readAll = async (files: readonly SharedFile[]): Promise<readonly SharedRecords[]> => {
    const found = await Promise.all(files.map(recall))
    const missing = files.flatMap((file, index) => (found[index] ? [] : [{ file, index }]))
    const take = (n: number, bytes: Uint8Array): void => {
      const { file, index } = missing[n] as (typeof missing)[number] // n counts them
      found[index] = remember(readSharedFile(definition, codec, file, bytes))
    }
    const [only] = missing
    // The bytes of a file that is read alone stay at hand: it is the one that may be edited.
    if (missing.length === 1 && only) take(0, await bytesOf(only.file))
    else
      await objects.readMany(
        missing.map(({ file }) => file.oid),
        (n, { bytes }) => take(n, bytes),
      )
    return found as SharedRecords[] // each was found or read
  }

  const get = async (key: string): Promise<RecordValue | undefined> => {
    const value = loaded?.records.get(key)
    if (value) return value
    const contents = await (await of(splitKey(definition, key).parent)).contents()
    for (const { records } of contents) {
      const value = records.get(key)
      if (value) return value
    }
    for (const { problems, fault } of contents) {
      // Nobody knows what a file holds that cannot be read.
      if (fault) throw fault
      const problem = problems.find((issue) => issue.key === key && issue.code === 'format/bad-record')
      if (problem) throw new EspalierError('format/bad-record', problem.message, { data: { ...problem } })
    }
    return undefined
  }

  /** The file that holds a record, or the one to which it would be added. */
  const holderOf = async (key: string, parent: string): Promise<SharedFile | undefined> => {
    const { files, contents } = await of(parent)
    if (files.length < 2) return files[0]
    const holder = (await contents()).find(({ records }) => records.has(key))
    return holder?.file ?? files[0]
  }
  const newPath = (parent: string): string => joinPath(instanceDirs(definition, parent)[0] as string, name) // the preferred layout

  const write = async (changes: ReadonlyMap<string, RecordChange>): Promise<FileWrites> => {
    const targets = new Map<string, Target>()
    for (const [key, { after }] of changes) {
      const { parent, own } = splitKey(definition, key)
      const file = await holderOf(key, parent)
      const path = file?.path ?? newPath(parent)
      const target = targets.get(path)
      if (target) target.changes.set(own, after)
      else targets.set(path, { path, file, changes: new Map([[own, after]]) })
    }
    const made: FileContent[] = []
    for (const target of targets.values()) {
      const { path, changes } = target
      const last = written.get(path)
      const content = last && sameChanges(last.changes, changes) ? last.content : await edit(target)
      written.set(path, { changes, content })
      if (content) made.push(content)
    }
    return { written: made, deleted: [] }
  }

  const edit = async ({ path, file, changes }: Target): Promise<FileContent | null> => {
    try {
      const old = file && editable(await bytesOf(file))
      if (!old) {
        const records = new Map<string, RecordValue>()
        for (const [key, value] of changes) if (value !== null) records.set(key, value)
        if (records.size === 0) return null
        return { path, bytes: editable(codec.create(records)), mode: treeMode.file }
      }
      const bytes = codec.edit(old, changes)
      return bytes === old ? null : { path, bytes: editable(bytes), mode: file.mode }
    } catch (error) {
      throw withAddress(error, definition, path)
    }
  }

  const load = async (parent?: string): Promise<LoadedRecords> => {
    if (parent !== undefined) return joinRecords(definition, await (await of(parent)).contents())
    loading ??= loaded
      ? Promise.resolve(loaded)
      : list()
          .then(readAll)
          .then((all) => {
            const joined = joinRecords(definition, all)
            if (isTooLarge(joined.records.size, codecs)) release()
            else loaded = joined
            return joined
          })
    return loading
  }
  const release = (): void => {
    loaded = loading = undefined
    for (const cache of [read, parents, written, memory.files, memory.bytes]) cache.clear()
  }

  const largeKeys = (): Promise<readonly string[] | undefined> =>
    (large ??= loaded ? Promise.resolve(undefined) : load().then(keysOfLarge))

  return {
    definition,
    id: instances.id,
    memory,
    get,
    load,
    largeKeys,
    batches: async function* () {
      if (loaded) return yield loaded.records.entries()
      for (const file of await list())
        yield readSharedFile(definition, codec, file, (await objects.read(file.oid)).bytes).records.entries()
    },
    release,
    loaded: () => loaded,
    count: async (parent) =>
      (parent === undefined && (await largeKeys())?.length) || (await load(parent)).records.size,
    values: (keys) => Promise.all(keys.map(get)),
    write,
    stored: (oid, bytes) => memory.bytes.keep(oid, bytes),
    pathOf: async (key) => {
      const { parent } = splitKey(definition, key)
      return (await holderOf(key, parent))?.path ?? newPath(parent)
    },
    recordsAt: async (path) => {
      const match = matchRecordFile(definition, path)
      if (!match) return new Map()
      const contents = await (await of(match.parent)).contents()
      const content = contents.find(({ file }) => file.path === path)
      return content?.records ?? new Map()
    },
  }
}

/** What changes in one file, by own keys. */
interface Target {
  readonly path: string
  readonly file: SharedFile | undefined
  readonly changes: Map<string, RecordValue | null>
}

/** A file as it was made last: what planning an edit makes, its commit wants again. */
interface Written {
  readonly changes: ReadonlyMap<string, RecordValue | null>
  readonly content: FileContent | null
}

function sameChanges(a: Written['changes'], b: Written['changes']): boolean {
  if (a.size !== b.size) return false
  for (const [key, value] of a) if (b.get(key) !== value) return false
  return true
}

function editable(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= maxEditableBytes) return bytes
  throw new EspalierError(
    'format/read-only',
    `Files of more than ${maxEditableBytes} bytes are only read, and this one has ${bytes.length}. Split it into one file per record.`,
    { data: { sizeBytes: bytes.length } },
  )
}
