import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Condition, Expression, Query } from '../../src/protocol/query.ts'
import type { Json, Row } from '../../src/protocol/records.ts'
import { readLiveQuery } from './live-query.ts'
import type { CollectionShape, QueryContext } from './query-context.ts'
import { readQuery } from './read-query.ts'
import { anyNumber, anyRows, anyText } from './records.support.ts'
import { toRow } from './row.ts'
import { compileQuery, runQuery, type CompiledQuery } from './run-query.ts'
import { createTable, type Table } from './table.ts'

const typed = 'a\u0308'
const kept = 'ä'
/** Keys as files have them: composed, decomposed, and marks in another order than the normal one. */
const reference: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(kept, typed, 'q\u0307\u0323', 'q\u0323\u0307', '\u212b', 'Å', null, 1),
  anyText,
)
const people = anyRows({
  team: reference,
  teams: fc.array(reference, { maxLength: 3 }),
  age: anyNumber,
})

const shapes: { readonly [collection: string]: CollectionShape } = {
  people: {
    columns: new Map([
      ['team', { type: 'any', references: 'teams' }],
      ['teams', { type: 'any', references: 'teams' }],
      ['listed', { type: '[]string', references: 'teams' }],
      ['age', { type: 'any' }],
    ]),
  },
  teams: { columns: new Map([['name', { type: 'string' }]]) },
}

type Tables = Readonly<Record<string, Table>>

function contextOf(tables: Tables, indexes: 'always' | 'never', known = shapes): QueryContext {
  return {
    shapeOf: ({ collection }) => known[collection],
    tableOf: ({ collection }) => tables[collection] ?? expect.unreachable(),
    indexes,
  }
}

function tablesOf(rows: Readonly<Record<string, readonly Row[]>>): Tables {
  return Object.fromEntries(Object.entries(rows).map(([id, some]) => [id, createTable(some)]))
}

const normal = <One>(value: One): One => JSON.parse(JSON.stringify(value).normalize('NFC')) as One
const idsOf = (rows: readonly object[]): readonly unknown[] =>
  rows.map((row) => ({ ...row, $id: '', ...row }).$id)

const leaf: fc.Arbitrary<Condition> = fc
  .tuple(fc.constantFrom('team', 'teams', 'age'), reference, reference)
  .chain(([name, a, b]) => {
    const left: Expression = { field: [name] }
    return fc.constantFrom<Condition>(
      { op: 'eq', left, right: { value: a } },
      { op: 'ne', left: { value: a }, right: left },
      { op: 'eq', left, right: { value: [a, b] } },
      { op: 'gt', left, right: { value: a } },
      { op: 'lte', left, right: { value: a } },
      { op: 'between', left, value: [a, b] },
      { op: 'in', left, value: [a, b] },
      { op: 'notIn', left, value: [a, b] },
      { op: 'has', left, value: a },
      { op: 'hasAll', left, value: [a, b] },
      { op: 'startsWith', left, value: String(a) },
      { op: 'endsWith', left: { fn: 'lower', of: [left] }, value: String(a) },
      { op: 'eq', left: { field: ['team'] }, right: { field: ['teams', '0'] } },
    )
  })
const where: fc.Arbitrary<Condition> = fc.oneof(
  leaf,
  fc.record({ op: fc.constantFrom('and', 'or'), of: fc.array(leaf, { maxLength: 3 }) }),
  leaf.map((of) => ({ op: 'not' as const, of })),
)

test('every way to the rows finds those that it would find if files had keys as they are kept (seed 61)', () => {
  fc.assert(
    fc.property(
      people,
      people,
      where,
      fc.constantFrom<Query['orderBy']>(
        undefined,
        [{ by: { field: ['team'] }, direction: 'asc' }],
        [
          { by: { field: ['team'] }, direction: 'desc' },
          { by: { field: ['age'] }, direction: 'asc' },
        ],
      ),
      fc.constantFrom(undefined, 2),
      (rows, later, condition, orderBy, limit) => {
        const query: Query = {
          version: 1,
          from: { collection: 'people', alias: '' },
          where: condition,
          ...(orderBy && { orderBy }),
          ...(limit && { limit }),
        }
        // Nothing is declared where everything is normal.
        const expected = (some: readonly Row[]): readonly unknown[] =>
          idsOf(
            runQuery(normal(query), contextOf(tablesOf({ people: normal(some) }), 'never', { people: {} }))
              .page.rows,
          )
        const tables = tablesOf({ people: rows })
        for (const indexes of ['never', 'always'] as const)
          expect(idsOf(runQuery(query, contextOf(tables, indexes)).page.rows)).toEqual(expected(rows))
        // Indexes that are there follow.
        tables['people']?.apply(later.map((row) => ({ key: row.$id, row })))
        const now = tables['people']?.rows() ?? []
        for (const indexes of ['never', 'always'] as const)
          expect(idsOf(runQuery(query, contextOf(tables, indexes)).page.rows)).toEqual(expected(now))
      },
    ),
    { seed: 61, numRuns: 150 },
  )
})

const rows = {
  people: [
    toRow('p1', { team: kept, listed: [kept, 'b'] }),
    toRow('p2', { team: typed, listed: ['b', typed] }),
    toRow('p3', { team: 'b' }),
  ],
  teams: [toRow('b', { name: 'B' }), toRow(kept, { name: typed })],
}

test.each(['always', 'never'] as const)(
  'joins, groups and includes pair letters that are the same (%s)',
  (indexes) => {
    const context = contextOf(tablesOf(rows), indexes)
    const run = (query: Omit<Query, 'version'>): readonly object[] =>
      runQuery({ version: 1, ...query }, context).page.rows
    const of = (from: string, ...field: readonly string[]): Expression => ({ field, from })
    const teams = { collection: 'teams', alias: 't' }
    const members = { collection: 'people', alias: 'p' }
    const pairs = [
      { p: 'p1', t: kept },
      { p: 'p2', t: kept },
      { p: 'p3', t: 'b' },
    ]
    const select = { p: of('p', '$id'), t: of('t', '$id') }
    const on = [{ left: of('p', 'team'), right: of('t', '$id') }]
    expect(run({ from: members, joins: [{ kind: 'inner', source: teams, on }], select })).toEqual(pairs)
    const back = [{ left: of('t', '$id'), right: of('p', 'team') }]
    const reversed = run({ from: teams, joins: [{ kind: 'left', source: members, on: back }], select })
    expect(reversed).toHaveLength(3)
    expect(reversed).toEqual(expect.arrayContaining(pairs))

    const team = { field: ['team'] }
    const groups = { from: { collection: 'people', alias: '' }, groupBy: [team] }
    const count = { aggregate: 'count' } as const
    expect(run({ ...groups, select: { team, n: count } })).toEqual([
      { team: 'b', n: 1 },
      { team: kept, n: 2 },
    ])

    const from = { collection: 'teams', alias: '' }
    const one = { collection: 'people', column: 'team', select: { team } } as const
    const included = run({ from, include: { one, listed: { collection: 'people', column: 'listed' } } })
    expect(included).toMatchObject([
      { one: [{ $id: 'p3' }], listed: [{ $id: 'p1' }, { $id: 'p2' }] },
      { one: [{ $id: 'p1' }, { $id: 'p2' }], listed: [{ $id: 'p1' }, { $id: 'p2' }] },
    ])
    // A query that names a column gets keys; a whole row is what its file says.
    expect(included[1]).toMatchObject({
      one: [{ team: kept }, { team: kept }],
      listed: [{}, { team: typed }],
    })
    const nested = {
      team: { column: 'team', where: { op: 'eq', left: { field: ['$id'] }, right: { value: typed } } },
    } as const
    expect(run({ from: { collection: 'people', alias: '' }, include: nested })).toMatchObject([
      { team: { name: typed } },
      { team: { name: typed } },
      { team: null },
    ])
  },
)

test('a plan names the index as its query does', () => {
  const query: Query = {
    version: 1,
    from: { collection: 'people', alias: '' },
    where: { op: 'eq', left: { field: ['team'] }, right: { value: typed } },
  }
  const { plan, page } = runQuery(query, contextOf(tablesOf(rows), 'always'))
  expect(plan).toMatchObject({ access: 'hash', index: ['team'] })
  expect(page.rows).toHaveLength(2)
})

test('a live query follows a row whose reference changes its letters only, and one that comes', () => {
  const tables = tablesOf(rows)
  const context = contextOf(tables, 'always')
  const compile = (query: Omit<Query, 'version'>): CompiledQuery =>
    compileQuery(readQuery({ version: 1, ...query }), context)
  const condition: Condition = { op: 'in', left: { field: ['team'] }, value: [typed, 'x'] }
  const live = readLiveQuery(
    compile({ from: { collection: 'people', alias: '' }, where: condition, limit: 3 }),
    context,
  )
  expect(idsOf(live.rows)).toEqual(['p1', 'p2'])
  const apply = (...changed: readonly Row[]): void => {
    const changes = tables['people']?.apply(changed.map((row) => ({ key: row.$id, row }))) ?? []
    expect(live.follow(new Map([['people', changes]]))).toBe('changed')
  }
  apply(toRow('p1', { team: typed }), toRow('p0', { team: typed }))
  expect(idsOf(live.rows)).toEqual(['p0', 'p1', 'p2'])
  apply(toRow('p2', { team: 'b' }))
  expect(idsOf(live.rows)).toEqual(['p0', 'p1'])
})
