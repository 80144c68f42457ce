import type { Patch, RecordValue } from './records.ts'

/** A new value of one record. */
export interface KeyedValue {
  readonly key: string
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
export type WriteOperation = { readonly collection: string } & (
  | { readonly kind: 'insert'; readonly rows: readonly KeyedValue[] }
  /** Whole records: of `replace` they must exist, `upsert` adds those that do not. */
  | { readonly kind: 'replace' | 'upsert'; readonly rows: readonly (KeyedValue & KeyedRecord)[] }
  | { readonly kind: 'update'; readonly patches: readonly KeyedPatch[] }
  | { readonly kind: 'delete'; readonly keys: readonly KeyedRecord[] }
)
