import type { Issue } from '../../src/protocol/issues.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { extrasOf, needsExtras } from './extras.ts'
import { createJsonRows } from './json/json-rows.ts'
import { createJsonLines } from './json/jsonl-rows.ts'
import { createListKeys } from './list-keys.ts'
import type { CodecOptions } from './record-codec.ts'
import type { RecordPosition } from './record-text.ts'
import type { ValuePath } from './record-value.ts'
import { createRowsCodec, type RowsOptions } from './rows-codec.ts'

/**
 * Files that hold many records (lists and dictionaries) ⇄ records by key, for one collection. Keys are as the
 * format says (dictionary key; `primary_key`, `$ID`, `$id`, `id` of a list row) and NFC. A row's key fields stay fields of its value.
 * `$ID` and `$id` are never part of a value: they are the key, and edits keep them as the file has them.
 */
export interface RecordSetCodec {
  /**
   * The records in file order. A row that cannot be taken is a fault, the others stay.
   *
   * @throws EspalierError `format/bad-record` when the file as a whole cannot be read.
   */
  parse(bytes: Uint8Array): RecordSet
  /**
   * The file with records changed, added (keys that it does not hold, at the end) or deleted (null). Everything else
   * keeps its bytes; when nothing changes the same `bytes` object comes back. A file without records stays: `[]`, `{}`, a header.
   * Changing a record whose key columns differ from its key is refused.
   *
   * @throws EspalierError `record/bad-value`, `format/bad-record`, `format/edit-refused`, `format/read-only` (too large).
   */
  edit(bytes: Uint8Array, changes: ReadonlyMap<string, RecordValue | null>): Uint8Array
  /**
   * A new file with the records in the given order.
   *
   * @throws EspalierError `record/bad-value`
   */
  create(records: ReadonlyMap<string, RecordValue>): Uint8Array
  /** Where a record, or the value at a path of it, stands in a file that parses. */
  locate(bytes: Uint8Array, key: string, path?: ValuePath): RecordPosition | undefined
}

/** What a file of many records holds. */
export interface RecordSet {
  readonly records: ReadonlyMap<string, RecordValue>
  readonly faults: readonly RecordFault[]
}

/** A row that cannot be taken: without key, with a key that is taken, or of the wrong shape. */
export interface RecordFault {
  /** A warning is about a record that is taken all the same. */
  readonly severity?: 'warning'
  readonly code: Extract<Issue['code'], 'format/bad-record' | 'format/duplicate-key' | 'format/no-key'>
  readonly message: string
  readonly key?: string
  readonly line?: number
  readonly column?: number
}

/**
 * The codec of a collection's list or dictionary files; undefined when they hold one record each or are not readable.
 * What it needs is loaded: see `prepareCodec`.
 */
export function recordSetCodecFor(
  definition: CollectionDefinition,
  options: CodecOptions = {},
): RecordSetCodec | undefined {
  const { readable, recordFile } = definition
  if (!readable.ok || recordFile.type === 'map[string]any') return undefined
  return needsExtras(definition, options)
    ? extrasOf(options.plugins ?? {}).recordSetCodec(definition, options)
    : createJsonSetCodec(definition)
}

/** The codec of JSON lists and dictionaries, and of JSON lines. */
export function createJsonSetCodec(
  definition: CollectionDefinition,
  options: Pick<RowsOptions, 'rewrite'> = {},
): RecordSetCodec {
  const { columnsOrder, recordFile } = definition
  const dictionary = isDictionary(definition)
  const rows = { ...options, ...(dictionary ? {} : { keys: createListKeys(definition) }) }
  return recordFile.format === 'jsonl'
    ? createRowsCodec(createJsonLines(columnsOrder), rows)
    : createRowsCodec(createJsonRows(dictionary, columnsOrder), rows)
}

/** Whether a file of many records names them by key. */
export function isDictionary({ recordFile }: Pick<CollectionDefinition, 'recordFile'>): boolean {
  return recordFile.type !== '[]map[string]any'
}
