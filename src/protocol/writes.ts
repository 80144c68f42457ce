import type { Condition } from './query.ts'
import type { Patch, RecordValue, Revision } from './records.ts'

/** A new value of one record. */
export interface KeyedValue {
  readonly key: string
  readonly value: RecordValue
}

/** A record to add: without a key where the collection makes them. */
export interface NewRecord {
  readonly key?: string
  readonly value: RecordValue
}

/** One record to change, and the revision that it must still have. */
export interface KeyedRecord {
  readonly key: string
  readonly ifMatch?: string
}

/** A patch of one record. */
export interface KeyedPatch extends KeyedRecord {
  readonly patch: Patch
}

/** What one call writes to one collection, as plain data: one durable step, all of it or nothing. */
export type WriteOperation = { readonly collection: string } &
  /** `parent`: that of records of a subcollection which come without a key, as it stands in keys. */
  (
    | { readonly kind: 'insert'; readonly rows: readonly NewRecord[]; readonly parent?: string }
    /** Whole records: of `replace` they must exist, `upsert` adds those that do not. */
    | {
        readonly kind: 'replace' | 'upsert'
        readonly rows: readonly (NewRecord & Partial<KeyedRecord>)[]
        readonly parent?: string
      }
    | { readonly kind: 'update'; readonly patches: readonly KeyedPatch[] }
    /** `permanent`: also where deletes only hide records. */
    | { readonly kind: 'delete'; readonly keys: readonly KeyedRecord[]; readonly permanent?: boolean }
    /** Brings deleted records back: hidden ones, or those of the commit `from` (the last that had it unless given). */
    | { readonly kind: 'restore'; readonly keys: readonly string[]; readonly from?: Revision }
    /** The records that fulfil a condition, below one parent when it is given. */
    | {
        readonly kind: 'updateWhere'
        readonly where: Condition | undefined
        readonly parent?: string
        readonly patch: Patch
      }
    | {
        readonly kind: 'deleteWhere'
        readonly where: Condition | undefined
        readonly parent?: string
        readonly permanent?: boolean
      }
  )
