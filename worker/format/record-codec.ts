import type { EspalierError } from '../../src/protocol/errors.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { extrasOf, needsExtras } from './extras.ts'
import { createJsonCodec } from './json/json-codec.ts'
import type { FormatPlugins } from './plugins.ts'
import type { RecordPosition } from './record-text.ts'
import type { ValuePath } from './record-value.ts'

/** Files of one record ⇄ values, for one file format. Stateless: one codec serves any number of collections. */
export interface RecordCodec {
  /**
   * The record in a file. Numbers are JavaScript numbers; dates stay text.
   *
   * @throws EspalierError `format/bad-record` with `line` and `column` in `data` where they are known.
   */
  parse(bytes: Uint8Array): RecordValue
  /** {@link RecordCodec.parse} for many files, faster; a file that does not parse gives its error. */
  parseMany(files: readonly Uint8Array[]): readonly (RecordValue | EspalierError)[]
  /**
   * The file with the record changed to `value` (the complete record). Only lines whose values differ
   * change: comments, quotes, key order, number spelling, indentation, BOM, line ends and the end of the file
   * stay. Equal values give back the same `bytes` object.
   *
   * @throws EspalierError `record/bad-value`; `format/bad-record` when `bytes` do not parse;
   * `format/edit-refused` when the file uses features that the edit would damage.
   */
  edit(bytes: Uint8Array, value: RecordValue): Uint8Array
  /**
   * A new file: `columns_order` first, then by name.
   *
   * @throws EspalierError `record/bad-value`
   */
  create(value: RecordValue, definition: Pick<CollectionDefinition, 'columnsOrder'>): Uint8Array
  /** `create` takes every record that JSON data can be: an insert need not make the file to know that it can be made. */
  readonly createsAny?: boolean
  /** Where the value at a path (of a field, an item) stands in a file that parses; undefined when it is not there. */
  locate?(bytes: Uint8Array, path: ValuePath): RecordPosition | undefined
}

/** How the codecs of a database work. */
export interface CodecOptions {
  /** `go` writes the bytes that the Go tools write, and edits rewrite the whole file as they do. */
  readonly canonical?: 'go'
  readonly plugins?: FormatPlugins
}

/**
 * The codec of files that hold one record each; undefined when they hold several or are not readable. What it needs
 * is loaded: see `prepareCodec`.
 */
export function codecFor(
  definition: CollectionDefinition,
  options: CodecOptions = {},
): RecordCodec | undefined {
  const { columnsOrder, recordFile, readable } = definition
  if (!readable.ok || recordFile.type !== 'map[string]any') return undefined
  return needsExtras(definition, options)
    ? extrasOf(options.plugins ?? {}).recordCodec(definition, options)
    : createJsonCodec({ columnsOrder })
}
