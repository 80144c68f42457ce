import type { Issue } from './issues.ts'
import type { AtOptions, Revision } from './records.ts'

/** What to validate. Without options: definitions and every record. */
export interface ValidateOptions extends AtOptions {
  /** Only these collections; references into others are still looked up. */
  readonly collections?: readonly string[]
  /** Only what changed since this revision (definitions that changed: their whole collection). */
  readonly from?: Revision
  /** Only the definitions, or only the records. */
  readonly only?: 'definitions' | 'records'
}

/** What a validation found. */
export interface ValidationReport {
  /** Whether there is no issue of severity `error`. */
  readonly valid: boolean
  /** All of them, in the order of collections and keys. */
  readonly issues: readonly Issue[]
  /** What was looked at. */
  readonly checked: { readonly collections: number; readonly records: number }
}

/** What a delete does with records that refer to the deleted one. */
export type OnReferences = 'restrict' | 'cascade' | 'set-null'

/** How one write is checked. */
export interface WriteOptions {
  /**
   * `'off'` writes values that break rules of their collection, and deletes records that others refer to. Validators of
   * the app (`schemas` of `open`) run all the same.
   */
  readonly validate?: 'on' | 'off'
  /**
   * Deletes only. `'restrict'` (default) refuses while records refer to the deleted ones; `'cascade'` deletes those
   * too, and records of subcollections; `'set-null'` takes the reference out of them. All of it is one durable step.
   */
  readonly references?: OnReferences
}
