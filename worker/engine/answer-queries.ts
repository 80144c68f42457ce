import type { HandleId, QueryEngine } from '../../src/protocol/engine.ts'
import type { LiveId } from '../../src/protocol/live.ts'
import type { Query, QueryPage, QueryPlan } from '../../src/protocol/query.ts'
import { createLiveResult } from '../records/live-result.ts'
import { readQuery } from '../records/read-query.ts'
import { compileQuery } from '../records/run-query.ts'
import type { Database, OpenBranch } from './database.ts'
import { openScope, type QueryPlace, type QueryScope } from './query-scope.ts'
import { getRows, type RecordView } from './read-records.ts'
import { reply } from './reply.ts'

/** What a handle reads, for queries. */
export interface QueryHandle extends QueryPlace {
  readonly view: () => RecordView
  readonly database: Database
  /** Absent on a commit, which never changes. */
  readonly live?: OpenBranch['live']
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
  const open = async (handle: HandleId, given: Query): Promise<{ query: Query; scope: QueryScope }> => {
    const query = readQuery(given)
    return { query, scope: await openScope(query, handleOf(handle)) }
  }
  const run = async (
    handle: HandleId,
    given: Query,
  ): Promise<{ readonly page: QueryPage; readonly plan: QueryPlan }> => {
    const begin = performance.now()
    const { query, scope } = await open(handle, given)
    const { tables, database } = handleOf(handle)
    const compiled = compileQuery(query, scope.context)
    const answer = await scope.read(compiled, () => tables.withoutUnsaved(() => compiled.run()))
    const elapsedMs = performance.now() - begin
    if (elapsedMs > database.slowQueryMs)
      database.repository.emit({ type: 'slow-query', query, plan: { ...answer.plan, elapsedMs } })
    return answer
  }

  return {
    getMany: (handle, collection, keys) =>
      reply(() => {
        const names = keys.map((key) => key.normalize('NFC'))
        return getRows(handleOf(handle).view(), collection, names)
      }),
    query: (handle, query) => reply(async () => (await run(handle, query)).page),
    explain: (handle, query) => reply(async () => (await run(handle, query)).plan),
    subscribe: (handle, live, given) =>
      reply(async () => {
        const { live: branch, database } = handleOf(handle)
        let stopped = false
        const end = (): void => {
          stopped = true
          branch?.stop(live)
        }
        lives.set(live, { handle, stop: end })
        try {
          const { query, scope } = await open(handle, given)
          if (stopped) return
          if (branch) return await branch.start(live, query, scope)
          const compiled = compileQuery(query, scope.context)
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
