import { describe, expect, test } from 'vitest'
import type { ResultRow } from '../../src/protocol/query.ts'
import { createNodeTabs } from '../../worker/node-engine.ts'
import { createMemoryDisk, createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { unavailable } from '../../worker/storage/storage-errors.ts'
import type { Storage } from '../../worker/storage/storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { commitElsewhere, makeBareRepository } from '../support/git-repositories.ts'
import { shopDatabase } from '../support/shop-database.ts'
import { openTab, type LiveTab, type PlainQuery, type Watched } from './live-tab.ts'
import { until } from './world.ts'

const field = (name: string): { readonly field: readonly string[] } => ({ field: [name] })
const cheap: PlainQuery = {
  from: 'items',
  where: { op: 'lt', left: field('price'), right: { value: 20 } },
  orderBy: [{ by: field('price'), direction: 'asc' }],
}
const byKind: PlainQuery = {
  from: 'items',
  groupBy: [field('kind')],
  select: {
    kind: field('kind'),
    count: { aggregate: 'count' },
    total: { aggregate: 'sum', of: field('price') },
  },
}

/** A storage whose commits wait, or fail, while a test says so. */
function createGate(): { storage: Storage; hold: () => () => void; fail: (times: number) => void } {
  const inner = createMemoryStorage()
  let gate: Promise<void> | undefined
  let failures = 0
  return {
    storage: {
      ...inner,
      commit: async (batch) => {
        await gate
        if (failures > 0) {
          failures--
          throw unavailable('Injected')
        }
        return inner.commit(batch)
      },
    },
    hold: () => {
      let open = (): void => {}
      gate = new Promise((resolve) => {
        open = resolve
      })
      return () => {
        gate = undefined
        open()
      }
    },
    fail: (times) => {
      failures = times
    },
  }
}

const statuses = (rows: readonly ResultRow[]): readonly unknown[] =>
  rows.map((row) => [row['$id'], row['$status']])
const ids = (rows: readonly ResultRow[]): readonly unknown[] => rows.map((row) => row['$id'])

describe('live queries', () => {
  const host = useGitHost()
  let count = 0

  const openShop = async (
    storage: Storage = createMemoryStorage(),
    options: Parameters<typeof openTab>[2] = {},
  ): Promise<LiveTab & { readonly bare: string; readonly url: string }> => {
    const name = `shop-${++count}`
    const bare = makeBareRepository(host.path, name, shopDatabase)
    const url = `${host.server.url}/${name}.git`
    const tab = await openTab(storage, url, options)
    await until('history', async () => (await tab.db.status()).history !== 'loading')
    return { ...tab, bare, url }
  }
  const started = (...watched: readonly Watched[]): Promise<void> =>
    until('the first rows', () => watched.every(({ emitted }) => emitted.length > 0))

  test('emit all rows, then what changes, while unchanged rows stay the same objects', async () => {
    const { db, watch, query, close } = await openShop()
    const watched = watch(cheap)
    await started(watched)
    expect(watched.rows()).toEqual(await query(cheap))
    const before = watched.rows()
    await db.collection('items').update('i03', { price: 1 })
    expect(watched.emitted.map(({ version }) => version)).toEqual([1, 2, 3])
    expect(watched.emitted[1]?.changes).toEqual([{ kind: 'added', key: 'i03' }])
    expect(watched.emitted[2]?.changes).toEqual([{ kind: 'changed', key: 'i03' }])
    expect(watched.rows()).toEqual(await query(cheap))
    const other = before.find((row) => row['$id'] === 'i06')
    expect(watched.rows()).toContain(other)
    await close()
  })

  test('a write that matches neither before nor after calls nobody', async () => {
    const { db, watch, close } = await openShop()
    const top: PlainQuery = { ...cheap, limit: 2 }
    const watched = [watch(cheap), watch({ from: 'kinds' }), watch(top)]
    await started(...watched)
    const expensive = db.collection('items')
    await expensive.update('i05', { price: 36 })
    await expensive.insert({ $id: 'i99', name: 'New', price: 90, kind: 'pen' })
    await expensive.delete('i99')
    // The last of the cheap ones is behind the first two.
    await expensive.update('i08', { name: 'Sixteen' })
    expect(watched.map(({ emitted }) => emitted.length)).toEqual([3, 1, 1])
    await close()
  })

  test('show an edit as saving before it is durable, and as modified when it is; other reads wait for that', async () => {
    const { storage, hold } = createGate()
    const { db, watch, query, close } = await openShop(storage)
    const watched = watch({ ...cheap, limit: 3 })
    await started(watched)
    const release = hold()
    const items = db.collection('items')
    const writing = items.update('i03', { price: 1 })
    await until('the edit is shown', () => watched.emitted.length === 2)
    expect(statuses(watched.rows())).toEqual([
      ['i00', undefined],
      ['i03', 'saving'],
      ['i06', undefined],
    ])
    expect(ids(await query({ ...cheap, limit: 3 }))).toEqual(['i00', 'i06', 'i01'])
    expect(await items.get('i03')).toMatchObject({ price: 21 })
    expect(watched.emitted).toHaveLength(2)
    release()
    await writing
    expect(statuses(watched.rows())[1]).toEqual(['i03', 'modified'])
    expect(watched.rows()).toEqual(await query({ ...cheap, limit: 3 }))
    await items.insert({ $id: 'i50', name: 'New', price: 1, kind: 'cup' })
    expect(statuses(watched.rows())[2]).toEqual(['i50', 'added'])
    await db.commit({ message: 'Two' })
    const committed = await query({ ...cheap, limit: 3 })
    expect(watched.rows()).toEqual(committed)
    expect(statuses(watched.rows())).toEqual([
      ['i00', undefined],
      ['i03', undefined],
      ['i50', undefined],
    ])
    await close()
  })

  test('take back what storage refused', async () => {
    const { storage, fail } = createGate()
    const { db, watch, query, close } = await openShop(storage)
    const watched = [watch(cheap), watch(byKind)]
    await started(...watched)
    const before = watched.map(({ rows }) => rows())
    fail(1)
    await expect(
      db.collection('items').updateMany([
        { key: 'i03', patch: { price: 1 } },
        { key: 'i00', patch: { price: 39 } },
      ]),
    ).rejects.toMatchObject({ code: 'storage/unavailable' })
    expect(watched[0]?.emitted).toHaveLength(3)
    expect(watched.map(({ rows }) => rows())).toEqual(before)
    expect(watched[0]?.rows()).toEqual(await query(cheap))
    expect(statuses(watched[0]?.emitted[1]?.rows ?? [])).toContainEqual(['i03', 'saving'])
    // The next write finds everything in order.
    await db.collection('items').update('i03', { price: 1 })
    expect(watched[0]?.rows()).toEqual(await query(cheap))
    await close()
  })

  test('a bulk call is one emission, and so are joins, groups and includes', async () => {
    const { db, watch, query, close } = await openShop()
    const joined: PlainQuery = {
      from: { collection: 'items', alias: 'i' },
      joins: [
        {
          kind: 'inner',
          source: { collection: 'kinds', alias: 'k' },
          on: [{ left: { field: ['kind'], from: 'i' }, right: { field: ['$id'], from: 'k' } }],
        },
      ],
      select: { name: { field: ['name'], from: 'i' }, title: { field: ['title'], from: 'k' } },
      orderBy: [{ by: { field: ['name'], from: 'i' }, direction: 'asc' }],
    }
    const included: PlainQuery = { from: 'items', include: { kind: { column: 'kind' } } }
    const distinct: PlainQuery = { from: 'items', select: { kind: field('kind') }, distinct: true }
    const queries = [cheap, byKind, joined, included, distinct]
    const watched = queries.map((each) => watch(each))
    await started(...watched)
    await db
      .collection('items')
      .updateMany(
        ['i00', 'i01', 'i02', 'i03'].map((key, n) => ({ key, patch: { price: n, name: `Bulk ${n}` } })),
      )
    const fresh = await Promise.all(queries.map((each) => query(each)))
    expect(watched.map(({ rows }) => rows())).toEqual(fresh)
    // The status of rows is seen in whole rows only.
    expect(watched.map(({ emitted }) => emitted.length)).toEqual([3, 2, 2, 3, 1])
    await db.collection('kinds').update('pen', { title: 'Pencils' })
    expect(await Promise.all(queries.map((each) => query(each)))).toEqual(watched.map(({ rows }) => rows()))
    expect(watched.map(({ emitted }) => emitted.length)).toEqual([3, 2, 3, 5, 1])
    await close()
  })

  test('hear of other tabs when their writes are durable', async () => {
    const disk = createMemoryDisk()
    const tabs = createNodeTabs()
    const first = await openShop(createMemoryStorage(disk), { tabs })
    const second = await openTab(createMemoryStorage(disk), first.url, { tabs })
    const watched = second.watch(cheap)
    await started(watched)
    await first.db.collection('items').updateMany([
      { key: 'i03', patch: { price: 1 } },
      { key: 'i06', patch: { price: 38 } },
    ])
    await until('the other tab hears', () => watched.emitted.length > 1)
    expect(watched.emitted).toHaveLength(2)
    expect(watched.rows()).toEqual(await first.query(cheap))
    expect(statuses(watched.rows())).toContainEqual(['i03', 'modified'])
    await first.db.commit({ message: 'Prices' })
    await until('the commit arrives', () => watched.emitted.length > 2)
    expect(watched.rows()).toEqual(await first.query(cheap))
    await second.close()
    await first.close()
  })

  test('follow pulls, discards and replaced files by what changed', async () => {
    const { bare, db, watch, query, close } = await openShop()
    const watched = [watch(cheap), watch({ from: 'kinds' }), watch({ from: 'orders/lines' })]
    await started(...watched)
    commitElsewhere(bare, {
      'items/$records/i00.yaml': 'name: Zero\nprice: 3\nkind: cup\n',
      'items/$records/i06.yaml': null,
      'items/$records/i70.yaml': 'name: Seventy\nprice: 7\nkind: ink\n',
      'kinds/kinds.json':
        '[\n  { "$ID": "cup", "title": "Cups", "rank": 1 },\n  { "$ID": "pen", "title": "Pencils", "rank": 3 }\n]\n',
    })
    await db.collection('items').update('i01', { price: 8 })
    expect(await db.pull()).toMatchObject({ status: 'fast-forwarded' })
    const queries = watched.map(({ query: each }) => each)
    const fresh = await Promise.all(queries.map((each) => query(each)))
    expect(watched.map(({ rows }) => rows())).toEqual(fresh)
    expect(watched.map(({ emitted }) => emitted.length)).toEqual([4, 2, 1])
    expect(watched[0]?.emitted[3]?.changes).toEqual([
      { kind: 'changed', key: 'i00' },
      { kind: 'added', key: 'i70' },
      { kind: 'removed', key: 'i06' },
    ])
    await db.discard()
    await db.files.replace('orders/$records/o2/lines/lines.json', '[]\n', { message: 'None' })
    expect(await Promise.all(queries.map((each) => query(each)))).toEqual(watched.map(({ rows }) => rows()))
    expect(watched[2]?.emitted[1]?.changes).toEqual([{ kind: 'removed', key: 'o2/l1' }])
    await close()
  })

  test('are read again when the definition of their collection changes, and end when it goes', async () => {
    const { db, watch, query, close } = await openShop()
    const price: PlainQuery = { from: 'items', select: { price: field('price') } }
    const watched = [watch({ from: 'items', limit: 2 }), watch(price), watch({ from: 'kinds' })]
    await started(...watched)
    await db.schema.apply([{ kind: 'rename-column', collection: 'items', name: 'price', to: 'cents' }], {
      message: 'Cents',
    })
    const renamed = await query({ from: 'items', limit: 2 })
    expect(renamed[0]).toHaveProperty('cents')
    await until('it is read again', () => watched[0]?.emitted.length === 2)
    expect(watched[0]?.rows()).toEqual(renamed)
    await until('the column is missed', () => watched[1]?.errors.length === 1)
    expect(watched[1]?.errors).toMatchObject([{ code: 'query/unknown-column' }])
    await db.schema.apply([{ kind: 'drop-collection', collection: 'orders' }], { message: 'No orders' })
    await db.collection('items').update('i00', { cents: 5 })
    expect(watched[0]?.rows()).toEqual(await query({ from: 'items', limit: 2 }))
    expect(watched[2]?.emitted).toHaveLength(1)
    await close()
  })

  test('end when they are stopped, when their handle is closed, and with the database', async () => {
    const { db, watch, query, connection, handle, close } = await openShop()
    const [stopped, going] = [watch(cheap), watch(cheap)]
    await started(stopped, going)
    const draft = await connection.call((engine) => engine.createBranch(handle, 'draft', { from: 'main' }))
    const drafted = watch(cheap, draft.handle)
    await started(drafted)
    stopped.stop()
    await db.collection('items').update('i03', { price: 1 })
    expect([stopped, going, drafted].map(({ emitted }) => emitted.length)).toEqual([1, 3, 1])

    const loop = (async () => {
      const seen: number[] = []
      for await (const { version } of query(cheap)) seen.push(version)
      return seen
    })()
    await until('the loop waits', async () => (await query({ from: 'kinds' })).length > 0)
    await close()
    expect(await loop).toEqual([1])
    expect(going.errors).toEqual([])
  })

  test('of a commit emit once; a source can be read at another commit', async () => {
    const { db, watch, query, connection, handle, close } = await openShop()
    await db.collection('items').update('i03', { price: 1 })
    const then = await db.commit({ message: 'Price' })
    await db.collection('items').update('i03', { price: 2 })
    const commit = await connection.call((engine) => engine.at(handle, then.oid))
    const pinned = watch(cheap, commit.handle)
    await started(pinned)
    expect(pinned.rows().find((row) => row['$id'] === 'i03')).toMatchObject({ price: 1 })
    const older: PlainQuery = { from: { collection: 'items', alias: '', at: `${then.parents[0]}` } }
    expect((await query(older)).find((row) => row['$id'] === 'i03')).toMatchObject({ price: 21 })
    await db.collection('items').update('i03', { price: 3 })
    expect(pinned.emitted).toHaveLength(1)
    await close()
  })

  test('follow the branches that their sources are read at, in any tab', async () => {
    const tabs = createNodeTabs()
    const disk = createMemoryDisk()
    const { db, watch, query, bare, ...first } = await openShop(createMemoryStorage(disk), { tabs })
    const draft = await db.branches.create('draft')
    const now = await draft.log({ limit: 1 })
    await db.tags.create('pinned')
    const from = (at: string | number): PlainQuery => ({
      ...cheap,
      from: { collection: 'items', alias: '', at },
    })
    const same = { left: { field: ['$id'], from: 'now' }, right: { field: ['$id'], from: 'next' } }
    const next = { collection: 'items', alias: 'next', at: 'draft' }
    const changed: PlainQuery = {
      from: { collection: 'items', alias: 'now' },
      joins: [{ kind: 'inner', source: next, on: [same] }],
      where: {
        op: 'ne',
        left: { field: ['price'], from: 'now' },
        right: { field: ['price'], from: 'next' },
      },
      select: { id: same.left, price: { field: ['price'], from: 'next' } },
    }
    const follows = [watch(from('draft')), watch(changed), watch(from('draft~1'))]
    const [ofDraft, ofBoth, before] = follows as [Watched, Watched, Watched]
    const stays = [`${now[0]?.oid}`, 'pinned', Date.now() + 60_000].map((at) => watch(from(at)))
    const own = watch(from('HEAD'))
    await started(ofDraft, ofBoth, own, ...stays)
    await until('draft has one commit only', () => before.errors.length > 0)
    expect(before.errors).toMatchObject([{ code: 'git/ref-missing' }])
    expect(ofBoth.rows()).toEqual([])

    await draft.collection('items').update('i06', { price: 3 })
    await draft.collection('kinds').update('cup', { rank: 9 })
    await draft.commit({ message: 'Kinds', records: { collection: 'kinds' } })
    await draft.commit({ message: 'Price' })
    await until('this tab hears', () => ofBoth.emitted.length > 1)
    expect(ofBoth.rows()).toEqual([{ id: 'i06', price: 3 }])
    expect(ofDraft.rows()).toEqual(await query(from('draft')))
    // Nothing of the commit of kinds, nothing of edits that are not committed.
    expect([ofDraft, ofBoth].map(({ emitted }) => emitted.length)).toEqual([2, 2])

    const second = await openTab(createMemoryStorage(disk), first.url, { tabs })
    const theirs = await second.db.branches.open('draft')
    await theirs.collection('items').update('i00', { price: 8 })
    await theirs.commit({ message: 'In another tab' })
    await until('the other tab is heard', () => ofBoth.emitted.length > 2)
    expect(ofBoth.rows()).toEqual([
      { id: 'i00', price: 8 },
      { id: 'i06', price: 3 },
    ])

    const remote = watch(from('origin/main'))
    await started(remote)
    commitElsewhere(bare, { 'items/$records/i00.yaml': 'name: Zero\nprice: 8\nkind: cup\n' })
    await db.pull()
    await until('the pull is heard', () => remote.emitted.length > 1 && own.emitted.length > 1)
    expect(remote.rows()).toEqual(await query(from('main')))
    expect(own.rows()).toEqual(remote.rows())
    await until('both agree', () => ofBoth.rows().length === 1)

    await theirs.close()
    await draft.close()
    await db.branches.delete('draft', { force: true })
    await db.collection('items').update('i06', { price: 3 })
    await until('what a branch had that is gone stays', () => ofBoth.rows().length === 0)
    expect([ofDraft, ofBoth, remote, own, ...stays].flatMap(({ errors }) => errors)).toEqual([])
    expect(stays.map(({ emitted }) => emitted.length)).toEqual([1, 1, 1])
    await second.close()
    await first.close()
  })

  test('a slow query is an event with its plan', async () => {
    const { query, events, close } = await openShop(createMemoryStorage(), { slowQueryMs: 0 })
    await query(cheap)
    expect(events.filter(({ type }) => type === 'slow-query')).toMatchObject([
      { query: { from: { collection: 'items' } }, plan: { collection: 'items', rowsReturned: 6 } },
    ])
    await close()
  })

  test('a slow live query is one as well, each time that it is read', async () => {
    const { db, watch, events, close } = await openShop(createMemoryStorage(), { slowQueryMs: 0 })
    const slow = (): readonly unknown[] => events.filter(({ type }) => type === 'slow-query')
    const rows = watch({ ...cheap, limit: 2 })
    await until('rows', () => rows.emitted.length === 1)
    expect(slow()).toMatchObject([{ query: { limit: 2 }, plan: { collection: 'items', rowsReturned: 2 } }])
    const count = watch({ from: 'items', select: { n: { aggregate: 'count' } } })
    await until('count', () => count.emitted.length === 1)
    await db.collection('items').insert({ $id: 'new', name: 'New', price: 99, kind: 'pen' })
    await until('count again', () => count.emitted.length === 2)
    // The rows were spliced, the count was read anew.
    expect(slow().slice(1)).toMatchObject([
      { query: { select: {} }, plan: { rowsReturned: 1 } },
      { query: { select: {} }, plan: { rowsReturned: 1 } },
    ])
    await close()
  })

  test('what cannot be run is told to whoever subscribes', async () => {
    const { watch, query, close } = await openShop()
    const unknown = watch({ from: 'nothing' })
    const broken = watch({ ...cheap, limit: -1 })
    await until('both fail', () => unknown.errors.length + broken.errors.length === 2)
    expect([...unknown.errors, ...broken.errors]).toMatchObject([
      { code: 'record/collection-missing' },
      { code: 'query/invalid' },
    ])
    await expect(query({ from: 'nothing' })).rejects.toMatchObject({ code: 'record/collection-missing' })
    await close()
  })
})
