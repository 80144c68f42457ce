import { createDatabase } from '../../src/client/create-database.ts'
import type { Database } from '../../src/client/database.ts'
import { connectWorker } from '../../src/client/connection.ts'
import { createQueryResult } from '../../src/client/query-result.ts'
import type { LiveResult } from '../../src/protocol/live.ts'
import { queryVersion, type Query, type ResultRow } from '../../src/protocol/query.ts'
import type { Untyped } from '../../src/types/collection-types.ts'

/** What one emission of the watched query said. */
export interface Emission extends Pick<LiveResult<ResultRow>, 'version' | 'changes'> {
  readonly rows: readonly (readonly [key: string, status: string, population: number])[]
  /** How many of the rows are objects of the emission before. */
  readonly kept: number
}

/** What the tests of live queries in a real browser call in the page: one database, one live query. */
const page = {
  db: undefined as Database | undefined,
  emissions: [] as Emission[],
  stop: (): void => {},
  query: undefined as (() => Promise<readonly ResultRow[]>) | undefined,
  heard: (_rows: readonly ResultRow[]): void => {},

  async open(url: string): Promise<void> {
    const connection = await connectWorker(undefined)
    const request = {
      url,
      abortName: 'open',
      hasAuth: false,
      namespace: 'live',
      branches: 'all',
      history: 'full',
    } as const
    const callbacks = connection.share({
      auth: async () => null,
      event: () => {},
      live: connection.live.receive,
    })
    const info = await connection.call((engine) => engine.open(request, callbacks))
    page.db = createDatabase<Untyped>(connection, info.handle, new Set())(info)
    const query: Query = {
      version: queryVersion,
      from: { collection: 'geo.countries', alias: '' },
      where: { op: 'gt', left: { field: ['population'] }, right: { value: 1000 } },
      orderBy: [{ by: { field: ['population'] }, direction: 'desc' }],
      limit: 50,
    }
    const result = createQueryResult<readonly ResultRow[]>(connection, info.handle, query, {
      row: (row) => row,
      result: (rows) => rows,
    })
    let last: readonly ResultRow[] = []
    page.stop = result.subscribe(({ rows, changes, version }) => {
      page.emissions.push({
        version,
        changes,
        rows: rows.map(
          (row) => [String(row['$id']), String(row['$status']), Number(row['population'])] as const,
        ),
        kept: rows.filter((row) => last.includes(row)).length,
      })
      last = rows
      page.heard(rows)
    })
    page.query = async () => result
  },

  use(): Database {
    if (!page.db) throw new Error('Open a database first')
    return page.db
  },

  /** Milliseconds from the call of an update to the callback that shows it, and to its acknowledgement. */
  async timeUpdates(
    times: number,
  ): Promise<{ readonly shown: readonly number[]; readonly durable: readonly number[] }> {
    const countries = page.use().collection('geo.countries')
    const shown: number[] = []
    const durable: number[] = []
    for (let n = 0; n < times; n++) {
      const population = 2_000_000 + n
      const begin = performance.now()
      const seen = new Promise<void>((resolve) => {
        page.heard = (rows) => {
          if (!rows.some((row) => row['population'] === population)) return
          shown.push(performance.now() - begin)
          page.heard = () => {}
          resolve()
        }
      })
      const done = countries.update('ie', { population })
      await seen
      await done
      durable.push(performance.now() - begin)
    }
    return { shown, durable }
  },
}

/** The page's side, for the tests' types. */
export type LivePage = typeof page

Object.assign(window, { live: page })
