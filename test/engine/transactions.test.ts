import { describe, expect, test } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import type { FindResult } from '../../src/client/find-result.ts'
import type { DatabaseEvent } from '../../src/protocol/outcomes.ts'
import type { Query } from '../../src/protocol/query.ts'
import { count, eq } from '../../src/query.ts'
import { layoutDatabase } from '../support/layout-database.ts'
import { viewOf } from './world.ts'
import { useGitHost } from '../support/git-host.ts'
import { signal } from '../support/signal.ts'
import { shareDisk, type SharedDisk } from './shared-disk.ts'

const host = useGitHost()

const makeWorld = (files?: Readonly<Record<string, string>>): SharedDisk =>
  shareDisk(host.make('transactions', files))

interface Orders {
  readonly orders: { readonly customer: string }
  readonly statuses: { readonly title: string }
}

describe('a transaction', () => {
  test('sees its own writes in every read, and nobody else sees them before its end', async () => {
    const { tab, entries } = makeWorld(layoutDatabase)
    const [db, other] = [await tab(), await tab()]
    const before = await viewOf(db)
    const events: DatabaseEvent[] = []
    db.subscribe((event) => event.type === 'changed' && events.push(event))
    const result = await db.transaction(async (tx) => {
      const orders = tx.collection('orders')
      expect(await orders.insert({ $id: 'o9', customer: 'eve' })).toMatchObject({ $status: 'added' })
      const lines = orders.record('o9').collection('lines')
      await lines.insertMany([
        { $id: 'l1', product: 'pen', count: 1 },
        { $id: 'l2', product: 'ink', count: 1 },
      ])
      await orders.update('o9', { customer: 'adam' })
      await lines.delete('l2')
      await tx.collection('tags').replace({ $id: 'red', color: 'red' })
      expect(await orders.get('o9')).toMatchObject({ customer: 'adam' })
      expect(await orders.exists('o9')).toBe(true)
      expect((await orders.getMany(['o1', 'o9'])).map((row) => row?.['customer'])).toEqual(['ada', 'adam'])
      expect((await orders.all()).map(({ $id }) => $id)).toContain('o9')
      expect(await orders.count()).toBe(4)
      expect((await lines.all()).map(({ $id }) => $id)).toEqual(['l1'])
      expect(await viewOf(db)).toEqual(before)
      expect(await viewOf(other)).toEqual(before)
      return 'done'
    })
    expect(result).toBe('done')
    // One journal entry, one batch for whoever listens.
    expect(entries()).toBe(1)
    expect(events).toEqual([
      {
        type: 'changed',
        branch: 'main',
        records: [
          { collection: 'orders', key: 'o9' },
          { collection: 'orders/lines', key: 'o9/l1' },
          { collection: 'orders/lines', key: 'o9/l2' },
          { collection: 'tags', key: 'red' },
        ],
      },
    ])
    expect((await db.changes()).map(({ collection, key }) => `${collection}/${key}`)).toEqual([
      'orders/o9',
      'orders/lines/o9/l1',
      'tags/red',
    ])
    await other.refresh()
    expect(await other.changes()).toEqual(await db.changes())
    // It is one operation to undo.
    expect(await db.undo()).toMatchObject({ status: 'done', refused: [] })
    expect(await viewOf(db)).toEqual(before)
    await db.close()
    await other.close()
  })

  test('writes nothing when its callback throws; a call that fails inside is only that call', async () => {
    const { tab, entries } = makeWorld()
    const db = await tab()
    const before = await viewOf(db)
    await expect(
      db.transaction(async (tx) => {
        await tx.collection('units').delete('foot')
        throw new Error('changed my mind')
      }),
    ).rejects.toThrow('changed my mind')
    await expect(
      db.transaction((tx) => tx.collection('geo.countries').insert({ $id: 'is', population: 1 })),
    ).rejects.toMatchObject({ code: 'record/invalid' })
    expect(await viewOf(db)).toEqual(before)
    expect(entries()).toBe(0)
    await db.transaction(async (tx) => {
      const units = tx.collection('units')
      await expect(units.update('ell', { factor: 1 })).rejects.toMatchObject({ code: 'record/missing' })
      await expect(units.insert({ $id: 'foot' })).rejects.toMatchObject({ code: 'record/exists' })
      await units.update('foot', { factor: 1 })
    })
    expect((await db.changes()).map(({ key }) => key)).toEqual(['foot'])
    await db.close()
  })

  test('ends with its signal, and its callback can do no more', async () => {
    const { tab, entries } = makeWorld()
    const db = await tab()
    const abort = new AbortController()
    const [begun, aborted] = [signal(), signal()]
    let late: Promise<unknown> = Promise.resolve()
    const work = db.transaction(
      async (tx) => {
        await tx.collection('units').delete('foot')
        begun.give()
        await aborted.promise
        late = tx.collection('units').delete('metre')
        await late
      },
      { signal: abort.signal },
    )
    await begun.promise
    abort.abort(new Error('the user left'))
    await expect(work).rejects.toMatchObject({ code: 'engine/aborted', cause: { message: 'the user left' } })
    aborted.give()
    await expect(
      db.transaction(
        () => {
          throw new Error('not reached')
        },
        { signal: abort.signal },
      ),
    ).rejects.toMatchObject({ code: 'engine/aborted' })
    await expect(late).rejects.toMatchObject({ code: 'engine/closed' })
    expect(entries()).toBe(0)
    expect(await db.collection('units').exists('foot')).toBe(true)
    await db.close()
  })

  test('of a tab that dies leaves nothing, and holds nobody up', async () => {
    const { tab, entries, audit } = makeWorld()
    const [dying, db] = [await tab(), await tab()]
    const begun = signal()
    const never = new Promise<void>(() => {})
    void dying.transaction(async (tx) => {
      await tx.collection('units').delete('foot')
      begun.give()
      await never
    })
    await begun.promise
    await db.collection('units').update('foot', { factor: 1 })
    await db.transaction((tx) => tx.collection('units').delete('foot'))
    expect(entries()).toBe(2)
    await db.close()
    const again = await tab()
    expect((await again.changes()).map(({ kind, key }) => `${kind} ${key}`)).toEqual(['delete foot'])
    await again.close()
    await audit()
  })

  test('runs again when what it read has changed: a record, a missing one, a whole collection', async () => {
    const { tab } = makeWorld()
    const [db, other] = [await tab(), await tab()]
    const units = (from: Pick<Database, 'collection'>): ReturnType<Database['collection']> =>
      from.collection('units')
    const reads: readonly ((tx: Pick<Database, 'collection'>) => PromiseLike<unknown>)[] = [
      (tx) => units(tx).get('foot'),
      (tx) => units(tx).exists('ell'),
      (tx) => units(tx).getMany(['metre', 'foot']),
      (tx) => units(tx).count(),
      (tx) => units(tx).all(),
    ]
    const changes: readonly (() => Promise<unknown>)[] = [
      () => units(other).update('foot', { factor: 1 }),
      () => units(other).insert({ $id: 'ell', factor: 1 }),
      () => units(other).delete('foot'),
      () => units(other).insert({ $id: 'inch', factor: 1 }),
      () => units(other).update('ell', { factor: 2 }),
    ]
    for (const [index, read] of reads.entries()) {
      let runs = 0
      await db.transaction(async (tx) => {
        runs++
        await read(tx)
        if (runs === 1) await changes[index]?.()
        await tx.collection('geo.countries').update('ie', { population: index * 10 + runs })
      })
      expect(runs, String(index)).toBe(2)
      expect(await db.collection('geo.countries').get('ie')).toMatchObject({ population: index * 10 + 2 })
    }
    await db.close()
    await other.close()
  })

  test('sees its own writes and no others in joins, groups and saved queries, which run it again when they change', async () => {
    const { tab } = makeWorld(layoutDatabase)
    const [db, other] = [await tab(), await tab()]
    const saved: Query = JSON.parse(JSON.stringify(db.collection('orders').find({ orderBy: '$id' }).query))
    const titled = (from: Pick<Database<Orders>, 'query'>): FindResult<unknown> =>
      from.query((q) =>
        q
          .from({ o: 'orders' })
          .join({ s: 'statuses' }, ({ o, s }) => eq(o.customer, s.$id))
          .groupBy(({ s }) => s.title)
          .select(({ s }) => ({ title: s.title, orders: count() })),
      )
    const interfere: readonly (() => Promise<unknown>)[] = [
      () => other.collection('statuses').update('new', { title: 'Newest' }),
      () => other.collection('orders').insert({ $id: 'o8', customer: 'adam' }),
      () => other.collection('cities').insert({ $id: 'sligo', name: 'Sligo' }),
    ]
    const seen: unknown[] = []
    await db.transaction(async (tx) => {
      await tx.collection('orders').upsert({ $id: 'o9', customer: 'new' })
      const rows = await tx.run(saved)
      const { rows: page } = await tx.run(saved).page()
      expect(page).toEqual(rows)
      seen.push([await titled(tx), rows.map(({ $id }) => $id)])
      expect(await titled(db)).toEqual([])
      await interfere[seen.length - 1]?.()
    })
    expect(seen).toEqual([
      [[{ title: 'New', orders: 1 }], ['a/b', 'o1', 'o2', 'o9']],
      [[{ title: 'Newest', orders: 1 }], ['a/b', 'o1', 'o2', 'o9']],
      // What it did not read does not matter.
      [[{ title: 'Newest', orders: 1 }], ['a/b', 'o1', 'o2', 'o8', 'o9']],
    ])
    expect(await titled(db)).toEqual([{ title: 'Newest', orders: 1 }])
    await expect(db.transaction((tx) => tx.run({ from: 'nowhere' } as never))).rejects.toMatchObject({
      code: 'query/invalid',
    })
    await db.close()
    await other.close()
  })

  test('shows the rows of a subscribed query once', async () => {
    const { tab } = makeWorld()
    const db = await tab()
    const shown: unknown[] = []
    const first = signal()
    await db.transaction(async (tx) => {
      tx.query((q) => q.from({ u: 'units' })).subscribe(({ rows }) => {
        shown.push(rows.map(({ $id }) => $id))
        first.give()
      })
      await first.promise
      await tx.collection('units').delete('foot')
    })
    await db.collection('units').insert({ $id: 'ell', factor: 1 })
    expect(shown).toEqual([['foot', 'metre']])
    await db.close()
  })

  test('does not run again for what it did not read, nor for a commit that changes no value', async () => {
    const { tab } = makeWorld()
    const [db, other] = [await tab(), await tab()]
    await other.collection('units').update('metre', { factor: 2 })
    await db.refresh()
    let runs = 0
    await db.transaction(async (tx) => {
      runs++
      await tx.collection('units').all()
      await tx.collection('geo.countries').update('ie', { population: 1 })
      await other.commit({ message: 'The metre' })
      await other.collection('geo.countries').update('fr', { population: 1 })
    })
    expect(runs).toBe(1)
    expect((await db.changes()).map(({ key }) => key)).toEqual(['fr', 'ie'])
    expect(await db.collection('units').get('metre')).not.toHaveProperty('$status')
    await db.close()
    await other.close()
  })

  test('gives up after so many runs', async () => {
    const { tab } = makeWorld()
    const db = await tab()
    let runs = 0
    const work = db.transaction(
      async (tx) => {
        await tx.collection('units').get('foot')
        await db.collection('units').update('foot', { factor: ++runs })
        await tx.collection('units').update('metre', { factor: runs })
      },
      { maxAttempts: 3 },
    )
    await expect(work).rejects.toMatchObject({ code: 'engine/busy', data: { attempts: 3 } })
    expect(runs).toBe(3)
    expect(await db.collection('units').get('metre')).toMatchObject({ factor: 1 })
    await db.close()
  })

  test('ends unwritten when its branch is closed', async () => {
    const { tab } = makeWorld()
    const db = await tab()
    const begun = signal()
    const closed = signal()
    const work = db.transaction(async (tx) => {
      await tx.collection('units').update('foot', { factor: 7 })
      begun.give()
      await closed.promise
    })
    await begun.promise
    await db.close()
    closed.give()
    await expect(work).rejects.toMatchObject({ code: 'engine/closed' })
    const again = await tab()
    expect(await again.changes()).toEqual([])
    await again.close()
  })

  test('takes what is called inside it without being awaited, and nothing after its end', async () => {
    const { tab } = makeWorld()
    const db = await tab()
    let late: ReturnType<Database['collection']> | undefined
    await db.transaction((tx) => {
      late = tx.collection('units')
      for (const key of ['a', 'b', 'c']) void late.insert({ $id: key, factor: 1 })
    })
    expect((await db.changes()).map(({ key }) => key)).toEqual(['a', 'b', 'c'])
    await expect(late?.get('a')).rejects.toMatchObject({ code: 'engine/closed' })
    await expect(db.transaction((tx) => tx.transaction())).rejects.toMatchObject({
      code: 'engine/bad-argument',
    })
    await db.close()
  })

  test('many at once in three tabs count as if one came after the other', async () => {
    const { tab, audit } = makeWorld()
    const tabs = [await tab(), await tab(), await tab()]
    const add = (db: Database): Promise<void> =>
      db.transaction(
        async (tx) => {
          const units = tx.collection('units')
          const row = await units.get('foot')
          const total = (await units.all()).reduce((sum, { factor }) => sum + Number(factor), 0)
          await units.update('foot', { factor: Number(row?.['factor']) + 1 })
          await units.upsert({ $id: `at ${total}`, factor: 0 })
        },
        { maxAttempts: 100 },
      )
    await Promise.all(
      tabs.flatMap((db) =>
        [0, 1].map(async () => {
          for (let n = 0; n < 4; n++) await add(db)
        }),
      ),
    )
    const [db] = tabs
    await db?.refresh()
    expect(await db?.collection('units').get('foot')).toMatchObject({ factor: 24.3048 })
    expect(await db?.collection('units').count()).toBe(2 + 24)
    for (const each of tabs) await each.close()
    await audit()
  })
})
