import type { Issue } from '../../../src/protocol/issues.ts'
import { isEspalierError, type EspalierError } from '../../../src/protocol/errors.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { joinKey, rowKeyProblem } from '../../format/record-layout.ts'
import type { RecordFault, RecordSet, RecordSetCodec } from '../../format/record-set-codec.ts'
import type { Oid } from '../../git/objects/oid.ts'
import { compareKeys, createRecordMap } from '../../records/record-map.ts'
import { problemOf, withAddress, type LoadedRecords } from './collection-snapshot.ts'

/** A file of many records in one commit. */
export interface SharedFile extends FilePlace {
  readonly oid: Oid
  readonly mode: number
}

/** Where such a file lies. */
export interface FilePlace {
  /** From the database root. */
  readonly path: string
  /** As the parent stands in keys; '' in a root collection. */
  readonly parent: string
}

/** What such a file holds. */
export interface SharedRecords<File extends FilePlace = SharedFile> {
  readonly file: File
  /** By whole key, in file order. */
  readonly records: ReadonlyMap<string, RecordValue>
  readonly problems: readonly Issue[]
  /** Why nothing of it can be read. */
  readonly fault?: EspalierError
}

/** Reads a file. Never throws for its content. */
export function readSharedFile<File extends FilePlace>(
  definition: CollectionDefinition,
  codec: RecordSetCodec,
  file: File,
  bytes: Uint8Array,
): SharedRecords<File> {
  const { path, parent } = file
  let set: RecordSet
  try {
    set = codec.parse(bytes)
  } catch (error) {
    if (!isEspalierError(error)) throw error
    const fault = withAddress(error, definition, path) as EspalierError // it is one
    return { file, records: new Map(), problems: [problemOf(fault, definition, path)], fault }
  }
  const problems = set.faults.map((fault) => issueOf(definition, file, fault))
  const records = new Map<string, RecordValue>()
  for (const [own, value] of set.records) {
    const why = rowKeyProblem(own, parent)
    if (why === undefined) records.set(joinKey(parent, own), value)
    else {
      const message = `the key ${JSON.stringify(own.slice(0, 80))} is not allowed: ${why}`
      problems.push(
        issueOf(definition, file, {
          code: 'format/bad-record',
          message,
          key: own,
          ...codec.locate(bytes, own),
        }),
      )
    }
  }
  return { file, records, problems }
}

function issueOf(
  { id }: CollectionDefinition,
  { path, parent }: FilePlace,
  { code, message, key, line, column, severity }: RecordFault,
): Issue {
  return {
    collection: id,
    ...(key === undefined ? {} : { key: joinKey(parent, key) }),
    file: path,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    code,
    severity: severity ?? 'error',
    message: `${id} (${path}): ${message}`,
  }
}

/** The records of several files as one. Of two with one key the first counts. */
export function joinRecords({ id }: CollectionDefinition, files: readonly SharedRecords[]): LoadedRecords {
  const holders = new Map<string, string>()
  const entries: (readonly [string, RecordValue])[] = []
  const problems: Issue[] = []
  for (const { file, records, problems: own } of files) {
    problems.push(...own)
    for (const entry of records) {
      const [key] = entry
      const holder = holders.get(key)
      if (holder === undefined) {
        holders.set(key, file.path)
        entries.push(entry)
        continue
      }
      const message = `${id} (${file.path}): ${holder} holds "${key}" already. Delete one of them.`
      problems.push({
        collection: id,
        key,
        file: file.path,
        code: 'format/duplicate-key',
        severity: 'error',
        message,
      })
    }
  }
  entries.sort((a, b) => compareKeys(a[0], b[0]))
  return { records: createRecordMap(new Map(entries)), problems }
}
