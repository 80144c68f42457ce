import type { HandleId, HandleInfo, OpenRequest, QueryEngine } from '../../src/protocol/engine.ts'
import type { LiveId } from '../../src/protocol/live.ts'
import type { Query, QueryPage, QueryPlan } from '../../src/protocol/query.ts'
import type { ReadOptions } from '../../src/protocol/records.ts'
import { keyText } from '../format/record-layout.ts'
import { referenceOf } from '../records/query-context.ts'
import { readQuery } from '../records/read-query.ts'
import { compileQuery, type CompiledQuery } from '../records/run-query.ts'
import type { Branch } from './branches/branch.ts'
import type { Database } from './database.ts'
import type { OpenBranch } from './open-branches.ts'
import { firstScreenKeeper } from './queries/first-screen.ts'
import { hideDeleted } from './queries/hide-deleted.ts'
import { isPlaceOf, pagePlace, readKeptPage, type PagePlace } from './queries/kept-pages.ts'
import { openScope, type QueryPlace, type QueryScope } from './queries/query-scope.ts'
import { getRows, type RecordView } from './queries/read-records.ts'
import { createRecentScreens } from './queries/recent-screens.ts'
import { reply } from './common/reply.ts'

/** What a handle reads, for queries. */
export interface QueryHandle extends QueryPlace {
  readonly view: () => RecordView
  /** What reads by key see. */
  readonly read: (options?: ReadOptions) => Promise<RecordView>
  readonly database: Database
  readonly live: OpenBranch['live']
}

/** A query that was checked, with the tables that it reads. */
interface Opened {
  readonly place: QueryHandle
  readonly query: Query
  readonly scope: QueryScope
  readonly compiled: CompiledQuery
}

/** The calls of the protocol that read by keys or by query, and what ends with a handle. */
export interface QueryAnswers extends QueryEngine {
  /** A database was opened, and its first screen is to be kept. */
  opened(info: HandleInfo, request: OpenRequest, branch: Branch): void
  /** The branch of a handle has another commit. */
  moved(handle: HandleId): void
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
    const place = handleOf(handle)
    const read = readQuery(given)
    const scope = await openScope(read, place)
    const query = hideDeleted(read, place.database.settingsOf, (source, column) =>
      referenceOf(scope.context.shapeOf(source), column),
    )
    return { place, query, scope, compiled: compileQuery(query, scope.context) }
  }
  const run = async (
    { place: { tables, database }, query, scope, compiled }: Opened,
    begin: number,
  ): Promise<{ readonly page: QueryPage; readonly plan: QueryPlan }> => {
    const answer = await scope.read(compiled, () => tables.withoutUnsaved(() => compiled.run()))
    database.ran(query, { ...answer.plan, elapsedMs: performance.now() - begin })
    return answer
  }
  const pageOf = ({ place: { database, view }, compiled }: Opened): Promise<PagePlace | undefined> =>
    pagePlace(database.repository.derived, view(), compiled)
  /** The page of an earlier opening, for a query that has to wait for its tables. */
  const keptPage = async (opened: Opened): Promise<QueryPage | undefined> => {
    const page = await pageOf(opened)
    return page && readKeptPage(page)
  }
  const screens = createRecentScreens(
    (handle) => handleOf(handle).database.repository.derived,
    async (handle, query) => {
      const opened = await open(handle, query)
      const { place, scope, compiled } = opened
      return {
        place: await pageOf(opened),
        run: (page) =>
          scope.read(compiled, () =>
            isPlaceOf(page, place.view(), compiled, place.tables) ? compiled.run().page : undefined,
          ),
        now: async () =>
          scope.isLoaded(compiled) && compiled.reads.every(({ source: { at } }) => at === undefined)
            ? scope.read(compiled, () => place.tables.withoutUnsaved(() => compiled.run().page))
            : undefined,
      }
    },
  )

  return {
    getMany: (handle, collection, keys, options) =>
      reply(async () => {
        const names = keys.map(keyText)
        return getRows(await handleOf(handle).read(options), collection, names)
      }),
    query: (handle, given, cursors) =>
      reply(async () => {
        const begin = performance.now()
        const opened = await open(handle, given)
        screens.asked(handle, given)
        if (!opened.scope.isLoaded(opened.compiled)) {
          const kept = await keptPage(opened)
          if (kept) {
            // The tables are read for the next query; who needs them then meets what is wrong with them.
            opened.scope.warm(opened.compiled).catch(() => {})
            return kept
          }
        }
        const { page } = await run(opened, begin)
        return cursors ? page : { rows: page.rows, next: null, previous: null }
      }),
    explain: (handle, given) =>
      reply(async () => {
        const begin = performance.now()
        return (await run(await open(handle, given), begin)).plan
      }),
    subscribe: (handle, live, given) =>
      reply(async () => {
        const queries = handleOf(handle).live
        let stopped = false
        const end = (): void => {
          stopped = true
          queries.stop(live)
        }
        lives.set(live, { handle, stop: end })
        try {
          const opened = await open(handle, given)
          screens.asked(handle, given)
          const { query, scope, compiled } = opened
          const kept = scope.isLoaded(compiled) ? undefined : await keptPage(opened)
          if (stopped) return
          await queries.start(live, query, scope, kept?.rows)
        } catch (error) {
          lives.delete(live)
          throw error
        }
      }),
    unsubscribe: (live) => reply(async () => stop(live)),
    opened: (info, request, branch) => {
      const { handle } = info
      const { repository } = handleOf(handle).database
      const pages = (): ReturnType<typeof screens.pages> => screens.pages(handle)
      const keepSoon = firstScreenKeeper({ repository, branch, request, info, pages })
      if (keepSoon) screens.onChange(handle, keepSoon)
    },
    moved: screens.moved,
    closed: (handle) => {
      screens.closed(handle)
      for (const [live, { handle: of }] of lives) if (of === handle) stop(live)
    },
  }
}
