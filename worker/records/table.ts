import type { FieldPath } from '../../src/protocol/query.ts'
import type { Row } from '../../src/protocol/records.ts'

/**
 * The rows of one collection as one handle sees them (a branch with its working changes, or a commit), with the
 * indexes that queries asked for. One thread owns it: `apply` changes it in place, between two queries. Rows are
 * never changed themselves, so whoever holds one keeps what it saw, and an unchanged row keeps its identity.
 */
export interface Table {
  /** Counts up with every `apply` that changed something. */
  readonly version: number
  readonly size: number
  get(key: string): Row | undefined
  /** In key order (code units). */
  rows(): readonly Row[]
  /** Rows by the value at a path, built when first asked for and kept up to date after. */
  hashIndex(path: FieldPath): HashIndex
  /** Rows in the order of the values at a path (see `compareValues`), then of keys; built when first asked for. */
  sortedIndex(path: FieldPath, locale?: string): SortedIndex
  /** Changes the rows and every index. Answers those that really changed, in key order. */
  apply(changes: readonly TableChange[]): readonly RowChange[]
  /** Forgets the indexes (memory is released when idle). */
  dropIndexes(): void
}

/** One record's new row; undefined removes it. */
export interface TableChange {
  readonly key: string
  readonly row: Row | undefined
}

/** One record before and after. */
export interface RowChange {
  readonly key: string
  readonly before: Row | undefined
  readonly after: Row | undefined
}

export interface HashIndex {
  /** Rows whose value equals (as `eq` does); in key order. Array values are found by the whole array. */
  find(value: unknown): readonly Row[]
  /** Number of rows by value, for planning. */
  count(value: unknown): number
}

export interface SortedIndex {
  /** Rows in order. Bounds are values; absent means open. */
  range(bounds: {
    readonly from?: unknown
    readonly fromInclusive?: boolean
    readonly to?: unknown
    readonly toInclusive?: boolean
    readonly direction: 'asc' | 'desc'
  }): Iterable<Row>
  /** How many rows `range` would give, for planning. */
  count(bounds: {
    readonly from?: unknown
    readonly fromInclusive?: boolean
    readonly to?: unknown
    readonly toInclusive?: boolean
  }): number
}
