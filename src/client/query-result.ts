import type { LiveResult } from '../protocol/live.ts'
import type { Query, QueryPlan } from '../protocol/query.ts'

/**
 * A query that has not run yet: await it for its rows once, or subscribe to it. Cheap to make; nothing runs before.
 *
 * @example
 * ```ts
 * const large = db.collection('geo.countries').find({ where: { population: { gt: 1e6 } }, limit: 50 })
 * const rows = await large
 * const stop = large.subscribe(({ rows, changes }) => console.log(rows.length, changes))
 * for await (const { rows } of large) break
 * ```
 */
export interface QueryResult<Result> extends PromiseLike<Result>, AsyncIterable<LiveResult<RowOf<Result>>> {
  /** The query as plain JSON: it can be saved, sent, or run again with `db.run`. */
  readonly query: Query
  /**
   * Calls back with the rows now and after every change that matters, until the returned function is called. The first
   * call comes after the rows were read. `onError` gets what ends the subscription or keeps it from beginning.
   */
  subscribe(
    listener: (result: LiveResult<RowOf<Result>>) => void,
    onError?: (error: unknown) => void,
  ): () => void
  /** Runs the query and says how. */
  explain(): Promise<QueryPlan>
}

/** The row of a list of rows. */
export type RowOf<Result> = Result extends readonly (infer Item)[] ? Item : Result
