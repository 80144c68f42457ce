import type { ResultRow } from './query.ts'

/** Names a live query inside one engine. */
export type LiveId = number

/**
 * What changed in a live query's result since the last emission, for the wire: the page keeps the rows, so that an
 * unchanged row is the same object in every emission.
 */
export interface LiveUpdate {
  readonly live: LiveId
  /** Counts up with every emission of this query, from 1. */
  readonly version: number
  /** The whole result as positions: a number ≥ 0 takes the row from that place of the last result; −1 takes the next of `rows`. Absent: all of `rows`. */
  readonly order?: readonly number[]
  readonly rows: readonly ResultRow[]
  /** Set when the query cannot go on (its collection was dropped, a file broke): the last rows stay. */
  readonly error?: { readonly code: string; readonly message: string }
}

/** One record's part in an emission, by key. Rows without `$id` (groups, joins) are told by their place only. */
export interface LiveChange {
  readonly kind: 'added' | 'removed' | 'changed' | 'moved'
  readonly key: string
}

/** What a subscriber gets. */
export interface LiveResult<Result> {
  readonly rows: readonly Result[]
  /** Since the last emission; empty in the first one. */
  readonly changes: readonly LiveChange[]
  readonly version: number
}
