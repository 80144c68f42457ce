import type { Issue } from '../../../src/protocol/issues.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import type { DatabaseSchema } from '../../../src/protocol/schema.ts'
import type { ValuePath } from '../record-value.ts'
import type { RecordRules } from './record-rules.ts'

/** What a validation reads: one version of a database, whatever holds it. */
export interface ValidationSource {
  readonly schema: DatabaseSchema
  /** The rules of a collection, and what keeps some of them from being checked. */
  rules(collection: string): Promise<CollectionRules>
  /** The records of a readable collection, or only those of some files (paths from the database root),
   * and of files that may hold the same keys. */
  records(collection: string, files?: ReadonlySet<string>): Promise<CollectionRecords>
  /** The keys of all records of a readable collection; those in files that do not parse count where they are known. */
  keys(collection: string): Promise<KeySet>
}

/** See {@link ValidationSource.rules}. */
export interface CollectionRules {
  readonly rules: RecordRules
  readonly issues: readonly Issue[]
}

/** Keys of records; a `Set` is one. */
export interface KeySet extends Iterable<string> {
  has(key: string): boolean
}

/** See {@link ValidationSource.records}. */
export interface CollectionRecords {
  readonly records: Iterable<readonly [key: string, value: RecordValue]>
  /** Files and rows that cannot be taken, double keys, and what the text of a file says beyond its values. */
  readonly issues: readonly Issue[]
  /** Where a record, or a value in it, stands. Called only for what is reported. */
  place(key: string, path: ValuePath): Promise<RecordPlace> | RecordPlace
}

/** See {@link CollectionRecords.place}. */
export interface RecordPlace {
  readonly file: string
  readonly line?: number
  readonly column?: number
}
