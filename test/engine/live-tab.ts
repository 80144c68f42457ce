import { expect } from 'vitest'
import { connectInProcess, type Connection } from '../../src/client/connection.ts'
import { createDatabase } from '../../src/client/create-database.ts'
import type { Database } from '../../src/client/database.ts'
import { createQueryResult, type QueryResult } from '../../src/client/query-result.ts'
import type { HandleId } from '../../src/protocol/engine.ts'
import type { LiveResult } from '../../src/protocol/live.ts'
import type { DatabaseEvent } from '../../src/protocol/outcomes.ts'
import { queryVersion, type Query, type ResultRow } from '../../src/protocol/query.ts'
import type { Untyped } from '../../src/types/collection-types.ts'
import { createNodeEngine, createNodeTabs, type NodeTabs } from '../../worker/node-engine.ts'
import type { Storage } from '../../worker/storage/storage.ts'
import { author } from './world.ts'

/** A database with its queries as plain data: what the faces of the SDK stand on. */
export interface LiveTab {
  readonly db: Database
  readonly connection: Connection
  readonly handle: HandleId
  readonly events: readonly DatabaseEvent[]
  query(query: PlainQuery, handle?: HandleId): QueryResult<readonly ResultRow[]>
  /** Makes a query live and watches what it emits. */
  watch(query: PlainQuery, handle?: HandleId): Watched
  close(): Promise<void>
}

/** A query without its version; `from` may be a collection's name. */
export type PlainQuery = Omit<Query, 'version' | 'from'> & { readonly from: string | Query['from'] }

/** What a live query has emitted. */
export interface Watched {
  readonly query: PlainQuery
  readonly emitted: readonly LiveResult<ResultRow>[]
  readonly errors: readonly unknown[]
  readonly rows: () => readonly ResultRow[]
  readonly stop: () => void
}

export function toQuery({ from, ...rest }: PlainQuery): Query {
  return {
    version: queryVersion,
    from: typeof from === 'string' ? { collection: from, alias: '' } : from,
    ...rest,
  }
}

export async function openTab(
  storage: Storage,
  url: string,
  options: { readonly tabs?: NodeTabs; readonly slowQueryMs?: number; readonly validate?: 'off' } = {},
): Promise<LiveTab> {
  const { tabs = createNodeTabs(), ...rest } = options
  const connection = connectInProcess(createNodeEngine({ openStorage: async () => storage, tabs }))
  const events: DatabaseEvent[] = []
  const listeners = new Set([(event: DatabaseEvent): void => void events.push(event)])
  const request = {
    url,
    abortName: 'open',
    hasAuth: false,
    namespace: 'live',
    branches: 'all',
    history: 'full',
  } as const
  const info = await connection.call((engine) =>
    engine.open(
      { ...request, author, ...rest },
      {
        auth: async () => null,
        event: (event) => {
          for (const listener of listeners) listener(event)
        },
        live: connection.live.receive,
      },
    ),
  )
  const db = createDatabase<Untyped>(connection, info.handle, new Set())(info)
  const query: LiveTab['query'] = (given, handle = info.handle) =>
    createQueryResult<readonly ResultRow[]>(connection, handle, toQuery(given), {
      row: (row) => row,
      result: (rows) => rows,
    })
  return {
    db,
    connection,
    handle: info.handle,
    events,
    query,
    watch: (given, handle) => watch(given, query(given, handle)),
    close: () => db.close(),
  }
}

function watch(query: PlainQuery, result: QueryResult<readonly ResultRow[]>): Watched {
  const emitted: LiveResult<ResultRow>[] = []
  const errors: unknown[] = []
  const stop = result.subscribe(
    (next) => {
      checkEmission(emitted.at(-1), next)
      emitted.push(next)
    },
    (error) => errors.push(error),
  )
  return { query, emitted, errors, rows: () => emitted.at(-1)?.rows ?? [], stop }
}

/** What holds of every emission: versions count, something changed, and what did not is the same object. */
function checkEmission(last: LiveResult<ResultRow> | undefined, next: LiveResult<ResultRow>): void {
  expect(next.version).toBe((last?.version ?? 0) + 1)
  if (!last) return expect(next.changes).toEqual([])
  const isSame = next.rows.length === last.rows.length && next.rows.every((row, at) => row === last.rows[at])
  expect(isSame).toBe(false)
  const before = new Map(
    last.rows.flatMap((row) => (typeof row['$id'] === 'string' ? [[row['$id'], row]] : [])),
  )
  for (const row of next.rows) {
    const old = typeof row['$id'] === 'string' ? before.get(row['$id']) : undefined
    if (old && old !== row) expect(row).not.toEqual(old)
  }
}
