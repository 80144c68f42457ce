import type { HandleId } from '../protocol/engine.ts'
import type { Query, QueryPage, ResultRow } from '../protocol/query.ts'
import type { Connection } from './connection.ts'
import { createQueryResult, type QueryResult } from './query-result.ts'

/** Rows, awaited or subscribed to, or page by page. */
export interface FindResult<Found> extends QueryResult<readonly Found[]> {
  /**
   * The rows with the cursors of the pages around them. Give a `limit`.
   *
   * @example
   * ```ts
   * const countries = db.collection('geo.countries')
   * let page = await countries.find({ orderBy: 'name', limit: 2 }).page()
   * while (page.next !== null) page = await countries.find({ orderBy: 'name', limit: 2, after: page.next }).page()
   * ```
   */
  page(): Promise<Page<Found>>
}

/** One page of a result. */
export interface Page<Found> {
  readonly rows: readonly Found[]
  /** For `after` of the same query; null on the last page. */
  readonly next: QueryPage['next']
  /** For `before` of the same query; null on the first page. */
  readonly previous: QueryPage['previous']
}

/** `shape` makes what the app gets from a row. */
export function createFindResult<Found>(
  connection: Connection,
  handle: HandleId,
  query: Query,
  shape: (row: ResultRow) => Found,
): FindResult<Found> {
  const result = createQueryResult<readonly Found[], Found>(connection, handle, query, {
    row: shape,
    result: (rows) => rows,
  })
  // Not spread into another object: its key is made when it is asked for.
  return Object.assign(result, {
    page: async () => {
      const { rows, ...cursors } = await connection.call((engine) => engine.query(handle, query, true))
      return { rows: rows.map(shape), ...cursors }
    },
  })
}
