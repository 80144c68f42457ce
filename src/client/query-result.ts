import type { HandleId } from '../protocol/engine.ts'
import type { LiveResult } from '../protocol/live.ts'
import { needFunction } from '../protocol/options.ts'
import type { Query, QueryPlan, ResultRow } from '../protocol/query.ts'
import type { Connection } from './connection.ts'
import { liveChanges } from './live-changes.ts'
import { latestOf } from './live-iterator.ts'

/**
 * A query that has not run yet: await it for its rows, or subscribe to it. Cheap to make; nothing runs before, and
 * awaiting it again runs it again.
 *
 * @example
 * ```ts
 * const large = db.collection('geo.countries').find({ where: { population: { gt: 1e6 } }, limit: 50 })
 * const rows = await large
 * const stop = large.subscribe(({ rows, changes }) => console.log(rows.length, changes))
 * for await (const { rows } of large) break
 * stop()
 * ```
 */
export interface QueryResult<Result, Item = RowOf<Result>>
  extends PromiseLike<Result>, AsyncIterable<LiveResult<Item>> {
  /** The query as plain JSON: it can be saved, sent, or run again with `db.run`. */
  readonly query: Query
  /** Equal for queries that ask the same of the same handle: how a binding knows a query that was made anew. */
  readonly key: string
  /**
   * Calls back with the rows now and after every change that matters, until the returned function is called or the
   * handle is closed. The first call comes after the rows were read. `onError` gets what ends the subscription or
   * keeps it from beginning; without one it is thrown as an uncaught error. What is no function is refused at the call
   * (`engine/bad-argument`).
   */
  subscribe(listener: (result: LiveResult<Item>) => void, onError?: (error: unknown) => void): () => void
  /** Runs the query and says how. */
  explain(): Promise<QueryPlan>
}

/** The row of a list of rows. */
export type RowOf<Result> = Result extends readonly (infer Item)[] ? Item : Result

/** What an app gets for what the engine answers. */
export interface ResultShape<Result, Item = RowOf<Result>> {
  /** Called once for each version of a row, so that unchanged rows are the same objects in every live result. */
  readonly row: (row: ResultRow) => Item
  /** What awaiting the query gives. */
  readonly result: (rows: readonly Item[]) => Result
}

/** A query on one handle. */
export function createQueryResult<Result, Item = RowOf<Result>>(
  connection: Connection,
  handle: HandleId,
  query: Query,
  shape: ResultShape<Result, Item>,
): QueryResult<Result, Item> {
  const run = async (): Promise<Result> => {
    const { rows } = await connection.call((engine) => engine.query(handle, query))
    return shape.result(rows.map(shape.row))
  }
  const start = (
    next: (rows: readonly Item[], version: number) => void,
    fail: (error: unknown) => void,
    end: () => void,
  ) => connection.live.start(handle, query, { row: shape.row, next, fail, end })

  return {
    query,
    get key() {
      return `${connection.live.connection} ${handle} ${JSON.stringify(query)}`
    },
    // oxlint-disable-next-line unicorn/no-thenable -- a query is awaited: that is its face
    then: (fulfilled, rejected) => run().then(fulfilled, rejected),
    explain: () => connection.call((engine) => engine.explain(handle, query)),
    subscribe: (listener, onError = throwLater) => {
      needFunction('listener', listener)
      needFunction('onError', onError)
      let last: readonly Item[] | undefined
      return start(
        (rows, version) => {
          const changes = last ? liveChanges(last, rows) : []
          last = rows
          guarded(() => listener({ rows, changes, version }))
        },
        (error) => guarded(() => onError(error)),
        () => {},
      )
    },
    [Symbol.asyncIterator]: () => {
      /** What the loop saw last: its changes count from there, also when it skipped results. */
      let taken: readonly Item[] | undefined
      return latestOf<{ readonly rows: readonly Item[]; readonly version: number }, LiveResult<Item>>(
        ({ next, fail, end }) => start((rows, version) => next({ rows, version }), fail, end),
        ({ rows, version }) => {
          const changes = taken ? liveChanges(taken, rows) : []
          taken = rows
          return { rows, changes, version }
        },
      )
    },
  }
}

/** A listener that throws must neither reach the engine (in Node it runs below it) nor stop other listeners. */
function guarded(run: () => void): void {
  try {
    run()
  } catch (error) {
    throwLater(error)
  }
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
