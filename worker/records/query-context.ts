import type { Source } from '../../src/protocol/query.ts'
import type { Row } from '../../src/protocol/records.ts'
import type { IndexMode } from './index-use.ts'
import type { SearchIndex } from './search-index.ts'
import type { Table } from './table.ts'

/** What queries know about a collection before they read its rows. Plain data. */
export interface CollectionShape {
  /** The declared columns by name; absent or empty where the definition declares none: any field may be asked for. */
  readonly columns?: ReadonlyMap<string, ColumnShape>
  /** The collection that the records of a subcollection lie below. */
  readonly parent?: string | undefined
}

/** The collection that a column of records leads to: by its foreign key, or to their parents. */
export function referenceOf(shape: CollectionShape | undefined, column: string): string | undefined {
  return column === '$parent' ? shape?.parent : shape?.columns?.get(column)?.references
}

/** A column: the definition's own `Column` will do. */
export interface ColumnShape {
  /** As declared: `string`, `int`, `[]string`, `map[locale]string`, `any` … */
  readonly type: string
  /** The collection that the column's foreign key leads to. */
  readonly references?: string
}

/** Groups that are made of rows as they pass, so that no rows need to be held. */
export interface Gathered {
  /** Takes a row that matches. */
  add(row: Row): void
}

/** Where a query finds what it reads. All of it is there at once: whoever runs a query has loaded its sources. */
export interface QueryContext {
  /** undefined: there is no such collection. */
  readonly shapeOf: (source: Source) => CollectionShape | undefined
  /** The rows now; asked for at each run. */
  readonly tableOf: (source: Source) => Table
  /** The table of the last read when it was made for this query alone, of the rows that it can use. */
  readonly ownTableOf?: (source: Source) => Table | undefined
  /** The rows of the last read when they were taken one by one as they passed: then its table holds none. */
  readonly gatheredOf?: (source: Source) => Gathered | undefined
  /** Absent: the plug-in is not loaded. */
  readonly searchIndexOf?: (source: Source) => SearchIndex | undefined
  /** Results stay in this thread: what few read of them is worked out when they do. */
  readonly stays?: boolean | undefined
  /**
   * When indexes are built: `'auto'` (when not given) at the first query that can use one, `'always'` also of small
   * tables, `'never'` reads every row. The answer is the same.
   */
  readonly indexes?: IndexMode
}
