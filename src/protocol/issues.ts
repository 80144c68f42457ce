import type { Json } from './records.ts'

/** What kind of thing an {@link Issue} reports. `format/…` is about files, `validation/…` about values. */
export type IssueCode =
  /** The file does not parse, or is too large. */
  | 'format/syntax'
  /** A key that is not part of the format (kept, ignored). */
  | 'format/unknown-key'
  /** A known key with a value that it cannot have. */
  | 'format/bad-value'
  /** A path that is absolute, leaves the database, or points to nothing. */
  | 'format/bad-path'
  /** A collection id that is not valid or is taken. */
  | 'format/bad-id'
  /** A definition that is missing, double, or inherits from itself. */
  | 'format/bad-definition'
  /** A part of a newer or older format than this library reads. */
  | 'format/other-generation'
  /** A foreign key that resolves to no collection. */
  | 'format/unresolved-foreign-key'
  /** A record file, or a row of one, that does not parse or has the wrong shape. */
  | 'format/bad-record'
  /** Two records of one collection have the same key; the first one counts. */
  | 'format/duplicate-key'
  /** A row of a list file from which no key can be read. */
  | 'format/no-key'
  /** A comment that one side of a merge wrote where the other changed the same lines: the merged file is without it. */
  | 'format/comment-dropped'
  /** A required field is missing or null. */
  | 'validation/required'
  /** The value is not of the column's type. */
  | 'validation/type'
  /** A number whose text says more than a JavaScript number can hold. */
  | 'validation/unsafe-number'
  | 'validation/length'
  | 'validation/min-length'
  | 'validation/max-length'
  | 'validation/min-value'
  | 'validation/max-value'
  /** The value is not one of the permitted ones. */
  | 'validation/enum'
  /** A field that is no column. */
  | 'validation/undeclared-field'
  /** A computed column that is stored. */
  | 'validation/stored-computed'
  /** A formula or `required_when` that does not compile or fails on this record. */
  | 'validation/formula'
  /** A stored `$ID` that is not the record's key. */
  | 'validation/id'
  /** More or fewer records than the definition allows. */
  | 'validation/records-count'
  /** The value names no record of the collection that the column refers to. */
  | 'validation/foreign-key'
  /** A record of a subcollection whose parent is not there. */
  | 'validation/parent-missing'
  /** A record that is deleted while others refer to it. */
  | 'validation/referenced'
  /** What the JSON Schema that is attached to the collection says. */
  | 'validation/schema'

/** One finding in the database's files or values, as data. */
export interface Issue {
  readonly code: IssueCode
  readonly severity: 'error' | 'warning'
  /** What is wrong and what to do, for people. */
  readonly message: string
  /** The file, from the database root. Empty for a record that has no file yet. */
  readonly file: string
  /** 1-based. */
  readonly line?: number
  /** 1-based, in UTF-16 units. */
  readonly column?: number
  readonly collection?: string
  /** The record key. */
  readonly key?: string
  /** The place inside the file's or record's value. */
  readonly path?: readonly (string | number)[]
  /** What the rule asks for: a type, a bound, the permitted values. */
  readonly expected?: Json
  /** The value that was found. */
  readonly actual?: Json
}
