import { EspalierError } from '../protocol/errors.ts'
import type { KnownAnswer } from './held-engine.ts'
import type { HandleId, QueryEngine, Reply } from '../protocol/engine.ts'
import type { LiveId, LiveUpdate } from '../protocol/live.ts'
import type { Query, ResultRow } from '../protocol/query.ts'

/** A live query as its owner sees it. */
export interface LiveObserver<Item> {
  /** Makes what the app gets from a row. Called once for each version of a row, so that unchanged ones stay the same. */
  readonly row: (row: ResultRow) => Item
  /** The rows now. Throws nothing. */
  readonly next: (rows: readonly Item[], version: number) => void
  /** The query cannot begin or go on. Nothing follows. */
  readonly fail: (error: unknown) => void
  /** Its handle was closed. Nothing follows. */
  readonly end: () => void
}

/** The live queries of one connection: puts the rows together from what the engine sends. */
export interface LiveQueries {
  /** Tells the connections of a page apart. */
  readonly connection: number
  /** Begins a live query; the returned function ends it. */
  start<Item>(handle: HandleId, query: Query, observer: LiveObserver<Item>): () => void
  receive(update: LiveUpdate): void
  /** A handle was closed, or all of them. */
  end(handle?: HandleId): void
  /** The engine is gone. */
  fail(error: unknown): void
}

interface Running {
  readonly handle: HandleId
  readonly receive: (update: LiveUpdate) => void
  readonly fail: (error: unknown) => void
  readonly end: () => void
}

/** One count for the page: several connections may share a worker. */
let lastLive: LiveId = 0
let lastConnection = 0

export function createLiveQueries(
  call: <T>(run: (engine: QueryEngine) => Promise<Reply<T>>) => Promise<T>,
  known: KnownAnswer = () => undefined,
): LiveQueries {
  const running = new Map<LiveId, Running>()
  const finish = (live: LiveId): Running | undefined => {
    const query = running.get(live)
    running.delete(live)
    return query
  }

  const unsubscribe = (live: LiveId): void => {
    // The engine may be gone already: then its live queries are too.
    call((engine) => engine.unsubscribe(live)).catch(() => {})
  }

  const attempt = (live: LiveId, take: () => void): void => {
    try {
      take()
    } catch (reason) {
      // A row that its owner cannot take: in Node the engine, which must go on, is right below.
      unsubscribe(live)
      finish(live)?.fail(reason)
    }
  }

  return {
    connection: ++lastConnection,
    start: (handle, query, observer) => {
      const live = ++lastLive
      let rows: readonly ReturnType<typeof observer.row>[] = []
      let version = 0
      const show = (update: Pick<LiveUpdate, 'rows' | 'pieces'>): void => {
        const last = rows
        rows = putTogether(last, update, observer.row)
        // What is made of rows may be what it was: whether there are any, for one.
        if (!version || rows.length !== last.length || rows.some((row, at) => row !== last[at]))
          observer.next(rows, ++version)
      }
      /** Shown before the engine's first result, which is shown too only if it is another. */
      let early = known(handle, query)?.rows
      running.set(live, {
        handle,
        receive: (update) => {
          const isSame = early && JSON.stringify(early) === JSON.stringify(update.rows)
          early = undefined
          if (!isSame) show(update)
        },
        fail: observer.fail,
        end: observer.end,
      })
      if (early) {
        const first = { rows: early }
        queueMicrotask(() => running.has(live) && attempt(live, () => show(first)))
      }
      call((engine) => engine.subscribe(handle, live, query)).catch((error: unknown) =>
        finish(live)?.fail(error),
      )
      return () => {
        if (finish(live)) unsubscribe(live)
      }
    },
    receive: (update) => {
      const { live, error } = update
      if (error) return finish(live)?.fail(EspalierError.fromJSON(error))
      attempt(live, () => running.get(live)?.receive(update))
    },
    end: (handle) => {
      for (const [live, query] of running)
        if (handle === undefined || query.handle === handle) finish(live)?.end()
    },
    fail: (error) => {
      for (const live of running.keys()) finish(live)?.fail(error)
    },
  }
}

/** The rows of an update: unchanged ones are those of the last result. */
function putTogether<Item>(
  last: readonly Item[],
  { pieces, rows }: Pick<LiveUpdate, 'rows' | 'pieces'>,
  make: (row: ResultRow) => Item,
): readonly Item[] {
  if (!pieces) return rows.map(make)
  const result: Item[] = []
  let next = 0
  for (let at = 0; at + 1 < pieces.length; at += 2) {
    const from = pieces[at] as number // in range: checked by the loop, like the count
    const count = pieces[at + 1] as number
    if (from < 0) {
      for (const row of rows.slice(next, next + count)) result.push(make(row))
      next += count
    } else for (let place = from; place < from + count; place++) result.push(last[place] as Item)
  }
  return result
}
