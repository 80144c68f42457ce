import { describe, expect, test } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import type { Query } from '../../src/protocol/query.ts'
import { recordSource } from '../../src/bindings/record-state.ts'
import { eq, field, max } from '../../src/query.ts'
import type { OpenWhere } from '../../src/types/filter-types.ts'
import { createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { definition } from '../support/layout-database.ts'
import { anyValues, openOn } from './world.ts'

const decomposed = 'e\u0301'
const composed = '\u00e9'

const files = {
  '.ingitdb/root-collections.yaml': 'orders: orders\nnotes: notes\n',
  'notes/.collection/definition.yaml':
    'record_file: { name: "{key}.yaml", format: yaml, type: "map[string]any" }\n' +
    'columns:\n  order: { type: string, foreign_key: orders }\n  also: { type: "[]string", foreign_key: orders }\n',
  'notes/$records/a.yaml': `order: ${composed}\nalso: [o1, ${decomposed}]\n`,
  'notes/$records/b.yaml': `order: ${decomposed}\nalso: [${composed}]\n`,
  'notes/$records/c.yaml': 'order: o1\n',
  'orders/.collection/definition.yaml': definition('{key}.yaml', 'yaml', 'single', ['n', 'next']),
  'orders/.collection/subcollections/lines/definition.yaml': definition('{key}.yaml', 'yaml', 'single', [
    'n',
  ]),
  'orders/$records/o1.yaml': 'n: 1\n',
  'orders/$records/o2.yaml': 'n: 2\n',
  [`orders/$records/${composed}.yaml`]: `n: 3\nnext: ${decomposed}\n`,
  'orders/$records/o1/lines/$records/l1.yaml': 'n: 1\n',
  [`orders/$records/${composed}/lines/$records/l1.yaml`]: 'n: 2\n',
  [`orders/$records/${composed}/lines/$records/l2.yaml`]: 'n: 3\n',
}

describe.each([
  ['in memory', {}],
  ['that stays on disk', { maxRecordsInMemory: 1 }],
])('keys in queries of a collection %s are found however their letters were typed', (_, options) => {
  const host = useGitHost()
  const withOrders = async (work: (db: Database) => Promise<void>): Promise<void> => {
    const { url } = host.make('normal', files)
    const db = await openOn(createMemoryStorage(), url, options)
    try {
      await work(db)
    } finally {
      await db.close()
    }
  }
  const idsOf = (rows: readonly object[]): readonly unknown[] =>
    rows.map((row) => ({ ...row, $id: '', ...row }).$id)

  test('by every operator that compares text', () =>
    withOrders(async (db) => {
      const orders = db.collection('orders')
      const found = async (where: OpenWhere): Promise<readonly unknown[]> =>
        idsOf(await orders.find({ where }))
      expect(await found({ $id: decomposed })).toEqual([composed])
      expect(await found({ $id: { ne: decomposed } })).toEqual(['o1', 'o2'])
      expect(await found({ $id: { in: ['o2', decomposed, 'none'] } })).toEqual(['o2', composed])
      expect(await found({ $id: { notIn: ['o2', decomposed] } })).toEqual(['o1'])
      expect(await found({ $id: { gt: decomposed } })).toEqual([])
      expect(await found({ $id: { gte: decomposed } })).toEqual([composed])
      expect(await found({ $id: { lt: decomposed } })).toEqual(['o1', 'o2'])
      expect(await found({ $id: { lte: decomposed } })).toEqual(['o1', 'o2', composed])
      expect(await found({ $id: { between: [decomposed, decomposed] } })).toEqual([composed])
      expect(await found({ $id: { startsWith: decomposed } })).toEqual([composed])
      expect(await found({ $id: { endsWith: decomposed } })).toEqual([composed])
      expect(await found({ $id: { contains: decomposed.toUpperCase(), ignoreCase: true } })).toEqual([
        composed,
      ])
      expect(await found({ $id: { matches: `^${decomposed}$` } })).toEqual([composed])
      expect(await found({ or: [{ n: 1 }, { not: { $id: { ne: decomposed } } }] })).toEqual(['o1', composed])
      expect(await orders.count({ where: { $id: decomposed } })).toBe(1)
      expect(await orders.exists({ where: { $id: decomposed } })).toBe(true)
      // Other text is what it is: a field keeps its letters as they were written.
      expect(await found({ next: composed })).toEqual([])
      expect(await found({ next: decomposed })).toEqual([composed])
    }))

  test('by parent, also in the options of a record handle', () =>
    withOrders(async (db) => {
      const lines = db.collection('orders/lines')
      expect(idsOf(await lines.find({ where: { $parent: decomposed } }))).toEqual([
        `${composed}/l1`,
        `${composed}/l2`,
      ])
      expect(idsOf(await lines.find({ where: { $id: `${decomposed}/l2` } }))).toEqual([`${composed}/l2`])
      const own = db.collection('orders').record(decomposed).collection('lines')
      expect(idsOf(await own.all())).toEqual(['l1', 'l2'])
      expect(idsOf(await own.find())).toEqual(['l1', 'l2'])
      const parented: Query = {
        version: 1,
        from: { collection: 'orders/lines', alias: '', parent: decomposed },
      }
      expect(idsOf(await db.run(parented))).toEqual([`${composed}/l1`, `${composed}/l2`])
      expect(await own.insert({ $id: 'l3', n: 4 }, anyValues)).toMatchObject({ $id: 'l3' })
      await own.deleteMany({ where: { n: { gte: 3 } } })
      expect(idsOf(await own.all())).toEqual(['l1'])
      expect(idsOf(await lines.all())).toEqual([`${composed}/l1`, 'o1/l1'].toSorted())
    }))

  test('in joins, groups, includes and pages of the same query', () =>
    withOrders(async (db) => {
      const joined = await db.query((q) =>
        q
          .from({ line: 'orders/lines' })
          .join({ order: 'orders' }, ({ line, order }) => eq(field(line, '$parent'), field(order, '$id')))
          .where(({ order }) => eq(field(order, '$id'), decomposed))
          .select(({ line }) => ({ line: field(line, '$id') })),
      )
      expect(joined).toEqual([{ line: `${composed}/l1` }, { line: `${composed}/l2` }])
      const groups = await db.query((q) =>
        q
          .from({ line: 'orders/lines' })
          .groupBy(({ line }) => field(line, '$parent'))
          .having(({ line }) => eq(field(line, '$parent'), decomposed))
          .select(({ line }) => ({ parent: field(line, '$parent'), last: max(field(line, '$id')) })),
      )
      expect(groups).toEqual([{ parent: composed, last: `${composed}/l2` }])
      const last = await db.query((q) =>
        q
          .from({ line: 'orders/lines' })
          .groupBy(({ line }) => field(line, '$parent'))
          .having(({ line }) => eq(max(field(line, '$id')), `${decomposed}/l2`))
          .select(({ line }) => ({ parent: field(line, '$parent') })),
      )
      expect(last).toEqual([{ parent: composed }])
      const rows = await db.collection('orders').find({
        include: {
          lines: { collection: 'orders/lines', column: '$parent', where: { $id: `${decomposed}/l1` } },
        },
      })
      expect(rows.map(({ lines }) => idsOf(lines as readonly object[]))).toEqual([[], [], [`${composed}/l1`]])
      const page = (
        id: string,
        after?: string | null,
      ): Promise<{ next: string | null; rows: readonly object[] }> =>
        db
          .collection('orders')
          .find({ where: { $id: { lte: id } }, limit: 2, ...(typeof after === 'string' && { after }) })
          .page()
      const first = await page(composed)
      expect(idsOf((await page(decomposed, first.next)).rows)).toEqual([composed])
    }))

  test('also where records name others: the letters of foreign keys are those of the keys', () =>
    withOrders(async (db) => {
      const notes = db.collection('notes')
      const found = async (where: OpenWhere): Promise<readonly unknown[]> =>
        idsOf(await notes.find({ where }))
      for (const key of [composed, decomposed]) {
        expect(await found({ order: key })).toEqual(['a', 'b'])
        expect(await found({ order: { notIn: [key] } })).toEqual(['c'])
        expect(await found({ order: { in: [key, 'none'] }, also: { has: key } })).toEqual(['a', 'b'])
      }
      const reverse = { notes: { collection: 'notes', column: 'order' } }
      const also = { notes: { collection: 'notes', column: 'also' } }
      const related = async (include: typeof reverse): Promise<readonly unknown[]> =>
        (await db.collection('orders').find({ include })).map((row) => idsOf(row.notes as readonly object[]))
      expect(await related(reverse)).toEqual([['c'], [], ['a', 'b']])
      expect(await related(also)).toEqual([['a'], [], ['a', 'b']])
      const joined = await db.query((q) =>
        q
          .from({ order: 'orders' })
          .join({ note: 'notes' }, ({ order, note }) => eq(field(note, 'order'), field(order, '$id')))
          .where(({ order }) => eq(field(order, 'n'), 3))
          .select(({ note }) => ({ note: field(note, '$id') })),
      )
      expect(joined).toEqual([{ note: 'a' }, { note: 'b' }])
      // Whole rows are what their files say.
      expect(await notes.get('b')).toMatchObject({ order: decomposed })
      expect(await notes.find({ where: { order: composed } })).toMatchObject([
        { order: composed },
        { order: decomposed },
      ])
      await notes.updateMany({ where: { order: composed } }, { also: [] })
      expect(await found({ also: { has: decomposed } })).toEqual([])
    }))

  test('by writes with a condition: what is named to be kept is kept', () =>
    withOrders(async (db) => {
      const orders = db.collection('orders')
      await db.transaction(async (tx) => {
        const inside = tx.collection('orders')
        expect(idsOf(await inside.find({ where: { $id: decomposed } }))).toEqual([composed])
        await inside.updateMany({ where: { $id: decomposed } }, { n: 33 }, anyValues)
      })
      expect(await orders.get(composed)).toMatchObject({ n: 33 })
      await db.collection('orders/lines').deleteMany({ where: { $parent: { in: ['o1', 'o2', decomposed] } } })
      await orders.deleteMany({ where: { $id: { notIn: ['o1', 'o2', decomposed] } } })
      expect(idsOf(await orders.all())).toEqual(['o1', 'o2', composed])
      await orders.deleteMany({ where: { not: { $id: { in: ['o1', decomposed] } } } })
      expect(idsOf(await orders.all())).toEqual(['o1', composed])
    }))

  test('by live queries and by what follows one record', () =>
    withOrders(async (db) => {
      const orders = db.collection('orders')
      const results: unknown[] = []
      let heard = (): void => {}
      const stop = recordSource(orders, decomposed).subscribe(({ rows }) => {
        results.push(rows.map((row) => ({ ...(row as object) })))
        heard()
      })
      const next = (count: number): Promise<void> =>
        new Promise((resolve) => {
          heard = () => results.length >= count && resolve()
          heard()
        })
      await next(1)
      await orders.update(composed, { n: 4 }, anyValues)
      await next(2)
      stop()
      expect(results.at(0)).toMatchObject([{ $id: composed, n: 3 }])
      expect(results.at(-1)).toMatchObject([{ $id: composed, n: 4 }])
    }))
})
