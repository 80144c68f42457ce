import type { LiveId, LiveUpdate } from '../../../src/protocol/live.ts'
import type { Query, QueryPlan, ResultRow } from '../../../src/protocol/query.ts'
import { readLiveQuery, type Followed, type LiveQuery } from '../../records/live-query.ts'
import { createLiveResult, type LiveResult } from '../../records/live-result.ts'
import { compileQuery } from '../../records/run-query.ts'
import type { TableChange } from '../../records/table.ts'
import type { QueryScope } from './query-scope.ts'
import type { Repository } from '../repository/repository.ts'
import { asEspalierError } from '../common/reply.ts'
import type { Tables } from './tables.ts'

/** The live queries of one branch. */
export interface LiveQueries {
  /**
   * Sends all rows, and then what changes. `kept`: rows of an earlier opening, which are sent while the tables are
   * read. Throws what keeps the query from being run; then nothing is live.
   */
  start(live: LiveId, query: Query, scope: QueryScope, kept?: readonly ResultRow[]): Promise<void>
  stop(live: LiveId): void
}

interface Running {
  readonly query: Query
  readonly scope: QueryScope
  readonly result: LiveResult
  /** What was read last; undefined before. */
  state: LiveQuery | undefined
  /** It is about to be read again, or waits for tables: changes need not be followed. */
  reading: boolean
  /** What it is reading is out of date: it has to be read once more. */
  again: boolean
  /** What changed meanwhile in collections that are read in passing. */
  readonly missed: ReadonlyMap<string, readonly TableChange[]>[]
  /** Ends the stay of tables in memory, by collection. */
  readonly retained: Map<string, () => void>
}

/**
 * Follows the tables of a branch. Results of filtered and sorted queries are sent within the change itself, so that
 * they are under way before the write is durable; joins and groups are read again right after, once for all changes
 * of one turn.
 *
 * `send` must not throw. `ran` hears of every read of the tables.
 */
export function createLiveQueries(
  tables: Pick<Tables, 'listen' | 'retain'>,
  send: (update: LiveUpdate) => void,
  repository: Pick<Repository, 'onRefs' | 'alone'>,
  ran: (query: Query, plan: QueryPlan) => void,
): LiveQueries {
  const running = new Map<LiveId, Running>()

  const stop = (live: LiveId): void => {
    const entry = running.get(live)
    running.delete(live)
    for (const release of entry?.retained.values() ?? []) release()
  }
  const emit = ({ result, state }: Running): void => {
    const update = state && result.next(state.rows)
    if (update) send(update)
  }
  /** Reads the tables now; whoever stopped meanwhile hears nothing. */
  const read = async (live: LiveId, entry: Running): Promise<void> => {
    const { query, scope, retained } = entry
    const begin = performance.now()
    // Compiled anew: what it was checked against may have changed.
    const compiled = compileQuery(query, scope.context)
    await scope.read(compiled, () => {
      if (running.get(live) !== entry) return
      const { rows, plan } = (entry.state = readLiveQuery(compiled, scope.context))
      if (plan) ran(query, { ...plan, rowsReturned: rows.length, elapsedMs: performance.now() - begin })
      entry.reading = false
      for (const { source } of compiled.reads) {
        const { collection, at } = source
        if (at !== undefined) continue
        const release = tables.retain(collection)
        retained.get(collection)?.()
        retained.set(collection, release)
      }
      emit(entry)
      for (const rows of entry.missed.splice(0)) follow(live, entry, (state) => state.take(rows))
      if (entry.again) readSoon(live, entry)
      entry.again = false
    })
  }
  const readSoon = (live: LiveId, entry: Running): void => {
    if (entry.reading) return
    entry.reading = true
    queueMicrotask(() => {
      read(live, entry).catch((error: unknown) => {
        if (running.get(live) !== entry) return
        stop(live)
        send(entry.result.fail(asEspalierError(error).toJSON()))
      })
    })
  }

  const follow = (live: LiveId, entry: Running, next: (state: LiveQuery) => Followed): void => {
    if (entry.reading || !entry.state) return
    const outcome = next(entry.state)
    if (outcome === 'changed') emit(entry)
    else if (outcome === 'unknown') readSoon(live, entry)
  }

  const followRefs = async (live: LiveId, entry: Running): Promise<void> => {
    if (!(await entry.scope.follow()) || running.get(live) !== entry) return
    if (entry.reading) entry.again = true
    else readSoon(live, entry)
  }
  /** One look after the other, so that the last one counts; several moves at once are seen in one. */
  let looking: Promise<unknown> = Promise.resolve()
  let isAboutToLook = false
  const lookSoon = (): void => {
    if (isAboutToLook || running.size === 0) return
    isAboutToLook = true
    looking = looking.then(async () => {
      // After the task that moves them: the branch itself follows within it.
      await repository.alone(async () => {
        isAboutToLook = false
      })
      await Promise.all(Array.from(running, ([live, entry]) => followRefs(live, entry)))
    })
  }
  repository.onRefs(lookSoon)

  tables.listen({
    wantsUnsaved: () => running.size > 0,
    changed: (batch) => {
      for (const [live, entry] of running) follow(live, entry, (state) => state.follow(batch))
    },
    passed: (rows) => {
      for (const [live, entry] of running) {
        if (entry.reading) entry.missed.push(rows)
        else follow(live, entry, (state) => state.take(rows))
      }
    },
    dropped: (ids) => {
      for (const [live, entry] of running) if (ids.some((id) => entry.retained.has(id))) readSoon(live, entry)
    },
  })

  return {
    start: async (live, query, scope, kept) => {
      const entry: Running = {
        query,
        scope,
        result: createLiveResult(live),
        state: undefined,
        reading: true,
        again: false,
        missed: [],
        retained: new Map(),
      }
      running.set(live, entry)
      // A ref may have moved since it was looked up.
      lookSoon()
      const first = kept && entry.result.next(kept)
      if (first) send(first)
      try {
        await read(live, entry)
      } catch (error) {
        stop(live)
        throw error
      }
    },
    stop,
  }
}
