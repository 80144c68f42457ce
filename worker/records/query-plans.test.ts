import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Condition, Expression, Order, Query } from '../../src/protocol/query.ts'
import type { Json, Row } from '../../src/protocol/records.ts'
import type { QueryContext } from './query-context.ts'
import { anyJson, anyNumber, anyRows, anyText, keyAt } from './records.support.ts'
import { runQuery } from './run-query.ts'
import { createTable, type Table } from './table.ts'

const fields = {
  n: fc.oneof(anyNumber, anyJson),
  t: fc.oneof(anyText, anyText, fc.constant(null)),
  low: fc.constantFrom(true, false, 'x'),
  deep: anyJson,
  constructor: anyText,
}
const operand: fc.Arbitrary<Json> = fc.oneof(
  anyNumber,
  anyText,
  fc.constantFrom(null, true, 'x', keyAt(3)),
  anyJson,
)
const anyField: fc.Arbitrary<Expression> = fc
  .constantFrom(['n'], ['t'], ['low'], ['deep', 'a'], ['deep', 'x', '0'], ['constructor'])
  .map((field) => ({ field }))

const key: fc.Arbitrary<Expression> = fc.constant({ field: ['$id'] })
const someKey = fc.nat({ max: 45 }).map(keyAt)
/** Conditions on keys: they are text. */
const keyLeaf: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({
    op: fc.constantFrom('eq', 'gt', 'lte'),
    left: key,
    right: someKey.map((value) => ({ value })),
  }),
  fc.record({ op: fc.constant('between' as const), left: key, value: fc.tuple(someKey, someKey) }),
  fc.record({ op: fc.constantFrom('in', 'notIn'), left: key, value: fc.array(someKey, { maxLength: 5 }) }),
  fc.record({
    op: fc.constant('startsWith' as const),
    left: key,
    value: fc.constantFrom('k', 'k0', 'k12', 'x'),
  }),
)
const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({
    op: fc.constantFrom('eq', 'ne', 'gt', 'gte', 'lt', 'lte'),
    left: anyField,
    right: fc.oneof(
      operand.map((value) => ({ value })),
      anyField,
    ),
  }),
  fc.record({
    op: fc.constantFrom('eq', 'gt', 'lte'),
    left: operand.map((value) => ({ value })),
    right: anyField,
  }),
  fc.record({ op: fc.constant('between' as const), left: anyField, value: fc.tuple(operand, operand) }),
  fc.record({
    op: fc.constantFrom('in', 'notIn', 'hasAll'),
    left: anyField,
    value: fc.array(operand, { maxLength: 4 }),
  }),
  fc.record({ op: fc.constant('has' as const), left: anyField, value: operand }),
  fc.record(
    {
      op: fc.constantFrom('startsWith', 'contains', 'endsWith'),
      left: anyField,
      value: fc.oneof(anyText, fc.constantFrom('k', 'k0', '\uffff')),
      ignoreCase: fc.boolean(),
    },
    { requiredKeys: ['op', 'left', 'value'] },
  ),
  fc.record({ op: fc.constantFrom('isNull', 'exists'), left: anyField, value: fc.boolean() }),
  keyLeaf,
)
const anyCondition: fc.Arbitrary<Condition> = fc.oneof(
  leaf,
  fc.record({ op: fc.constantFrom('and', 'or'), of: fc.array(leaf, { maxLength: 3 }) }),
  leaf.map((of) => ({ op: 'not' as const, of })),
)
const anyOrder: fc.Arbitrary<Order> = fc.record(
  {
    by: fc.oneof(anyField, key),
    direction: fc.constantFrom('asc', 'desc'),
    nulls: fc.constantFrom('first', 'last'),
    locale: fc.constantFrom('sv', 'de'),
  },
  { requiredKeys: ['by', 'direction'] },
)
const anyQuery: fc.Arbitrary<Query> = fc.record(
  {
    version: fc.constant(1 as const),
    from: fc.constant({ collection: 'c', alias: '' }),
    where: anyCondition,
    orderBy: fc.array(anyOrder, { maxLength: 2 }),
    limit: fc.nat({ max: 6 }),
    offset: fc.nat({ max: 3 }),
    select: fc.constantFrom<NonNullable<Query['select']>>(
      { low: { field: ['low'] } },
      { t: { field: ['t'] }, n: { fn: 'length', of: [{ field: ['deep'] }] } },
    ),
    distinct: fc.boolean(),
  },
  { requiredKeys: ['version', 'from'] },
)
const anyChanges = fc.array(
  fc.tuple(anyRows(fields, 12), fc.array(fc.nat({ max: 45 }), { maxLength: 8 }), fc.nat({ max: 30 })),
  {
    maxLength: 3,
  },
)

/** How many rows fulfil a query's condition, without a look at each where an index knows. */
function countOf({ version, from, where }: Query, table: Table, indexes: 'always' | 'never'): unknown {
  const query = { version, from, ...(where && { where }), select: { count: { aggregate: 'count' } } }
  return runQuery(query, contextOf(table, indexes)).page
}

/** How many rows have each value of a field, where they are several. */
function groupsOf(name: string, table: Table, indexes: 'always' | 'never'): unknown {
  const key: Expression = { field: [name] }
  const count: Expression = { aggregate: 'count' }
  const query: Query = {
    version: 1,
    from: { collection: 'c', alias: '' },
    groupBy: [key],
    having: { op: 'gt', left: count, right: { value: 1 } },
    select: { key, count },
  }
  return runQuery(query, contextOf(table, indexes)).page
}

function contextOf(table: Table, indexes: 'auto' | 'always' | 'never'): QueryContext {
  return { shapeOf: () => ({}), tableOf: () => table, indexes }
}

/** Every page from the first to the last, and back again. */
function walk(query: Query, table: Table, indexes: 'auto' | 'always' | 'never'): unknown {
  const run = (page: Query): ReturnType<typeof runQuery>['page'] =>
    runQuery(page, contextOf(table, indexes)).page
  const first = run(query)
  const pages = [first]
  let next = first.next
  while (next !== null && pages.length < 50) {
    const page = run({ ...query, offset: 0, after: next })
    pages.push(page)
    next = page.next
  }
  const back = []
  let previous = pages.at(-1)?.previous ?? null
  while (previous !== null && back.length < 50) {
    const page = run({ ...query, offset: 0, before: previous })
    back.push(page)
    previous = page.previous
  }
  return { pages, back }
}

describe('queries over indexes', () => {
  test.each<[string, Condition, number]>([
    ['of an equality', { op: 'eq', left: { field: ['low'] }, right: { value: true } }, 0],
    ['of values', { op: 'in', left: { field: ['low'] }, value: [true, 'x', true] }, 0],
    ['of a range', { op: 'gt', left: { field: ['n'] }, right: { value: 3 } }, 0],
    ['of a pattern: each row is read', { op: 'endsWith', left: { field: ['t'] }, value: 'a' }, 40],
  ])('count the rows %s', (_, where, rowsRead) => {
    const rows = Array.from({ length: 40 }, (_, n) => ({
      $id: keyAt(n),
      $rev: String(n),
      low: ([true, false, 'x'] as const)[n % 3] ?? null,
      n: n % 2 === 0 ? n : String(n),
      t: n % 5 === 0 ? 'banana' : null,
    }))
    const query: Query = {
      version: 1,
      from: { collection: 'c', alias: '' },
      where,
      select: { count: { aggregate: 'count' } },
    }
    const { plan, page } = runQuery(query, contextOf(createTable(rows), 'always'))
    expect(plan.rowsRead).toBe(rowsRead)
    expect(page.rows).toEqual(runQuery(query, contextOf(createTable(rows), 'never')).page.rows)
  })

  test('answer as full scans do, page by page, also after changes (seed 31)', () => {
    fc.assert(
      fc.property(
        anyRows(fields, 40),
        fc.array(anyQuery, { minLength: 1, maxLength: 4 }),
        anyChanges,
        (rows, queries, changes) => {
          const table = createTable(rows)
          const check = (): void => {
            for (const query of queries) {
              const scanned = createTable(table.rows())
              expect(walk(query, table, 'always')).toEqual(walk(query, scanned, 'never'))
              expect(countOf(query, table, 'always')).toEqual(countOf(query, scanned, 'never'))
            }
            for (const name of Object.keys(fields))
              expect(groupsOf(name, table, 'always')).toEqual(
                groupsOf(name, createTable(table.rows()), 'never'),
              )
          }
          check()
          for (const [given, removed, shift] of changes) {
            table.apply([
              ...given.map((row, index) => ({
                key: keyAt(index + shift),
                row: { ...row, $id: keyAt(index + shift) },
              })),
              ...removed.map((index) => ({ key: keyAt(index), row: undefined })),
            ])
            check()
          }
        },
      ),
      { seed: 31, numRuns: 60 },
    )
  })

  test('pages put together are the whole result, each row once (seed 32)', () => {
    fc.assert(
      fc.property(anyRows(fields, 40), anyQuery, fc.integer({ min: 1, max: 7 }), (rows, query, limit) => {
        const table = createTable(rows)
        const { limit: _limit, offset: _offset, ...whole } = query
        const all = runQuery(whole, contextOf(table, 'never')).page
        expect(all.next).toBeNull()
        const paged: unknown[] = []
        for (let after: string | null | undefined; after !== null;) {
          const page = runQuery(
            { ...whole, limit, ...(after === undefined ? {} : { after }) },
            contextOf(table, 'always'),
          ).page
          paged.push(...page.rows)
          after = page.next
        }
        expect(paged).toEqual(all.rows)
      }),
      { seed: 32, numRuns: 80 },
    )
  })

  test('are built for the first query that they help, and rows are read in order until there are enough', () => {
    const rows = Array.from({ length: 1000 }, (_, index): Row => ({
      $id: `k${String(index).padStart(4, '0')}`,
      $rev: String(index),
      group: index % 50,
      price: (index * 7919) % 1000,
    }))
    const table = createTable(rows)
    const context = contextOf(table, 'auto')
    const plan = (parts: Partial<Query>): readonly unknown[] => {
      const query: Query = { version: 1, from: { collection: 'c', alias: '' }, ...parts }
      const { access, index, ordered, rowsRead, rowsReturned } = runQuery(query, context).plan
      return [access, index?.join('.'), ordered, rowsRead, rowsReturned]
    }
    const group: Condition = { op: 'eq', left: { field: ['group'] }, right: { value: 7 } }
    expect(plan({ where: group })).toEqual(['hash', 'group', true, 20, 20])
    const range: Condition = { op: 'between', left: { field: ['price'] }, value: [100, 199] }
    const byPrice: Order = { by: { field: ['price'] }, direction: 'desc' }
    // Of few rows none is worth the effort.
    const stock: Condition = { op: 'gt', left: { field: ['stock'] }, right: { value: 500 } }
    expect(plan({ where: { op: 'and', of: [stock, group] } })).toEqual(['hash', 'group', true, 20, 0])
    expect(table.hasIndex('sorted', ['stock'])).toBe(false)
    expect(plan({ where: range, orderBy: [byPrice], limit: 5 })).toEqual(['sorted', 'price', true, 6, 5])
    expect(plan({ orderBy: [byPrice], limit: 5 })).toEqual(['sorted', 'price', true, 6, 5])
    expect(plan({ where: { op: 'and', of: [range, group] } })).toEqual(['hash', 'group', true, 20, 2])
    expect(plan({ where: { op: 'in', left: { field: ['$id'] }, value: ['k0003', 'k0001', 'x'] } })).toEqual([
      'key',
      undefined,
      true,
      2,
      2,
    ])
    expect(plan({ where: { op: 'startsWith', left: { field: ['$id'] }, value: 'k000' } })).toEqual([
      'key',
      undefined,
      true,
      10,
      10,
    ])
    expect(plan({ limit: 3 })).toEqual(['scan', undefined, true, 4, 3])
    const perGroup = { groupBy: [{ field: ['group'] }], select: { count: { aggregate: 'count' } } } as const
    expect(plan(perGroup)).toEqual(['hash', 'group', false, 0, 50])
  })
})
