import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import { startQuery } from '../../src/client/query-builder.ts'
import { open } from '../../src/node.ts'
import {
  add,
  and,
  avg,
  between,
  coalesce,
  concat,
  contains,
  count,
  countDistinct,
  divide,
  endsWith,
  eq,
  exists,
  field,
  gt,
  gte,
  has,
  hasAll,
  inList,
  isNull,
  length,
  lower,
  lt,
  lte,
  matches,
  max,
  min,
  multiply,
  ne,
  not,
  notInList,
  or,
  startsWith,
  subtract,
  sum,
  upper,
} from '../../src/query.ts'
import { useGitHost } from '../support/git-host.ts'
import { shopDatabase } from '../support/shop-database.ts'

interface Shop {
  readonly items: {
    readonly name: string
    readonly price: number
    readonly kind: string
    readonly tags?: readonly string[]
  }
  readonly kinds: { readonly title: string; readonly rank: number }
  readonly orders: { readonly buyer: string }
  readonly 'orders/lines': { readonly item: string; readonly count: number }
}

describe('the builder of queries', () => {
  test('makes plain JSON, a new query at every step', () => {
    const items = startQuery<Shop>().from({ i: 'items' })
    const dear = items.where(({ i }) => gt(i.price, 10))
    expect(items.query).toEqual({ version: 1, from: { collection: 'items', alias: 'i' } })
    const query = dear
      .leftJoin({ k: 'kinds' }, ({ i, k }) => eq(k.$id, i.kind))
      .where(({ k }) => not(isNull(k.title)))
      .groupBy(({ k }) => k.title)
      .having(({ i }) => gte(count(i.$id), 2))
      .select(({ i, k }) => ({ title: k.title, n: count(), total: sum(multiply(i.price, 2)) }))
      .orderBy(() => count(), { direction: 'desc', nulls: 'last' })
      .limit(3)
      .offset(1).query
    const price = { field: ['price'], from: 'i' }
    const title = { field: ['title'], from: 'k' }
    expect(query).toEqual({
      version: 1,
      from: { collection: 'items', alias: 'i' },
      joins: [
        {
          kind: 'left',
          source: { collection: 'kinds', alias: 'k' },
          on: [{ left: { field: ['kind'], from: 'i' }, right: { field: ['$id'], from: 'k' } }],
        },
      ],
      where: {
        op: 'and',
        of: [
          { op: 'gt', left: price, right: { value: 10 } },
          { op: 'not', of: { op: 'isNull', left: title, value: true } },
        ],
      },
      groupBy: [title],
      having: {
        op: 'gte',
        left: { aggregate: 'count', of: { field: ['$id'], from: 'i' } },
        right: { value: 2 },
      },
      select: {
        title,
        n: { aggregate: 'count' },
        total: { aggregate: 'sum', of: { fn: 'multiply', of: [price, { value: 2 }] } },
      },
      orderBy: [{ by: { aggregate: 'count' }, direction: 'desc', nulls: 'last' }],
      limit: 3,
      offset: 1,
    })
    expect(JSON.parse(JSON.stringify(query))).toEqual(query)
  })

  test('every function says what it is called', () => {
    const made: unknown[] = []
    startQuery<Shop>()
      .from({ i: 'items' })
      .where(({ i }) => {
        const { name, price, tags } = i
        const conditions = [
          ne(price, 1),
          lt(price, 1),
          lte(price, 1),
          between(price, 1, 2),
          inList(price, [1, null]),
          notInList(price, [1]),
          has(tags, 'a'),
          hasAll(tags, ['a']),
          contains(name, 'a', { ignoreCase: true }),
          startsWith(name, 'a'),
          endsWith(name, 'a'),
          matches(name, '^a'),
          exists(name),
          or(eq(price, 1)),
        ]
        const all = and(...conditions)
        made.push(all)
        return all
      })
      .select(({ i }) => {
        const { name, price } = i
        const values = {
          a: add(price, 1),
          b: subtract(price, 1),
          c: divide(price, 2),
          d: concat(name, '!'),
          e: lower(name),
          f: upper(name),
          g: length(name),
          h: coalesce(name, 'none'),
          m: field(i, 'names', 'zh.Hant'),
          i: avg(price),
          j: min(price),
          k: max(price),
          l: countDistinct(price),
        }
        made.push(values)
        return values
      })
    const written = JSON.stringify(
      startQuery<Shop>()
        .from({ i: 'items' })
        .where(() => made[0] as never)
        .select(() => made[1] as never).query,
    )
    for (const name of [
      'ne',
      'lt',
      'lte',
      'between',
      'in',
      'notIn',
      'has',
      'hasAll',
      'contains',
      'startsWith',
      'endsWith',
      'matches',
      'exists',
      'or',
    ])
      expect(written).toContain(`"op":"${name}"`)
    for (const name of ['add', 'subtract', 'divide', 'concat', 'lower', 'upper', 'length', 'coalesce'])
      expect(written).toContain(`"fn":"${name}"`)
    expect(written).toContain('{"field":["names","zh.Hant"],"from":"i"}')
    for (const name of ['avg', 'min', 'max', 'countDistinct'])
      expect(written).toContain(`"aggregate":"${name}"`)
  })

  test('refuses joins that are no equalities, names used twice, and conditions that are none', () => {
    const items = startQuery<Shop>().from({ i: 'items' })
    const refusal = expect.objectContaining({ code: 'query/invalid' })
    expect(() => items.join({ k: 'kinds' }, ({ k }) => gt(k.rank, 1))).toThrow(refusal)
    expect(() => items.join({ k: 'kinds' }, ({ k }) => eq(k.rank, 1))).not.toThrow()
    expect(() => items.join({ k: 'kinds' }, ({ k }) => eq(k.title, k.$id))).toThrow(refusal)
    expect(() => items.join({ i: 'items' }, ({ i }) => eq(i.name, i.kind))).toThrow(refusal)
    expect(() => startQuery<Shop>().from({ i: 'items', k: 'kinds' })).toThrow(refusal)
    expect(() => items.where(() => ({ op: 'eq' }) as never)).toThrow(refusal)
    const named = expect.objectContaining({
      code: 'query/invalid',
      message: expect.stringMatching(/^"rank" is a field .* use gt, add/) as string,
    })
    type Loose = { readonly k: { readonly rank: number } } // what computing with a field looks like without types
    const kinds = startQuery<Shop>().from({ k: 'kinds' })
    for (const slip of [
      ({ k }: Loose) => k.rank > 1,
      ({ k }: Loose) => k.rank + 1,
      ({ k }: Loose) => `${k.rank}`,
    ])
      expect(() => kinds.where(slip as never)).toThrow(named)
    // @ts-expect-error -- how a source is read stands beside its collection
    expect(() => startQuery<Shop>().from({ i: 'items' }, { at: 'main' })).toThrow(refusal)
    expect(() => startQuery<Shop>().from({ i: { collection: 'items', when: 'now' } })).toThrow(refusal)
    // @ts-expect-error -- no revision
    expect(() => startQuery<Shop>().from({ i: { collection: 'items', at: 3 } })).toThrow(refusal)
  })

  test('each source says at which revision it is read', () => {
    const then = new Date(1_700_000_000_000)
    const { from, joins } = startQuery<Shop>()
      .from({ now: 'items' })
      .leftJoin({ old: { collection: 'items', at: then, deleted: true } }, ({ now, old }) =>
        eq(now.$id, old.$id),
      )
      .where(({ old }) => lt(old.price, 3)).query
    expect(from).toEqual({ collection: 'items', alias: 'now' })
    const source = { collection: 'items', alias: 'old', at: then.getTime(), deleted: true }
    expect(joins).toMatchObject([{ kind: 'left', source }])
  })

  describe('over a database', () => {
    const host = useGitHost()
    let db: Database<Shop>
    beforeAll(async () => {
      db = await open<Shop>(host.make('shop', shopDatabase).url)
    })
    afterAll(() => db.close())

    test('joins, groups and computes', async () => {
      const rows = await db.query((q) =>
        q
          .from({ i: 'items' })
          .join({ k: 'kinds' }, ({ i, k }) => eq(i.kind, k.$id))
          .where(({ i }) => gt(i.price, 5))
          .groupBy(({ k }) => k.title)
          .select(({ i, k }) => ({ title: k.title, n: count(), dearest: max(i.price) }))
          .orderBy(({ k }) => k.title),
      )
      expect(rows).toEqual([
        { title: 'Cups', n: 2, dearest: 23 },
        { title: 'Inks', n: 4, dearest: 30 },
        { title: 'Pens', n: 4, dearest: 37 },
      ])
    })

    test('joins whole rows by alias, over subcollections too', async () => {
      const rows = await db.query((q) =>
        q
          .from({ line: 'orders/lines' })
          .join({ i: 'items' }, ({ line, i }) => eq(line.item, i.$id))
          .leftJoin({ k: 'kinds' }, ({ i, k }) => and(eq(i.kind, k.$id), eq(k.title, i.kind)))
          .orderBy(({ line }) => line.count, 'desc')
          .limit(1),
      )
      expect(rows.map(({ line, i, k }) => [line.$id, i.name, k])).toEqual([['o2/l1', 'Item 0', null]])
    })

    test('compares a branch with another, record by record', async () => {
      const draft = await db.branches.create('draft')
      await draft.collection('items').update('i06', { price: 60 })
      await draft.commit({ message: 'Dear', author: { name: 'Grace', email: 'grace@example.com' } })
      const rows = await db.query((q) =>
        q
          .from({ now: 'items' })
          .join({ next: { collection: 'items', at: 'draft' } }, ({ now, next }) => eq(now.$id, next.$id))
          .where(({ now, next }) => ne(now.price, next.price))
          .select(({ now, next }) => ({ id: now.$id, is: now.price, will: next.price })),
      )
      expect(rows).toEqual([{ id: 'i06', is: 2, will: 60 }])
      await draft.close()
    })

    test('is live, and pages', async () => {
      const cheap = db.query((q) =>
        q
          .from({ i: 'items' })
          .where(({ i }) => lt(i.price, 10))
          .select(({ i }) => ({ label: concat(upper(i.name), '!') }))
          .orderBy(({ i }) => i.price)
          .limit(2),
      )
      const { rows, next } = await cheap.page()
      expect(rows.map(({ label }) => label)).toEqual(['ITEM 0!', 'ITEM 6!'])
      expect(next).not.toBeNull()
      const seen: (readonly (string | null)[])[] = []
      const stop = cheap.subscribe(({ rows }) => {
        seen.push(rows.map(({ label }) => label))
      })
      await expect.poll(() => seen.length).toBe(1)
      await db.collection('items').update('i06', { price: 100 })
      await expect.poll(() => seen.at(-1)).toEqual(['ITEM 0!', 'ITEM 1!'])
      stop()
      await db.discard()
    })
  })
})
