import type { EspalierError } from '../../src/protocol/errors.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { createJsonCodec } from './json-codec.ts'
import { createYamlCodec } from './yaml-codec.ts'

/** Record files ⇄ values, for one file format. Stateless: one codec serves any number of collections. */
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
}

/** The codec of a collection's record files; undefined when they are not readable. */
export function codecFor(definition: CollectionDefinition): RecordCodec | undefined {
  if (!definition.readable.ok) return undefined
  const { columnsOrder } = definition
  switch (definition.recordFile.format) {
    case 'json':
      return createJsonCodec({ columnsOrder })
    case 'yaml':
    case 'yml':
      return createYamlCodec({ columnsOrder })
    default:
      return undefined
  }
}
