import type { RecordValue } from '../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { markNumbers } from './exact-numbers.ts'
import { codecFor, type CodecOptions, type RecordCodec } from '../format/record-codec.ts'
import { isDictionary, recordSetCodecFor, type RecordSetCodec } from '../format/record-set-codec.ts'

/** How a file is read and written as records, whether it holds one or many. */
export interface RecordFile {
  readonly format: string
  /** Whether it holds one record, and goes with it. */
  readonly isSingle: boolean
  /** Whether its records have an order of their own: it is a list, no dictionary. */
  readonly isList: boolean
  /**
   * The records by key; undefined when something in it cannot be taken: what a file does not tell is not deleted.
   * Throws `format/bad-record`.
   */
  parse(bytes: Uint8Array): ReadonlyMap<string, RecordValue> | undefined
  /** The file with marks around numbers that JavaScript cannot hold; see `markNumbers`. */
  mark(bytes: Uint8Array): Uint8Array | undefined
  /** The file with these records in it, and no others. Throws as the codecs do. */
  write(old: Uint8Array | undefined, records: ReadonlyMap<string, RecordValue>): Uint8Array
}

/** A file of one record, of which only the caller knows the key: here it is ''. */
function singleRecordFile(
  codec: RecordCodec,
  { recordFile, columnsOrder }: Pick<CollectionDefinition, 'recordFile' | 'columnsOrder'>,
): RecordFile {
  return {
    format: recordFile.format,
    isSingle: true,
    isList: false,
    parse: (bytes) => new Map([['', codec.parse(bytes)]]),
    mark: (bytes) => markNumbers(recordFile.format, bytes),
    write: (old, records) => {
      const value = records.get('') as RecordValue // without it there is no file
      return old ? codec.edit(old, value) : codec.create(value, { columnsOrder })
    },
  }
}

/** A file of many records. */
function recordSetFile(
  codec: RecordSetCodec,
  definition: Pick<CollectionDefinition, 'recordFile' | 'primaryKey'>,
): RecordFile {
  const { format } = definition.recordFile
  const isList = !isDictionary(definition)
  const keys: ReadonlySet<string | number | undefined> = new Set(
    isList ? [...definition.primaryKey, '$ID', '$id', 'id'] : ['$ID'],
  )
  return {
    format,
    isSingle: false,
    isList,
    mark: (bytes) =>
      markNumbers(format, bytes, ([, field, ...inside]) => keys.has(field) && inside.length === 0),
    parse: (bytes) => {
      const { records, faults } = codec.parse(bytes)
      return faults.some(({ severity }) => severity !== 'warning') ? undefined : records
    },
    write: (old, records) => {
      if (!old) return codec.create(records)
      const changes = new Map<string, RecordValue | null>(records)
      for (const key of codec.parse(old).records.keys()) if (!records.has(key)) changes.set(key, null)
      return codec.edit(old, changes)
    },
  }
}

/** How the files of a collection are read and written; undefined when they cannot be. Its codec is prepared. */
export function recordFileOf(
  definition: CollectionDefinition,
  options: CodecOptions,
): RecordFile | undefined {
  const codec = codecFor(definition, options)
  if (codec) return singleRecordFile(codec, definition)
  const set = recordSetCodecFor(definition, options)
  return set && recordSetFile(set, definition)
}
