import type { Json } from '../../src/protocol/records.ts'

/** One list in three versions; no base is an empty one. */
export interface ListSides {
  readonly base: readonly Json[]
  readonly ours: readonly Json[]
  readonly theirs: readonly Json[]
}
