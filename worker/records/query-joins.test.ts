import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Condition, Expression, Query } from '../../src/protocol/query.ts'
import type { Json, RecordValue, Row } from '../../src/protocol/records.ts'
import { compareValues, equalValues, type Value } from './compare-values.ts'
import type { QueryContext } from './query-context.ts'
import { anyNumber, anyRows, anyText } from './records.support.ts'
import { toRow } from './row.ts'
import { runQuery } from './run-query.ts'
import { createTable } from './table.ts'

const key = fc.oneof(
  fc.constantFrom<Json>('x', 'y', 1, '1', null, true),
  anyText,
  fc.constantFrom('k00', 'k01'),
)
const people = anyRows({ team: key, age: anyNumber, city: anyText }, 14)
const teams = anyRows({ code: key, city: anyText, rank: anyNumber }, 10)
const field = (from: string, ...path: readonly string[]): Expression => ({ field: path, from })

type Tables = Readonly<Record<string, readonly Row[]>>

function run(
  query: Omit<Query, 'version'>,
  tables: Tables,
  indexes: 'always' | 'never' | 'auto',
): readonly Json[] {
  const made = new Map(Object.entries(tables).map(([id, rows]) => [id, createTable(rows)]))
  const context = {
    shapeOf: () => ({}),
    tableOf: ({ collection }: { readonly collection: string }) =>
      made.get(collection) ?? expect.unreachable(),
    indexes,
  }
  return runQuery({ version: 1, ...query }, context).page.rows as readonly Json[]
}

/** Null and missing have no partners. */
const paired = (a: Value, b: Value): boolean => a !== undefined && a !== null && equalValues(a, b)

describe('joins', () => {
  test('pair what nested loops pair, in the order of keys (seed 51)', () => {
    fc.assert(
      fc.property(
        people,
        teams,
        fc.constantFrom<'inner' | 'left'>('inner', 'left'),
        fc.constantFrom('code', '$id'),
        fc.boolean(),
        fc.constantFrom(undefined, 'a', null),
        (p, t, kind, column, both, city) => {
          const on = [
            { left: field('p', 'team'), right: field('t', column) },
            ...(both ? [{ left: field('p', 'city'), right: field('t', 'city') }] : []),
          ]
          const query: Omit<Query, 'version'> = {
            from: { collection: 'people', alias: 'p' },
            joins: [{ kind, source: { collection: 'teams', alias: 't' }, on }],
            ...(city === undefined
              ? {}
              : { where: { op: 'eq', left: field('t', 'city'), right: { value: city } } as const }),
          }
          const isPair = (one: Row, other: Row): boolean =>
            paired(one['team'], other[column]) && (!both || paired(one['city'], other['city']))
          const expected = p.flatMap((one) => {
            const partners: readonly (Row | null)[] = t.filter((other) => isPair(one, other))
            const all = partners.length === 0 && kind === 'left' ? [null] : partners
            return all
              .filter((other) => city === undefined || equalValues(other?.['city'], city))
              .map((other) => ({ p: one, t: other }))
          })
          for (const indexes of ['always', 'never', 'auto'] as const)
            expect(run(query, { people: p, teams: t }, indexes)).toEqual(expected)
        },
      ),
      { seed: 51, numRuns: 150 },
    )
  })

  test('are paged like the whole, sorted by either source, and tell distinct results (seed 53)', () => {
    const order = fc.record({
      by: fc.constantFrom(field('p', 'age'), field('t', 'rank'), field('p', '$id'), field('t', 'city')),
      direction: fc.constantFrom<'asc' | 'desc'>('asc', 'desc'),
    })
    fc.assert(
      fc.property(
        people,
        teams,
        fc.array(order, { maxLength: 2 }),
        fc.boolean(),
        fc.constantFrom<'always' | 'never'>('always', 'never'),
        (p, t, orderBy, distinct, indexes) => {
          const tables = new Map(
            Object.entries({ people: p, teams: t }).map(([id, rows]) => [id, createTable(rows)]),
          )
          const context: QueryContext = {
            shapeOf: () => ({}),
            tableOf: ({ collection }) => tables.get(collection) ?? expect.unreachable(),
            indexes,
          }
          const query: Query = {
            version: 1,
            from: { collection: 'people', alias: 'p' },
            joins: [
              {
                kind: 'left',
                source: { collection: 'teams', alias: 't' },
                on: [{ left: field('p', 'city'), right: field('t', 'city') }],
              },
            ],
            select: { city: field('t', 'city'), age: field('p', 'age') },
            distinct,
            orderBy,
          }
          const all = runQuery(query, { ...context, indexes: 'never' }).page.rows
          const pages: unknown[] = []
          for (let after: string | null | undefined; after !== null;) {
            const page = runQuery(
              { ...query, limit: 3, ...(after === undefined ? {} : { after }) },
              context,
            ).page
            pages.push(...page.rows)
            after = page.next
          }
          expect(pages).toEqual(all)
          if (distinct) expect(new Set(all.map((row) => JSON.stringify(row))).size).toBe(all.length)
        },
      ),
      { seed: 53, numRuns: 100 },
    )
  })

  test('of three sources see the sources before them, sort over all of them and stop at the limit', () => {
    const rows = (values: Readonly<Record<string, RecordValue>>): readonly Row[] =>
      Object.entries(values).map(([id, value]) => toRow(id, value))
    const tables = {
      orders: rows({ o1: { customer: 'c1' }, o2: { customer: 'c2' }, o3: { customer: 'c1' } }),
      customers: rows({ c1: { land: 'de' }, c2: { land: 'xx' } }),
      lands: rows({ de: { name: 'Germany' } }),
    }
    const query: Omit<Query, 'version'> = {
      from: { collection: 'orders', alias: 'o' },
      joins: [
        {
          kind: 'inner',
          source: { collection: 'customers', alias: 'c' },
          on: [{ left: field('o', 'customer'), right: field('c', '$id') }],
        },
        {
          kind: 'left',
          source: { collection: 'lands', alias: 'l' },
          on: [{ left: field('c', 'land'), right: field('l', '$id') }],
        },
      ],
      orderBy: [
        { by: field('l', 'name'), direction: 'asc', nulls: 'last' },
        { by: field('o', '$id'), direction: 'desc' },
      ],
      select: { order: field('o', '$id'), land: field('l', 'name') },
    }
    const all = [
      { order: 'o3', land: 'Germany' },
      { order: 'o1', land: 'Germany' },
      { order: 'o2', land: null },
    ]
    expect(run(query, tables, 'auto')).toEqual(all)
    expect(run({ ...query, limit: 2 }, tables, 'always')).toEqual(all.slice(0, 2))
    // A field of a partner that is not there is null, as the partner is, and still not there to a condition.
    const where: Condition = { op: 'exists', left: field('l', 'name'), value: false }
    expect(run({ ...query, where }, tables, 'auto')).toEqual(all.slice(2))
  })
})

describe('groups', () => {
  test('are those of a loop over all rows, whatever the index (seed 52)', () => {
    fc.assert(
      fc.property(people, anyNumber, (rows, atLeast) => {
        const of = (column: string): Expression => ({ field: [column] })
        const where = { op: 'gte', left: of('age'), right: { value: atLeast } } as const
        const query: Omit<Query, 'version'> = {
          from: { collection: 'people', alias: '' },
          where,
          groupBy: [of('team'), { fn: 'length', of: [of('city')] }],
          select: {
            team: of('team'),
            length: { fn: 'length', of: [of('city')] },
            rows: { aggregate: 'count' },
            cities: { aggregate: 'countDistinct', of: of('city') },
            sum: { aggregate: 'sum', of: of('age') },
            low: { aggregate: 'min', of: of('city') },
            high: { aggregate: 'max', of: of('age') },
            twice: { fn: 'multiply', of: [{ aggregate: 'count' }, { value: 2 }] },
          },
        }
        const matching = rows.filter(({ age }) => typeof age === 'number' && age >= atLeast)
        const lengthOf = (value: Value): Json => (typeof value === 'string' ? [...value].length : null)
        const groups: { readonly team: Json; readonly length: Json; readonly rows: Row[] }[] = []
        for (const row of matching) {
          const [team, length] = [row['team'] ?? null, lengthOf(row['city'])]
          const known = groups.find((one) => equalValues(one.team, team) && equalValues(one.length, length))
          if (known) known.rows.push(row)
          else groups.push({ team, length, rows: [row] })
        }
        groups.sort((a, b) => compareValues(a.team, b.team) || compareValues(a.length, b.length))
        const expected = groups.map(({ team, length, rows: members }) => {
          const cities = members.flatMap(({ city }) => (typeof city === 'string' ? [city] : []))
          const ages = members.flatMap(({ age }) => (typeof age === 'number' ? [age] : []))
          return {
            team,
            length,
            rows: members.length,
            cities: new Set(cities).size,
            sum: expect.closeTo(ages.reduce((sum, age) => sum + age, 0)),
            low: cities.toSorted()[0] ?? null,
            high: Math.max(...ages) + 0,
            twice: members.length * 2,
          }
        })
        const plain = run(query, { people: rows }, 'never')
        expect(plain.map(withoutMinusZero)).toEqual(expected)
        expect(run(query, { people: rows }, 'always').map(withoutMinusZero)).toEqual(
          plain.map(withoutMinusZero),
        )
      }),
      { seed: 52, numRuns: 150 },
    )
  })

  test('sum exactly: the result does not depend on the order of the rows', () => {
    const numbers = [1e16, 0.1, 0.2, -1e16, 0.3, 1e-9]
    const sum = (values: readonly number[]): unknown =>
      run(
        { from: { collection: 'n', alias: '' }, select: { sum: { aggregate: 'sum', of: { field: ['v'] } } } },
        { n: values.map((v, index) => toRow(String(index), { v })) },
        'auto',
      )
    // What Python's math.fsum says.
    expect(sum(numbers)).toEqual([{ sum: 0.6000000010000001 }])
    expect(sum(numbers.toReversed())).toEqual(sum(numbers))
    expect(sum(Array.from({ length: 10 }, () => 0.1))).toEqual([{ sum: 1 }])
    expect(sum([1e308, 1e308])).toEqual([{ sum: null }])
  })
})

function withoutMinusZero(row: Json): unknown {
  return JSON.parse(JSON.stringify(row))
}
