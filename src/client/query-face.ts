import type { HandleId } from '../protocol/engine.ts'
import { needFunction } from '../protocol/options.ts'
import type { Query, ResultRow } from '../protocol/query.ts'
import type { BuiltQuery } from '../types/builder-types.ts'
import type { AnySchema } from '../types/collection-types.ts'
import type { Connection } from './connection.ts'
import { createFindResult, type FindResult } from './find-result.ts'
import { startQuery, type QueryStart } from './query-builder.ts'

/** Queries over several collections: of a database, a branch, a revision, and inside a transaction. */
export interface QueryFace<Schema extends AnySchema> {
  /**
   * A query over several collections, for joins, groups and computed values. Awaited or subscribed to like `find`.
   *
   * Errors: `query/invalid`, `query/unknown-column`, `query/bad-operand`, `record/collection-missing`.
   *
   * @example
   * ```ts
   * import { open } from 'espalier'
   * import { eq, gt, upper } from 'espalier/query'
   *
   * const db = await open('https://git.example.com/acme/reference-data.git')
   * const rows = await db.query((q) =>
   *   q
   *     .from({ c: 'geo.countries' })
   *     .where(({ c }) => gt(c.population, 1e6))
   *     .select(({ c }) => ({ loud: upper(c.name) })),
   * )
   * await db.close()
   * ```
   */
  query<Result>(build: (q: QueryStart<Schema>) => BuiltQuery<Result>): FindResult<Result>
  /**
   * Runs a query that is plain JSON: from a URL, a saved file, or `query` of another result.
   *
   * Errors: `query/invalid`, `query/unknown-column`, `query/bad-operand`, `query/bad-cursor`,
   * `record/collection-missing`.
   *
   * @example
   * ```ts
   * const saved = JSON.stringify(db.collection('units').find({ orderBy: 'symbol' }).query)
   * const rows = await db.run(JSON.parse(saved))
   * ```
   */
  run(query: Query): FindResult<ResultRow>
}

export function createQueryFace<Schema extends AnySchema>(
  connection: Connection,
  handle: HandleId,
): QueryFace<Schema> {
  return {
    // The result's type is that of the builder, which knows the schema.
    query: <Result>(build: (q: QueryStart<Schema>) => BuiltQuery<Result>) => {
      needFunction('build', build)
      return createFindResult(connection, handle, build(startQuery()).query, (row) => row as Result)
    },
    run: (query) => createFindResult(connection, handle, query, (row) => row),
  }
}
