import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { open } from '../../src/node.ts'
import { eq } from '../../src/query.ts'
import { defineSchema, type Infer } from '../../src/types/inline-schema.ts'
import type { Database } from '../../src/client/database.ts'
import { useGitHost } from '../support/git-host.ts'
import { shopDatabase } from '../support/shop-database.ts'

/** The shop's definitions again, for types. */
const schema = defineSchema({
  items: {
    columns: {
      name: { type: 'string' },
      price: { type: 'int' },
      kind: { type: 'string', foreignKey: 'kinds' },
    },
  },
  kinds: { columns: { title: { type: 'string' }, rank: { type: 'int' } } },
  orders: { columns: { buyer: { type: 'string' } } },
  'orders/lines': {
    columns: { item: { type: 'string', foreignKey: 'items' }, count: { type: 'int' } },
  },
})

describe('queries of a collection', () => {
  const host = useGitHost()
  let db: Database<Infer<typeof schema>>
  beforeAll(async () => {
    db = await open<Infer<typeof schema>>(host.make('shop', shopDatabase).url)
  })
  afterAll(() => db.close())

  test('find filters, orders and limits', async () => {
    const items = db.collection('items')
    const rows = await items.find({ where: { price: { gte: 20 } }, orderBy: { price: 'desc' }, limit: 3 })
    expect(rows.map(({ $id, price }) => [$id, price])).toEqual([
      ['i11', 37],
      ['i05', 35],
      ['i10', 30],
    ])
    expect(await items.find()).toHaveLength(12)
  })

  test('select renames, and what is missing stays missing', async () => {
    const [row] = await db
      .collection('items')
      .find({ where: { $id: 'i01' }, select: { label: 'name', status: '$status', above: '$parent' } })
    expect(row).toMatchObject({ $id: 'i01', label: 'Item 1' })
    expect(Object.keys(row ?? {}).sort()).toEqual(['$id', '$rev', 'label', 'status'])
  })

  test('include follows foreign keys both ways', async () => {
    const [item] = await db.collection('items').find({ where: { $id: 'i00' }, include: { kind: true } })
    expect(item?.kind?.title).toBe('Cups')
    const kinds = await db.collection('kinds').find({
      orderBy: 'rank',
      include: { items: { collection: 'items', column: 'kind', orderBy: { price: 'desc' }, limit: 1 } },
    })
    expect(kinds.map(({ $id, items }) => [$id, items.map(({ price }) => price)])).toEqual([
      ['cup', [23]],
      ['ink', [30]],
      ['pen', [37]],
    ])
    const named = await db.collection('kinds').find({
      include: {
        cheap: {
          collection: 'items',
          column: 'kind',
          where: { price: { lt: 10 } },
          orderBy: { price: 'desc' },
          limit: 1,
          select: { label: 'name' },
          include: { kind: { select: ['title'] } },
        },
      },
    })
    expect(named[0]?.cheap).toEqual([
      {
        $id: 'i06',
        $rev: (await db.collection('items').get('i06'))?.$rev,
        label: 'Item 6',
        kind: { $id: 'cup', $rev: named[0]?.$rev, title: 'Cups' },
      },
    ])
  })

  test('first, count, exists, distinct', async () => {
    const items = db.collection('items')
    expect((await items.first({ orderBy: 'price' }))?.$id).toBe('i00')
    expect(await items.first({ where: { price: 1000 } })).toBeUndefined()
    expect(await items.count()).toBe(12)
    expect(await items.count({ where: { kind: 'cup' } })).toBe(4)
    expect(await items.exists({ where: { price: { gt: 36 } } })).toBe(true)
    expect(await items.exists({ where: { price: { gt: 37 } } })).toBe(false)
    expect(await items.exists('i00')).toBe(true)
    expect(await items.exists('none')).toBe(false)
    expect(await items.distinct('kind')).toEqual(['cup', 'ink', 'pen'])
  })

  test('aggregate answers for groups and for all rows', async () => {
    const items = db.collection('items')
    const groups = await items.aggregate({
      groupBy: 'kind',
      count: true,
      avg: 'price',
      max: { dearest: 'price' },
      having: { avg: { gt: 12 } },
      orderBy: { avg: 'desc' },
    })
    expect(groups).toEqual([
      { kind: 'pen', count: 4, avg: 25.5, dearest: 37 },
      { kind: 'ink', count: 4, avg: 18.5, dearest: 30 },
    ])
    expect(await items.aggregate({ count: true, sum: 'price' })).toEqual({ count: 12, sum: 222 })
    expect(await items.aggregate({ where: { price: 1000 }, sum: 'price', min: 'price' })).toEqual({
      sum: 0,
      min: null,
    })
  })

  test('pages go on where the last ended', async () => {
    const items = db.collection('items')
    const seen: string[] = []
    let page = await items.find({ orderBy: 'price', limit: 5 }).page()
    for (;;) {
      seen.push(...page.rows.map(({ $id }) => $id))
      if (page.next === null) break
      page = await items.find({ orderBy: 'price', limit: 5, after: page.next }).page()
    }
    expect(seen).toEqual((await items.find({ orderBy: 'price' })).map(({ $id }) => $id))
  })

  test('explain says how a query is read, and what that cost', async () => {
    const items = db.collection('items')
    expect(await items.find({ where: { $id: 'i03' } }).explain()).toMatchObject({
      collection: 'items',
      access: 'key',
      rowsRead: 1,
      rowsReturned: 1,
      elapsedMs: expect.any(Number),
    })
    const byKind = items.find({ where: { kind: 'pen' } })
    await byKind
    await byKind
    expect(await byKind.explain()).toMatchObject({ access: 'hash', index: ['kind'], rowsRead: 4 })
    const contains = items.find({ where: { name: { contains: 'Item 1' } } })
    expect(await contains.explain()).toMatchObject({ access: 'scan', rowsRead: 12, rowsReturned: 3 })
    const plan = await db
      .query((q) => q.from({ i: 'items' }).join({ k: 'kinds' }, ({ i, k }) => eq(i.kind, k.$id)))
      .explain()
    expect(plan.joins).toMatchObject([{ collection: 'kinds' }])
    expect(plan.includes).toEqual([])
    const nested = db.collection('kinds').find({
      include: { items: { collection: 'items', column: 'kind', include: { kind: true } } },
    })
    expect((await nested.explain()).includes).toEqual([
      { collection: 'items', access: 'hash' },
      { collection: 'kinds', access: 'key' },
    ])
  })

  test('below one record, keys are its own', async () => {
    const lines = db.collection('orders').record('o1').collection('lines')
    expect((await lines.find()).map(({ $id }) => $id)).toEqual(['l1', 'l2'])
    expect((await lines.find({ where: { $id: { in: ['l2'] } } })).map(({ count }) => count)).toEqual([2])
    expect(await lines.count()).toBe(2)
    expect(await lines.exists({ where: { $id: 'o1/l1' } })).toBe(false)
  })

  test('below one record, keys are its own wherever they are shown or compared', async () => {
    const lines = db.collection('orders').record('o1').collection('lines')
    expect(await lines.distinct('$id')).toEqual(['l1', 'l2'])
    const [line] = await lines.find({ select: { k: '$id', item: 'item' } })
    expect(line).toMatchObject({ $id: 'l1', k: 'l1', item: 'i00' })
    expect(await lines.first({ select: { k: '$id' }, where: { $id: 'l2' } })).toMatchObject({ k: 'l2' })
    expect(await lines.aggregate({ groupBy: '$id', count: true, having: { $id: 'l1' } })).toEqual([
      { $id: 'l1', count: 1 },
    ])
    expect(await lines.aggregate({ max: '$id', count: true })).toEqual({ max: 'l2', count: 2 })
    const grouped = lines.aggregate({ groupBy: 'item', min: { first: '$id' }, having: { first: 'l2' } })
    expect(await grouped).toEqual([{ item: 'i01', first: 'l2' }])
  })

  test('include leads to the parent, and from there', async () => {
    const lines = await db.collection('orders/lines').find({
      include: { order: { column: '$parent', select: ['buyer'] } },
      where: { count: { gte: 2 } },
    })
    expect(lines.map(({ $id, order }) => [$id, order?.buyer])).toEqual([
      ['o1/l2', 'ada'],
      ['o2/l1', 'grace'],
    ])
    const orders = await db
      .collection('orders')
      .find({ include: { lines: { collection: 'orders/lines', column: '$parent' } } })
    expect(orders.map(({ lines }) => lines.length)).toEqual([2, 1])
    const never = db
      .collection('orders/lines')
      .find({ include: { order: { column: '$parent', collection: 'orders' } } } as never)
    await expect(never).rejects.toMatchObject({
      code: 'query/invalid',
      message: expect.stringContaining('"$parent" of "orders" does not lead to "orders/lines"') as string,
    })
    // A foreign key that leads elsewhere would give empty lists.
    const elsewhere = db
      .collection('kinds')
      .find({ include: { lines: { collection: 'orders/lines', column: 'item' } } } as never)
    await expect(elsewhere).rejects.toMatchObject({
      code: 'query/invalid',
      message: expect.stringContaining('"item" of "orders/lines" does not lead to "kinds"') as string,
      data: { path: ['include', 'lines', 'column'] },
    })
  })

  test('every face is live', async () => {
    const items = db.collection('items')
    const counts: (readonly number[])[] = []
    const names: (readonly (string | null)[])[] = []
    const stopCounting = items.count({ where: { price: { gt: 100 } } }).subscribe(({ rows }) => {
      counts.push(rows)
    })
    const stopNaming = items.first({ orderBy: { price: 'desc' } }).subscribe(({ rows }) => {
      names.push(rows.map(({ name }) => name ?? null))
    })
    await expect.poll(() => [counts.length, names.length]).toEqual([1, 1])
    await items.update('i05', { price: 200, name: 'Dear' })
    await expect.poll(() => counts.at(-1)).toEqual([1])
    await expect.poll(() => names.at(-1)).toEqual(['Dear'])
    stopCounting()
    stopNaming()
    await db.discard()
  })

  test('a query is JSON that runs again, at any commit', async () => {
    const saved = JSON.stringify(db.collection('items').find({ orderBy: 'price', limit: 2 }).query)
    const { rows, next } = await db.run(JSON.parse(saved)).page()
    expect(rows.map(({ $id }) => $id)).toEqual(['i00', 'i06'])
    expect(next).not.toBeNull()
    await db.collection('items').update('i00', { price: 500 })
    expect(await db.collection('items').count({ where: { price: 500 } })).toBe(1)
    expect(await db.collection('items').count({ where: { price: 500 }, at: 'main' })).toBe(0)
    await db.discard()
  })

  test('every read takes the revision that it reads at', async () => {
    const items = db.collection('items')
    const { oid } = await db.tags.create('before')
    await items.update('i00', { price: 500 })
    await items.insert({ $id: 'late', name: 'Late', price: 600, kind: 'pen' })
    await db.commit({ message: 'Dear', author: { name: 'Grace', email: 'grace@example.com' } })
    await items.update('i00', { price: 700 })
    const price = async (at: string | Date): Promise<unknown> => (await items.get('i00', { at }))?.price
    expect(await Promise.all(['before', `${oid}`, 'HEAD~1', 'HEAD', 'main'].map(price))).toEqual([
      0, 0, 0, 500, 500,
    ])
    expect(await price(new Date(Date.now() + 60_000))).toBe(500)
    expect((await items.get('i00'))?.price).toBe(700)
    const at = 'before'
    expect(await items.getMany(['late', 'i00'], { at })).toMatchObject([undefined, { price: 0 }])
    expect((await items.all({ at })).length).toBe((await items.all()).length - 1)
    expect(await items.count({ at })).toBe((await items.count()) - 1)
    expect([await items.exists('late', { at }), await items.exists('late')]).toEqual([false, true])
    expect(await items.exists({ where: { price: 700 }, at })).toBe(false)
    expect(await items.first({ orderBy: { price: 'desc' }, at })).toMatchObject({ price: 37 })
    await db.transaction(async (tx) => {
      await tx.collection('items').update('i00', { price: 800 })
      expect(await tx.collection('items').get('i00', { at })).toMatchObject({ price: 0 })
    })
    const lines = db.collection('orders').record('o1').collection('lines')
    await lines.update('l1', { count: 99 })
    expect((await lines.all({ at })).map(({ $id }) => $id)).toEqual((await lines.all()).map(({ $id }) => $id))
    expect((await lines.get('l1', { at }))?.count).not.toBe(99)
    for (const read of [
      items.get('i00', { at: 'nowhere' }),
      items.getMany(['i00'], { at: 'nowhere' }),
      items.all({ at: 'nowhere' }),
      items.exists('i00', { at: 'nowhere' }),
    ])
      await expect(read).rejects.toMatchObject({ code: 'git/ref-missing' })
    // @ts-expect-error -- a number is no revision
    await expect(items.get('i00', { at: 3 })).rejects.toMatchObject({ code: 'engine/bad-argument' })
    await db.discard()
    await items.delete('late')
    await items.update('i00', { price: 0 })
  })

  test('what the engine finds wrong keeps its code', async () => {
    const items = db.collection('items')
    await expect(db.run({ ...items.find().query, limit: -1 })).rejects.toMatchObject({
      code: 'query/invalid',
    })
    await expect(items.find({ where: { name: { matches: '(a' } } })).rejects.toMatchObject({
      code: 'query/invalid',
    })
    await expect(items.find({ limit: 1, after: 'no cursor' })).rejects.toMatchObject({
      code: 'query/bad-cursor',
    })
  })
})
