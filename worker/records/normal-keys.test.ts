import { expect, test } from 'vitest'
import { queryVersion, type Condition, type Query } from '../../src/protocol/query.ts'
import { withNormalKeys } from './normal-keys.ts'

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

test('a query that has its keys in their form is answered as it is', () => {
  const query = queryOf(
    { op: 'not', of: { op: 'eq', left: $id, right: { value: 'Müller' } } },
    { op: 'between', left: $id, value: ['a', 'z'] },
    { op: 'notIn', left: $id, value: ['Łódź', '日本', '🦊'] },
    { op: 'lt', left: { value: null }, right: $id },
    { op: 'startsWith', left: { field: ['names', '$id'] }, value: 'e\u0301' },
    { op: 'eq', left: { fn: 'upper', of: [$id] }, right: { value: 'e\u0301' } },
    { op: 'eq', left: $id, right: { field: ['name'] } },
    { op: 'search', text: 'e\u0301' },
  )
  expect(withNormalKeys(query)).toBe(query)
})

test('what has other keys is another query; the one that was given stays', () => {
  const text = JSON.stringify(
    queryOf(
      { op: 'or', of: [{ op: 'gte', left: { value: 'e\u0301' }, right: $id }] },
      { op: 'between', left: { field: ['$parent'] }, value: ['a', 'e\u0301'] },
    ),
  )
  const query = JSON.parse(text) as Query
  expect(JSON.stringify(withNormalKeys(query))).toBe(text.replaceAll('e\u0301', 'é'))
  expect(JSON.stringify(query)).toBe(text)
})
