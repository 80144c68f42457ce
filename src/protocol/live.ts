import type { WireError } from './errors.ts'
import type { ResultRow } from './query.ts'

/** Names a live query inside one engine. Whoever subscribes chooses it, so that no update can come before its name. */
export type LiveId = number

/**
 * What changed in a live query's result since the last emission, for the wire: the page keeps the rows, so that an
 * unchanged row is the same object in every emission.
 */
export interface LiveUpdate {
  readonly live: LiveId
  /** Counts up with every emission of this query, from 1. */
  readonly version: number
  /**
   * The whole result in pieces, pairs of numbers: `from, count` takes `count` rows of the last result beginning at
   * place `from`; `-1, count` takes the next `count` of `rows`. Absent: the result is all of `rows`.
   */
  readonly pieces?: readonly number[]
  readonly rows: readonly ResultRow[]
  /** Set when the query cannot go on (its collection was dropped, its branch deleted): it has ended, no rows come with it. */
  readonly error?: WireError
}

/**
 * One record's part in an emission, by key; rows without `$id` (groups, joins) have none. `moved`: the same row at
 * another place among those that stayed. A record that changed and moved is `changed`.
 */
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
