import type { Row } from '../../src/protocol/records.ts'
import type { RowChange } from './row-change.ts'

/** A full text index over one collection. */
export interface SearchIndex {
  /** The keys of the records that match, each with its rank: higher is better. */
  search(text: string, fields: readonly string[] | undefined): Iterable<readonly [key: string, score: number]>
}

/** An index that follows its table. */
export interface FollowingSearchIndex extends SearchIndex {
  apply(changes: readonly RowChange[]): void
}

/** Makes the index of one table: what the plug-in `espalier/search` brings. `rowsOf` gives the rows as they are. */
export type SearchIndexMaker = (rowsOf: () => readonly Row[]) => FollowingSearchIndex
