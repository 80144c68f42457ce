import type { Issue } from '../../../src/protocol/issues.ts'
import { EspalierError, isEspalierError } from '../../../src/protocol/errors.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import type { Oid } from '../../git/objects/oid.ts'
import type { RecordMap } from '../../records/record-map.ts'

/** The records of one collection in one commit. Never changes; reads what it is asked for, once. */
export interface CollectionSnapshot {
  readonly definition: CollectionDefinition
  /** Equal where all files of the collection are the same. */
  readonly id: string
  /** One record. Throws `format/bad-record` when its file cannot be read. */
  get(key: string): Promise<RecordValue | undefined>
  /** Every record, and what cannot be read; only of one parent when it is given (as it stands in keys). */
  load(parent?: string): Promise<LoadedRecords>
  /** Every record that can be read, some at a time (of shared files, a file at a time), none of them kept. */
  batches(): AsyncIterable<Iterable<readonly [key: string, value: RecordValue]>>
  /**
   * The keys of a collection that has more records than memory may hold; undefined for a smaller one. Of shared files
   * it reads them, until they are released.
   */
  largeKeys(): Promise<readonly string[] | undefined>
  /** What {@link load} has read already. */
  loaded(): LoadedRecords | undefined
  /** Forgets what {@link load} has read, to free memory: it is read again when it is asked for. */
  release(): void
  /** Number of records; files of one record are not read for it. */
  count(parent?: string): Promise<number>
  /** The keys by what a file system makes of them that folds case or Unicode composition; absent where keys name no files. */
  keysByTwin?(): Promise<ReadonlyMap<string, string>>

  /** Several records, read in one sweep. Throws `format/bad-record`. */
  values(keys: readonly string[]): Promise<readonly (RecordValue | undefined)[]>
  /** Their files; absent where records share files. */
  files?(keys: readonly string[]): Promise<readonly (FileContent | undefined)[]>
  /** Whether the commit can surely make the file of a new record that takes at most so many bytes; absent as above. */
  writesLater?(maxBytes: number): boolean
  /**
   * The files of records with these new values, undefined where the commit can surely make them; absent where records
   * share files. Throws what {@link editFile} throws.
   */
  makeFiles?(values: readonly NewValue[]): Promise<readonly (FileContent | undefined)[]>
  /**
   * The new content of the file of one record; absent where records share files: then only {@link write} tells
   * whether an edit can be made. Throws `record/bad-key`, `record/bad-value`, `format/edit-refused`.
   */
  editFile?(key: string, after: RecordValue, old: FileContent | undefined): Promise<FileContent>
  /**
   * The files that hold these changes, each written once. Throws what {@link editFile} throws, `format/bad-record`
   * and `format/read-only`.
   */
  write(changes: ReadonlyMap<string, RecordChange>): Promise<FileWrites>
  /** A file of {@link write} is about to be committed: the next version begins with its bytes. */
  stored?(oid: Oid, bytes: Uint8Array): void
  /** The path of the file that holds a record, or would. Throws `record/bad-key`. */
  pathOf(key: string): Promise<string>
  /** The records of one shared file; none when it cannot be read. Absent where each record has its own. */
  recordsAt?(path: string): Promise<ReadonlyMap<string, RecordValue>>
}

/** About 300 MB of records of a usual size. */
const defaultMaxRecords = 250_000

/** Whether a collection has more records than memory may hold. */
export function isTooLarge(
  records: number,
  { maxRecordsInMemory = defaultMaxRecords }: { readonly maxRecordsInMemory?: number | undefined },
): boolean {
  return records > maxRecordsInMemory
}

/** A record's new value; null where it goes. */
export interface NewValue {
  readonly key: string
  readonly after: RecordValue | null
  /** The most bytes that a file of it may take. */
  readonly maxBytes?: number | undefined
}

/** One record's new value (null: deleted), and its file when that was made already. */
export interface RecordChange {
  readonly after: RecordValue | null
  readonly file?: FileContent
}

/** What git keeps of a file. */
export interface FileContent {
  /** From the database root. */
  readonly path: string
  readonly bytes: Uint8Array
  readonly mode: number
}

/** Files that a commit changes. */
export interface FileWrites {
  readonly written: readonly FileContent[]
  readonly deleted: readonly string[]
}

export interface LoadedRecords {
  readonly records: RecordMap
  readonly problems: readonly Issue[]
}

/** A file or row that cannot be read, as data. */
export function problemOf(
  error: EspalierError,
  definition: CollectionDefinition,
  file: string,
  key?: string,
): Issue {
  const { line, column } = error.data
  return {
    collection: definition.id,
    ...(key === undefined ? {} : { key }),
    file,
    ...(typeof line === 'number' ? { line } : {}),
    ...(typeof column === 'number' ? { column } : {}),
    code: 'format/bad-record',
    severity: 'error',
    message: error.message,
  }
}

/** Adds where the record lies to an error that only knows the bytes. */
export function withAddress(
  error: unknown,
  { id }: CollectionDefinition,
  file: string,
  key?: string,
): unknown {
  if (!isEspalierError(error)) return error
  const name = key === undefined ? id : `${id}/${key}`
  return new EspalierError(error.code, `${name} (${file}): ${error.message}`, {
    data: { ...error.data, collection: id, ...(key === undefined ? {} : { key }), file },
    cause: error,
  })
}

/** The error for a collection whose files this version cannot read. */
export function notReadable(definition: CollectionDefinition): EspalierError {
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

/** A version of loaded records after edits. */
export function editLoaded(
  loaded: LoadedRecords,
  edits: ReadonlyMap<string, RecordValue | null>,
  problems: readonly Issue[] = [],
): LoadedRecords {
  const kept = loaded.problems.filter((problem) => problem.key === undefined || !edits.has(problem.key))
  return { records: loaded.records.with(edits), problems: [...kept, ...problems] }
}
