import { expect, test } from 'vitest'
import { queryVersion, type Condition, type Expression, type Query } from '../../src/protocol/query.ts'
import { withNormalKeys, withNormalParents } from './normal-keys.ts'
import { sourcesIn } from './query-parts.ts'

const $id = { field: ['$id'] }
const queryOf = (...of: readonly Condition[]): Query => ({
  version: queryVersion,
  from: { collection: 'people', alias: 'p', parent: 'é' },
  joins: [
    {
      kind: 'inner',
      source: { collection: 'teams', alias: 't' },
      on: [{ left: { field: ['team'], from: 'p' }, right: { field: ['$id'], from: 't' } }],
    },
  ],
  where: { op: 'and', of },
  include: { team: { column: 'team', where: { op: 'in', left: $id, value: ['a', 7, null] } } },
})

const shape = { columns: new Map([['team', { type: 'string', references: 'teams' }]]), parent: 'firms' }
const normal = (query: Query, isDeclared = false): Query =>
  withNormalKeys(withNormalParents(query), sourcesIn(query), () => (isDeclared ? shape : {}))

test('a query that has its keys in their form is answered as it is', () => {
  const query = queryOf(
    { op: 'not', of: { op: 'eq', left: $id, right: { value: 'Müller' } } },
    { op: 'between', left: $id, value: ['a', 'z'] },
    { op: 'notIn', left: $id, value: ['Łódź', '日本', '🦊'] },
    { op: 'lt', left: { value: null }, right: $id },
    { op: 'startsWith', left: { field: ['names', '$id'] }, value: 'e\u0301' },
    { op: 'eq', left: { fn: 'upper', of: [{ field: ['name'] }] }, right: { value: 'e\u0301' } },
    { op: 'hasAll', left: { field: ['team'] }, value: ['e\u0301'] },
    { op: 'isNull', left: $id, value: false },
    { op: 'eq', left: $id, right: { field: ['name'] } },
    { op: 'search', text: 'e\u0301' },
  )
  expect(normal(query)).toBe(query)
})

test('what has other keys is another query; the one that was given stays', () => {
  const text = JSON.stringify(
    queryOf(
      { op: 'or', of: [{ op: 'gte', left: { value: 'e\u0301' }, right: $id }] },
      { op: 'eq', left: { fn: 'coalesce', of: [$id, { field: ['name'] }] }, right: { value: 'e\u0301' } },
      { op: 'between', left: $id, value: ['a', 'e\u0301'] },
    ),
  )
  const query = JSON.parse(text) as Query
  expect(JSON.stringify(normal(query))).toBe(text.replaceAll('e\u0301', 'é'))
  expect(JSON.stringify(query)).toBe(text)
})

test('foreign keys are read as keys, wherever a query names them', () => {
  const column = (from?: string): Expression => ({ field: ['team'], ...(from !== undefined && { from }) })
  const where: Condition = { op: 'has', left: column(), value: 'e\u0301' }
  const plain: Query = {
    version: queryVersion,
    from: { collection: 'people', alias: '' },
    where,
    groupBy: [column()],
    having: { op: 'ne', left: { value: ['e\u0301', 1] }, right: { aggregate: 'max', of: column() } },
    select: { team: column(), name: { field: ['name'] } },
    orderBy: [{ by: { fn: 'lower', of: [column()] }, direction: 'asc' }],
  }
  const text = JSON.stringify(normal(plain, true))
  expect(text.match(/"field":\["team","\\u0000"\]/g)).toHaveLength(5)
  expect(text).not.toContain('e\u0301')
  expect(text).toContain('{"field":["name"]}')
  // In a join the right side needs no name for its own source.
  const joined = normal(
    {
      version: queryVersion,
      from: { collection: 'firms', alias: 'f' },
      joins: [
        {
          kind: 'left',
          source: { collection: 'people', alias: 'p' },
          on: [{ left: { field: ['boss'] }, right: column() }],
        },
      ],
      where: { op: 'eq', left: column('f'), right: column('p') },
    },
    true,
  )
  expect(JSON.stringify(joined).match(/\["team","\\u0000"\]/g)).toHaveLength(3)
})
