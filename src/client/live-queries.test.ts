import { describe, expect, test } from 'vitest'
import type { QueryEngine } from '../protocol/engine.ts'
import type { LiveId } from '../protocol/live.ts'
import { queryVersion, type Query, type ResultRow } from '../protocol/query.ts'
import { createLiveQueries, type LiveQueries } from './live-queries.ts'

const query: Query = { version: queryVersion, from: { collection: 'units', alias: '' } }

interface Watched {
  readonly queries: LiveQueries
  readonly live: LiveId
  readonly emitted: (readonly unknown[])[]
  readonly ends: unknown[]
  readonly stopped: readonly LiveId[]
}

/** One live query, and what its engine is asked. */
function watch(row: (row: ResultRow) => unknown = (given) => given): Watched {
  const subscribed: LiveId[] = []
  const stopped: LiveId[] = []
  const engine: Pick<QueryEngine, 'subscribe' | 'unsubscribe'> = {
    subscribe: async (_, live) => {
      subscribed.push(live)
      return { ok: true, value: undefined }
    },
    unsubscribe: async (live) => {
      stopped.push(live)
      return { ok: true, value: undefined }
    },
  }
  const queries = createLiveQueries(async (run) => {
    const reply = await run(engine as QueryEngine) // a live query asks nothing else
    if (reply.ok) return reply.value
    throw new Error(reply.error.message)
  })
  const emitted: (readonly unknown[])[] = []
  const ends: unknown[] = []
  queries.start(1, query, {
    row,
    next: (rows) => emitted.push(rows),
    fail: (error) => ends.push(error),
    end: () => ends.push('end'),
  })
  return { queries, live: subscribed[0] ?? 0, emitted, ends, stopped }
}

describe('live queries on the page', () => {
  const [a, b, c] = [{ $id: 'a' }, { $id: 'b' }, { $id: 'c' }]

  test('rows are put together from pieces of the last result and new ones', () => {
    const { queries, live, emitted } = watch()
    queries.receive({ live, version: 1, rows: [a, b, c] })
    const d = { $id: 'd' }
    queries.receive({ live, version: 2, pieces: [2, 1, -1, 1, 0, 1], rows: [d] })
    expect(emitted[1]).toEqual([c, d, a])
    expect(emitted[1]?.[0]).toBe(emitted[0]?.[2])
    expect(emitted[1]?.[2]).toBe(emitted[0]?.[0])
    queries.receive({ live, version: 3, pieces: [], rows: [] })
    expect(emitted[2]).toEqual([])
  })

  test('what the app gets of a row is made once for each version of it', () => {
    let made = 0
    const { queries, live, emitted } = watch(({ $id }) => ({ key: $id, made: ++made }))
    queries.receive({ live, version: 1, rows: [a, b] })
    queries.receive({ live, version: 2, pieces: [1, 1, -1, 1], rows: [c] })
    expect(emitted[1]).toEqual([
      { key: 'b', made: 2 },
      { key: 'c', made: 3 },
    ])
  })

  test('nobody is called when what is made of the rows is what it was', () => {
    const { queries, live, emitted } = watch(() => true)
    queries.receive({ live, version: 1, rows: [] })
    queries.receive({ live, version: 2, rows: [a] })
    queries.receive({ live, version: 3, pieces: [-1, 1], rows: [b] })
    expect(emitted).toEqual([[], [true]])
    queries.receive({ live, version: 4, pieces: [], rows: [] })
    expect(emitted).toHaveLength(3)
  })

  test('an error ends it, and so does a row that cannot be taken; the engine is not disturbed', () => {
    const first = watch()
    first.queries.receive({
      live: first.live,
      version: 1,
      rows: [],
      error: { code: 'record/collection-missing', message: 'Gone', data: {} },
    })
    expect(first.ends).toMatchObject([{ code: 'record/collection-missing' }])
    const second = watch(() => {
      throw new TypeError('no such row')
    })
    second.queries.receive({ live: second.live, version: 1, rows: [a] })
    second.queries.receive({ live: second.live, version: 2, rows: [b] })
    expect(second.ends).toMatchObject([{ message: 'no such row' }])
    expect(second.stopped).toEqual([second.live])
  })

  test('those of a handle end with it, all with the connection', () => {
    const { queries, live, ends, emitted } = watch()
    queries.end(2)
    expect(ends).toEqual([])
    queries.end(1)
    queries.fail(new Error('too late'))
    queries.receive({ live, version: 1, rows: [a] })
    expect([ends, emitted]).toEqual([['end'], []])
  })
})
