import type { HandleId, QueryEngine } from '../../src/protocol/engine.ts'
import type { LiveId } from '../../src/protocol/live.ts'
import type { Query, QueryPage, QueryPlan } from '../../src/protocol/query.ts'
import type { ReadOptions } from '../../src/protocol/records.ts'
import { createLiveResult } from '../records/live-result.ts'
import { readQuery } from '../records/read-query.ts'
import { compileQuery, type CompiledQuery } from '../records/run-query.ts'
import type { Database, OpenBranch } from './database.ts'
import { hideDeleted } from './hide-deleted.ts'
import { isPlaceOf, keepPage, pagePlace, readKeptPage, type PagePlace } from './kept-pages.ts'
import { openScope, type QueryPlace, type QueryScope } from './query-scope.ts'
import { getRows, type RecordView } from './read-records.ts'
import { reply } from './reply.ts'

/** What a handle reads, for queries. */
export interface QueryHandle extends QueryPlace {
  readonly view: (options?: ReadOptions) => RecordView
  readonly database: Database
  /** Absent on a commit, which never changes. */
  readonly live?: OpenBranch['live']
}

/** A query that was checked, with the tables that it reads. */
interface Opened {
  readonly query: Query
  readonly scope: QueryScope
  readonly compiled: CompiledQuery
}

/** The calls of the protocol that read by keys or by query, and what ends with a handle. */
export interface QueryAnswers extends QueryEngine {
  closed(handle: HandleId): void
}

export function answerQueries(handleOf: (handle: HandleId) => QueryHandle): QueryAnswers {
  /** How to stop what is live, by handle. */
  const lives = new Map<LiveId, { readonly handle: HandleId; readonly stop: () => void }>()
  const stop = (live: LiveId): void => {
    lives.get(live)?.stop()
    lives.delete(live)
  }
  const open = async (handle: HandleId, given: Query): Promise<Opened> => {
    const { database, snapshot } = handleOf(handle)
    const query = hideDeleted(
      readQuery(given),
      database.settingsOf,
      ({ collection }, name) =>
        snapshot()
          .schema.collections.get(collection)
          ?.columns.find((column) => column.name === name)?.references,
    )
    const scope = await openScope(query, handleOf(handle))
    return { query, scope, compiled: compileQuery(query, scope.context) }
  }
  const run = async (
    handle: HandleId,
    { query, scope, compiled }: Opened,
    begin: number,
    place?: PagePlace,
  ): Promise<{ readonly page: QueryPage; readonly plan: QueryPlan }> => {
    const { tables, database, view } = handleOf(handle)
    const answer = await scope.read(compiled, () => {
      const found = tables.withoutUnsaved(() => compiled.run())
      if (place && isPlaceOf(place, view(), compiled, tables)) keepPage(place, found.page)
      return found
    })
    const elapsedMs = performance.now() - begin
    if (elapsedMs > database.slowQueryMs)
      database.repository.emit({ type: 'slow-query', query, plan: { ...answer.plan, elapsedMs } })
    return answer
  }
  /** Where the answer may be kept for the next opening: that of a query which has to wait for its tables. */
  const placeOf = async (
    kind: 'page' | 'live',
    handle: HandleId,
    { scope, compiled }: Opened,
  ): Promise<PagePlace | undefined> => {
    if (scope.isLoaded(compiled)) return undefined
    const { database, view } = handleOf(handle)
    return pagePlace(kind, database.repository.derived, view(), compiled)
  }

  return {
    getMany: (handle, collection, keys, options) =>
      reply(() => {
        const names = keys.map((key) => key.normalize('NFC'))
        return getRows(handleOf(handle).view(options), collection, names)
      }),
    query: (handle, given) =>
      reply(async () => {
        const begin = performance.now()
        const opened = await open(handle, given)
        const place = await placeOf('page', handle, opened)
        const kept = place && (await readKeptPage(place))
        if (kept) {
          // The tables are read for the next query; who needs them then meets what is wrong with them.
          opened.scope.warm(opened.compiled).catch(() => {})
          return kept
        }
        return (await run(handle, opened, begin, place)).page
      }),
    explain: (handle, given) =>
      reply(async () => {
        const begin = performance.now()
        return (await run(handle, await open(handle, given), begin)).plan
      }),
    subscribe: (handle, live, given) =>
      reply(async () => {
        const { live: branch, database, view, tables } = handleOf(handle)
        let stopped = false
        const end = (): void => {
          stopped = true
          branch?.stop(live)
        }
        lives.set(live, { handle, stop: end })
        try {
          const opened = await open(handle, given)
          const place = branch && (await placeOf('live', handle, opened))
          const kept = place && (await readKeptPage(place))
          if (stopped) return
          const { query, scope, compiled } = opened
          if (branch) {
            const rows = await branch.start(live, query, scope, kept?.rows)
            if (place && !kept && rows && isPlaceOf(place, view(), compiled, tables))
              keepPage(place, { rows, next: null, previous: null })
            return
          }
          const { page } = await scope.read(compiled, () => compiled.run())
          const update = createLiveResult(live).next(page.rows)
          if (update && !stopped) database.send(update)
        } catch (error) {
          lives.delete(live)
          throw error
        }
      }),
    unsubscribe: (live) => reply(async () => stop(live)),
    closed: (handle) => {
      for (const [live, { handle: of }] of lives) if (of === handle) stop(live)
    },
  }
}
