import { describe, expect, test } from 'vitest'
import { isEspalierError } from '../../protocol/errors.ts'
import type { Condition, Expression } from '../../protocol/query.ts'
import { compileAggregate } from './compile-aggregate.ts'
import { compileFind } from './compile-find.ts'
import { compileWhere } from './compile-where.ts'
import { wholeKeys } from './own-keys.ts'

const items = { collection: 'items', parent: undefined }
const from = { collection: 'items', alias: '' }
const price: Expression = { field: ['price'] }
const is = (value: number): Condition => ({ op: 'eq', left: price, right: { value } })

/** What a call is refused with. */
function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (isEspalierError(error, 'query/invalid')) return error.message
    throw error
  }
  throw new Error('It was not refused.')
}

describe('conditions', () => {
  test.each<[string, unknown, Condition]>([
    ['a value is equal', { price: 3 }, is(3)],
    ['null is null or missing', { price: null }, { op: 'isNull', left: price, value: true }],
    ['so does eq', { price: { eq: null } }, { op: 'isNull', left: price, value: true }],
    ['ne is the opposite', { price: { ne: null } }, { op: 'isNull', left: price, value: false }],
    [
      'everything given must hold',
      { price: { gt: 1, lte: 5 }, tags: { has: 'a' } },
      {
        op: 'and',
        of: [
          { op: 'gt', left: price, right: { value: 1 } },
          { op: 'lte', left: price, right: { value: 5 } },
          { op: 'has', left: { field: ['tags'] }, value: 'a' },
        ],
      },
    ],
    ['nothing is true', {}, { op: 'and', of: [] }],
    [
      'nested paths',
      { 'names.en': 'x' },
      { op: 'eq', left: { field: ['names', 'en'] }, right: { value: 'x' } },
    ],
    [
      'steps in a pair',
      [['names', 'zh.Hant'], 'x'],
      { op: 'eq', left: { field: ['names', 'zh.Hant'] }, right: { value: 'x' } },
    ],
    [
      'a pair for a column called or',
      [['or'], 1],
      { op: 'eq', left: { field: ['or'] }, right: { value: 1 } },
    ],
    [
      'or, and, not',
      { or: [{ price: 1 }, { and: [{ price: 2 }, { not: { price: 3 } }] }] },
      { op: 'or', of: [is(1), { op: 'and', of: [is(2), { op: 'not', of: is(3) }] }] },
    ],
    ['not of a field', { price: { not: { eq: 3 } } }, { op: 'not', of: is(3) }],
    ['library names', { $id: 'a' }, { op: 'eq', left: { field: ['$id'] }, right: { value: 'a' } }],
    [
      'text without case',
      { name: { contains: 'x', ignoreCase: true } },
      { op: 'contains', left: { field: ['name'] }, value: 'x', ignoreCase: true },
    ],
    [
      'a field named __proto__',
      JSON.parse('{"__proto__": 1}'),
      { op: 'eq', left: { field: ['__proto__'] }, right: { value: 1 } },
    ],
    ['Mongo: comparisons', { price: { $gte: 3 } }, { op: 'gte', left: price, right: { value: 3 } }],
    ['Mongo: $nin', { price: { $nin: [1, null] } }, { op: 'notIn', left: price, value: [1, null] }],
    ['Mongo: $all', { tags: { $all: ['a'] } }, { op: 'hasAll', left: { field: ['tags'] }, value: ['a'] }],
    ['Mongo: $exists', { price: { $exists: false } }, { op: 'exists', left: price, value: false }],
    [
      'Mongo: $regex with $options',
      { name: { $regex: '^a', $options: 'i' } },
      { op: 'matches', left: { field: ['name'] }, value: '^a', ignoreCase: true },
    ],
    ['a pattern', { name: /^a/u }, { op: 'matches', left: { field: ['name'] }, value: '^a' }],
    [
      'Mongo: $size',
      { tags: { $size: 2 } },
      {
        op: 'and',
        of: [
          { op: 'hasAll', left: { field: ['tags'] }, value: [] },
          { op: 'eq', left: { fn: 'length', of: [{ field: ['tags'] }] }, right: { value: 2 } },
        ],
      },
    ],
    [
      'Mongo: $or, $nor, $not',
      { $or: [{ price: 1 }, { $nor: [{ price: 2 }] }, { price: { $not: { $eq: 3 } } }] },
      {
        op: 'or',
        of: [is(1), { op: 'not', of: { op: 'or', of: [is(2)] } }, { op: 'not', of: is(3) }],
      },
    ],
  ])('%s', (_, where, expected) => {
    expect(compileWhere(where)).toEqual(expected)
  })

  test.each<[string, unknown, string]>([
    ['a forgotten value', { price: undefined }, 'price'],
    ['a forgotten operand', { price: { gt: undefined } }, 'undefined'],
    ['an empty filter', { price: {} }, 'price'],
    ['a Mongo operator without counterpart', { price: { $mod: [2, 0] } }, '$mod'],
    ['$where', { $where: 'true' }, '$where'],
    ['$elemMatch', { tags: { $elemMatch: { a: 1 } } }, '$elemMatch'],
    ['a misspelt operator', { price: { gtt: 1 } }, 'gtt'],
    ['a Date', { price: { gt: new Date(0) } }, '.slice(0, 10)'],
    ['a Set', { price: { in: new Set([1]) } }, '[object Set]'],
    ['NaN', { price: Number.NaN }, 'NaN'],
    ['text where a list belongs', { price: { in: 'abc' } }, 'list'],
    ['three ends of a range', { price: { between: [1, 2, 3] } }, 'list of 2'],
    ['or without a list', { or: { price: 1 } }, 'list'],
    ['no conditions at all', 'price > 3', 'where'],
    ['a path with an empty step', { 'names.': 1 }, 'names.'],
    ['flags without counterpart', { name: /a/m }, 'flag m'],
    ['$options without counterpart', { name: { $regex: 'a', $options: 'x' } }, '$options'],
  ])('%s is refused', (_, where, named) => {
    expect(refusal(() => compileWhere(where))).toContain(named)
  })

  test('below one parent, keys in conditions are made whole', () => {
    const $id = { field: ['$id'] }
    const where = compileWhere({ or: [{ $id: 'a/b' }, { $id: { in: ['c'] } }], price: 1 })
    expect(wholeKeys(where, 'p')).toEqual({
      op: 'and',
      of: [
        {
          op: 'or',
          of: [
            { op: 'eq', left: $id, right: { value: 'p/a%2Fb' } },
            { op: 'in', left: $id, value: ['p/c'] },
          ],
        },
        is(1),
      ],
    })
    expect(refusal(() => wholeKeys(compileWhere({ $id: { endsWith: 'x' } }), 'p'))).toContain('endsWith')
  })
})

describe('queries', () => {
  test('without options all rows', () => {
    expect(compileFind(items)).toEqual({ version: 1, from })
    expect(compileFind(items, { where: undefined, limit: undefined })).toEqual({ version: 1, from })
  })

  test('with every option', () => {
    const query = compileFind(
      { collection: 'items', parent: 'p' },
      {
        where: { price: 1 },
        orderBy: ['name', { price: 'desc', size: { nulls: 'first', locale: 'de' } }, [['a.b'], 'desc']],
        limit: 10,
        offset: 5,
        after: 'cursor',
        select: ['name', 'names.en'],
        include: {
          kind: true,
          parts: {
            collection: 'parts',
            column: 'item',
            where: { size: 1 },
            orderBy: 'size',
            limit: 3,
            include: { maker: true },
          },
        },
        at: new Date(5),
      },
    )
    expect(query).toEqual({
      version: 1,
      from: { ...from, parent: 'p', at: 5 },
      where: is(1),
      orderBy: [
        { by: { field: ['name'] }, direction: 'asc' },
        { by: price, direction: 'desc' },
        { by: { field: ['size'] }, direction: 'asc', nulls: 'first', locale: 'de' },
        { by: { field: ['a.b'] }, direction: 'desc' },
      ],
      limit: 10,
      offset: 5,
      after: 'cursor',
      select: { name: { field: ['name'] }, 'names.en': { field: ['names', 'en'] } },
      include: {
        kind: { column: 'kind' },
        parts: {
          column: 'item',
          collection: 'parts',
          where: { op: 'eq', left: { field: ['size'] }, right: { value: 1 } },
          orderBy: [{ by: { field: ['size'] }, direction: 'asc' }],
          limit: 3,
          include: { maker: { column: 'maker' } },
        },
      },
    })
    expect(JSON.parse(JSON.stringify(query))).toEqual(query)
  })

  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['an unknown option', { were: {} }, 'were'],
    ['an include that is no request', { include: { kind: 'yes' } }, 'kind'],
    ['a moment that is none', { at: 5 }, 'at'],
  ])('%s is refused', (_, options, named) => {
    expect(refusal(() => compileFind(items, options))).toContain(named)
  })

  test('aggregates, by the names that they get', () => {
    const count = { aggregate: 'count' }
    const total = { aggregate: 'sum', of: price }
    const kind = { field: ['kind'] }
    expect(
      compileAggregate(items, {
        where: { price: 1 },
        groupBy: 'kind',
        count: true,
        sum: { total: 'price' },
        having: { total: { gt: 3 } },
        orderBy: { count: 'desc' },
        limit: 2,
      }),
    ).toEqual({
      version: 1,
      from,
      where: is(1),
      groupBy: [kind],
      having: { op: 'gt', left: total, right: { value: 3 } },
      select: { kind, count, total },
      orderBy: [{ by: count, direction: 'desc' }],
      limit: 2,
    })
    expect(compileAggregate(items, { max: 'price' }).select).toEqual({ max: { aggregate: 'max', of: price } })
  })

  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['no answer', { groupBy: 'kind' }, 'count'],
    ['one name twice', { groupBy: { count: 'kind' }, count: true }, 'one name'],
    ['having of no answer', { groupBy: 'kind', count: true, having: { price: 1 } }, 'price'],
    ['order by no answer', { count: true, orderBy: 'price' }, 'price'],
  ])('aggregates with %s are refused', (_, options, named) => {
    expect(refusal(() => compileAggregate(items, options))).toContain(named)
  })
})
