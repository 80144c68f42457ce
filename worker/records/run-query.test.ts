import { describe, expect, test } from 'vitest'
import type { Condition, Expression, Query } from '../../src/protocol/query.ts'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import type { ColumnShape, QueryContext } from './query-context.ts'
import { toRow } from './row.ts'
import { runQuery } from './run-query.ts'
import { createTable } from './table.ts'

const countries: Readonly<Record<string, RecordValue>> = {
  de: { name: 'Germany', population: 83, currency: 'EUR', continent: 'europe', langs: ['de'] },
  fr: { name: 'France', population: 68, currency: 'EUR', continent: 'europe', langs: ['fr'] },
  ch: { name: 'Switzerland', population: 9, currency: 'CHF', continent: 'europe', langs: ['de', 'fr', 'it'] },
  jp: { name: 'Japan', population: 124, currency: 'JPY', continent: 'asia', names: { ja: '日本' } },
  aq: { name: 'Antarctica', population: null },
}
const currencies: Readonly<Record<string, RecordValue>> = {
  EUR: { title: 'Euro', rate: 1 },
  CHF: { title: 'Franc', rate: 1.05 },
  USD: { title: 'Dollar', rate: 0.9 },
}

const shape = (columns: Readonly<Record<string, string | ColumnShape>>): ReadonlyMap<string, ColumnShape> =>
  new Map(Object.entries(columns).map(([name, one]) => [name, typeof one === 'string' ? { type: one } : one]))

const shapes = {
  countries: {
    columns: shape({
      name: 'string',
      population: 'int',
      currency: { type: 'string', references: 'currencies' },
      continent: 'string',
      langs: '[]string',
      names: 'map[locale]string',
      founded: 'date',
    }),
  },
  currencies: {},
}

function context(): QueryContext {
  const tables = new Map(
    Object.entries({ countries, currencies }).map(([id, records]) => [
      id,
      createTable(Object.entries(records).map(([key, value]) => toRow(key, value))),
    ]),
  )
  return {
    shapeOf: ({ collection }) => new Map(Object.entries(shapes)).get(collection),
    tableOf: ({ collection }) => tables.get(collection) ?? expect.unreachable(),
  }
}

const field = (path: string, from?: string): Expression =>
  from === undefined ? { field: path.split('.') } : { field: path.split('.'), from }
const value = (json: Json): Expression => ({ value: json })
const from = { collection: 'countries', alias: 'c' }
const query = (parts: Partial<Query> = {}): Query => ({ version: 1, from, ...parts })
const run = (parts: Partial<Query> = {}): readonly { readonly [name: string]: Json }[] =>
  runQuery(query(parts), context()).page.rows as readonly { readonly [name: string]: Json }[]
const keys = (parts: Partial<Query>): readonly Json[] => run(parts).map(({ $id = null }) => $id)
const where = (condition: Condition): readonly Json[] => keys({ where: condition })

describe('a query', () => {
  test('without parts gives the rows in key order', () => {
    expect(keys({})).toEqual(['aq', 'ch', 'de', 'fr', 'jp'])
    expect(run({})[1]).toEqual(toRow('ch', countries['ch'] ?? {}))
  })

  test('filters by every operator', () => {
    expect(where({ op: 'eq', left: field('currency'), right: value('EUR') })).toEqual(['de', 'fr'])
    expect(where({ op: 'ne', left: field('currency'), right: value('EUR') })).toEqual(['aq', 'ch', 'jp'])
    expect(where({ op: 'gt', left: field('population'), right: value(68) })).toEqual(['de', 'jp'])
    expect(where({ op: 'lte', left: field('population'), right: value(68) })).toEqual(['ch', 'fr'])
    expect(where({ op: 'between', left: field('population'), value: [9, 83] })).toEqual(['ch', 'de', 'fr'])
    expect(where({ op: 'in', left: field('currency'), value: ['CHF', null] })).toEqual(['aq', 'ch'])
    expect(where({ op: 'notIn', left: field('currency'), value: ['CHF', null] })).toEqual(['de', 'fr', 'jp'])
    expect(where({ op: 'has', left: field('langs'), value: 'de' })).toEqual(['ch', 'de'])
    expect(where({ op: 'hasAll', left: field('langs'), value: ['it', 'de'] })).toEqual(['ch'])
    expect(where({ op: 'contains', left: field('name'), value: 'AN', ignoreCase: true })).toEqual(
      ['aq', 'ch', 'de', 'fr', 'jp'].filter((key) => /an/i.test(String(countries[key]?.['name']))),
    )
    expect(where({ op: 'startsWith', left: field('name'), value: 'Ja' })).toEqual(['jp'])
    expect(where({ op: 'endsWith', left: field('name'), value: 'y' })).toEqual(['de'])
    expect(where({ op: 'matches', left: field('name'), value: '^(Ger|Fra)' })).toEqual(['de', 'fr'])
    expect(where({ op: 'isNull', left: field('population'), value: true })).toEqual(['aq'])
    expect(where({ op: 'exists', left: field('population'), value: false })).toEqual([])
    expect(where({ op: 'exists', left: field('currency'), value: false })).toEqual(['aq'])
    expect(where({ op: 'eq', left: field('names.ja'), right: value('日本') })).toEqual(['jp'])
    expect(where({ op: 'eq', left: field('$id'), right: value('fr') })).toEqual(['fr'])
    expect(where({ op: 'not', of: { op: 'eq', left: field('$id'), right: value('fr') } })).toHaveLength(4)
  })

  test('sorts, by nothing last, and pages by cursors in both directions', () => {
    const orderBy = [{ by: field('population'), direction: 'desc', nulls: 'last' }] as const
    expect(keys({ orderBy })).toEqual(['jp', 'de', 'fr', 'ch', 'aq'])
    const first = runQuery(query({ orderBy, limit: 2 }), context()).page
    expect(first.rows.map((row) => row['$id'])).toEqual(['jp', 'de'])
    expect(first.previous).toBeNull()
    const second = runQuery(query({ orderBy, limit: 2, after: first.next ?? '' }), context()).page
    expect(second.rows.map((row) => row['$id'])).toEqual(['fr', 'ch'])
    const third = runQuery(query({ orderBy, limit: 2, after: second.next ?? '' }), context()).page
    expect(third.rows.map((row) => row['$id'])).toEqual(['aq'])
    expect(third.next).toBeNull()
    const back = runQuery(query({ orderBy, limit: 2, before: third.previous ?? '' }), context()).page
    expect(back).toEqual(second)
    const start = runQuery(query({ orderBy, limit: 2, before: back.previous ?? '' }), context()).page
    expect(start).toEqual(first)
  })

  test('selects computed values', () => {
    expect(
      run({
        where: { op: 'eq', left: field('$id'), right: value('ch') },
        select: {
          name: { fn: 'upper', of: [field('name')] },
          half: { fn: 'divide', of: [field('population'), value(2)] },
          nothing: { fn: 'divide', of: [field('population'), value(0)] },
          languages: { fn: 'length', of: [field('langs')] },
          missing: field('founded'),
          ['__proto__']: value(1),
        },
      }).map(({ $rev: _rev, ...rest }) => JSON.stringify(rest)),
    ).toEqual(['{"$id":"ch","name":"SWITZERLAND","half":4.5,"nothing":null,"languages":3,"__proto__":1}'])
  })

  test('groups, filters groups and orders them by their keys', () => {
    const rows = run({
      groupBy: [field('continent')],
      select: {
        continent: field('continent'),
        count: { aggregate: 'count' },
        people: { aggregate: 'sum', of: field('population') },
        currencies: { aggregate: 'countDistinct', of: field('currency') },
        most: { aggregate: 'max', of: field('name') },
      },
    })
    expect(rows).toEqual([
      { continent: null, count: 1, people: 0, currencies: 0, most: 'Antarctica' },
      { continent: 'asia', count: 1, people: 124, currencies: 1, most: 'Japan' },
      { continent: 'europe', count: 3, people: 160, currencies: 2, most: 'Switzerland' },
    ])
    expect(
      run({
        groupBy: [field('continent')],
        having: { op: 'gt', left: { aggregate: 'count' }, right: value(1) },
        select: { key: field('continent'), average: { aggregate: 'avg', of: field('population') } },
      }),
    ).toEqual([{ key: 'europe', average: 160 / 3 }])
    expect(
      run({
        select: { count: { aggregate: 'count' } },
        where: { op: 'eq', left: field('$id'), right: value('x') },
      }),
    ).toEqual([{ count: 0 }])
  })

  test('joins, keeps rows without a partner where asked to, and tells distinct results', () => {
    const currency = { collection: 'currencies', alias: 'm' }
    const on = [{ left: field('currency', 'c'), right: field('$id', 'm') }]
    const select = { name: field('name', 'c'), title: field('title', 'm') }
    expect(run({ joins: [{ kind: 'inner', source: currency, on }], select })).toEqual([
      { name: 'Switzerland', title: 'Franc' },
      { name: 'Germany', title: 'Euro' },
      { name: 'France', title: 'Euro' },
    ])
    const left = run({ joins: [{ kind: 'left', source: currency, on }] })
    expect(left.map((row) => [Object.keys(row), row['m'] === null])).toEqual(
      ['aq', 'ch', 'de', 'fr', 'jp'].map((key) => [['c', 'm'], key === 'aq' || key === 'jp']),
    )
    const titles = { title: field('title', 'm') }
    expect(run({ joins: [{ kind: 'inner', source: currency, on }], select: titles, distinct: true })).toEqual(
      [{ title: 'Franc' }, { title: 'Euro' }],
    )
  })

  test('includes related records in both directions, nested', () => {
    const rows = run({
      where: { op: 'in', left: field('$id'), value: ['ch', 'aq'] },
      include: { currency: { column: 'currency' } },
    })
    expect(rows.map(({ currency = null }) => currency)).toEqual([null, toRow('CHF', currencies['CHF'] ?? {})])
    const reverse = run({
      from: { collection: 'currencies', alias: '' },
      include: {
        users: {
          collection: 'countries',
          column: 'currency',
          orderBy: [{ by: field('name'), direction: 'desc' }],
          include: { currency: { column: 'currency' } },
        },
      },
    })
    const euro = toRow('EUR', currencies['EUR'] ?? {})
    expect(reverse.map(({ users = null }) => users)).toEqual([
      [{ ...toRow('ch', countries['ch'] ?? {}), currency: toRow('CHF', currencies['CHF'] ?? {}) }],
      ['de', 'fr'].map((key) => ({ ...toRow(key, countries[key] ?? {}), currency: euro })),
      [],
    ])
  })

  test('of included records only what is selected, beside key and revision', () => {
    const [row] = run({
      where: { op: 'eq', left: field('$id'), right: { value: 'ch' } },
      include: {
        money: {
          column: 'currency',
          select: { name: field('title'), none: field('nothing'), two: { value: 2 } },
        },
      },
    })
    const { $id, $rev } = toRow('CHF', currencies['CHF'] ?? {})
    expect(row?.['money']).toEqual({ $id, $rev, name: 'Franc', two: 2 })
  })

  test('includes through columns that list keys, in both directions', () => {
    const tables = new Map([
      ['countries', createTable(['ch', 'de'].map((key) => toRow(key, countries[key] ?? {})))],
      ['languages', createTable(['de', 'fr', 'xx'].map((key) => toRow(key, { name: key })))],
    ])
    const listed: QueryContext = {
      shapeOf: ({ collection }) =>
        collection === 'languages'
          ? {}
          : { columns: shape({ langs: { type: '[]string', references: 'languages' }, name: 'string' }) },
      tableOf: ({ collection }) => tables.get(collection) ?? expect.unreachable(),
    }
    const names = (rows: unknown): unknown =>
      Array.isArray(rows) && rows.map((row: RecordValue) => row['$id'])
    const forward = runQuery(query({ include: { spoken: { column: 'langs' } } }), listed).page.rows
    expect(forward.map((row) => names(row['spoken']))).toEqual([['de', 'fr'], ['de']])
    const include = { in: { collection: 'countries', column: 'langs' } }
    const reverse = runQuery(query({ from: { collection: 'languages', alias: '' }, include }), listed).page
      .rows
    expect(reverse.map((row) => names(row['in']))).toEqual([['ch', 'de'], ['ch'], []])
  })

  test('pages by text of any length', () => {
    const long = createTable(['a', 'b'].map((key) => toRow(key, { name: key.repeat(200_000) })))
    const places = { ...context(), tableOf: () => long }
    const byName = query({ limit: 1, orderBy: [{ by: field('name'), direction: 'desc' }] })
    const { next } = runQuery(byName, places).page
    expect(runQuery({ ...byName, after: next }, places).page.rows.map(({ $id }) => $id)).toEqual(['a'])
  })
})
