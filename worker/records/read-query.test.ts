import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EspalierError } from '../../src/protocol/errors.ts'
import type { QueryContext } from './query-context.ts'
import { runQuery } from './run-query.ts'
import { toRow } from './row.ts'
import { createTable } from './table.ts'

const from = { collection: 'people', alias: 'p' }
const shapes: Readonly<Record<string, ReturnType<QueryContext['shapeOf']>>> = {
  people: {
    columns: new Map([
      ['name', { type: 'string' }],
      ['age', { type: 'int' }],
      ['born', { type: 'date' }],
      ['tags', { type: '[]string' }],
      ['names', { type: 'map[locale]string' }],
      ['team', { type: 'string', references: 'teams' }],
    ]),
  },
  teams: {},
}
const table = createTable([toRow('a', { name: 'Ada', age: 36 })])
const context: QueryContext = {
  shapeOf: ({ collection }) => (Object.hasOwn(shapes, collection) ? shapes[collection] : undefined),
  tableOf: () => table,
}
const field = (...path: readonly string[]): unknown => ({ field: path })
const value = (json: unknown): unknown => ({ value: json })

/** The code and place of what is wrong with a query. */
function fault(parts: unknown): string {
  const query = typeof parts === 'object' ? { version: 1, from, ...parts } : parts
  try {
    runQuery(query, context)
  } catch (error) {
    if (!(error instanceof EspalierError)) throw error
    const { path } = error.data
    return `${error.code} ${Array.isArray(path) ? path.join('.') : ''}`.trim()
  }
  return 'fine'
}
const where = (condition: unknown): string => fault({ where: condition })

describe('a query that is not well formed is refused, its place named', () => {
  test.each([
    ['text', 'a query', 'query/invalid'],
    ['another version', { version: 2 }, 'query/invalid version'],
    ['an unknown part', { filter: {} }, 'query/invalid'],
    ['no source', { from: undefined }, 'query/invalid'],
    ['a source without a name', { from: { collection: 'people' } }, 'query/invalid from'],
    ['a limit that is no number', { limit: '5' }, 'query/invalid limit'],
    ['a negative offset', { offset: -1 }, 'query/invalid offset'],
    ['a list as condition', { where: [] }, 'query/invalid where'],
    ['an operator of Object.prototype', { where: { op: 'constructor' } }, 'query/invalid where.op'],
    ['an order without direction', { orderBy: [{ by: field('name') }] }, 'query/invalid orderBy.0'],
    [
      'a locale that is none',
      { orderBy: [{ by: field('name'), direction: 'asc', locale: 'not a tag' }] },
      'query/invalid orderBy.0.locale',
    ],
    ['an unknown function', { select: { x: { fn: 'eval', of: [] } } }, 'query/invalid select.x.fn'],
    ['a function without operands', { select: { x: { fn: 'add', of: [] } } }, 'query/invalid select.x.of'],
    ['two expressions in one', { select: { x: { field: ['a'], value: 1 } } }, 'query/invalid select.x'],
    [
      'an expression that names another and leaves it out',
      { select: { x: { field: undefined, value: 1 } } },
      'query/invalid select.x',
    ],
    [
      'a condition that names what others have and leaves it out',
      { where: { op: 'and', left: undefined, of: [] } },
      'query/invalid where',
    ],
    ['an expression without its value', { select: { x: { value: undefined } } }, 'query/invalid select.x'],
    ['a name of the library', { select: { $x: field('name') } }, 'query/invalid select.$x'],
    ['an empty path', { select: { x: field() } }, 'query/invalid select.x.field'],
    ['a value that is no JSON', { select: { x: value(Number.NaN) } }, 'query/invalid select.x.value'],
    ['both cursors', { after: 'x', before: 'y' }, 'query/invalid before'],
    ['a damaged cursor', { after: '%%%' }, 'query/bad-cursor after'],
    ['groups without a selection', { groupBy: [field('name')] }, 'query/invalid select'],
    [
      'having without groups',
      { having: { op: 'isNull', left: field('age'), value: true } },
      'query/invalid having',
    ],
    [
      'a field outside its group',
      { groupBy: [field('name')], select: { age: field('age') } },
      'query/invalid select.age',
    ],
    [
      'an aggregate in a filter',
      { where: { op: 'gt', left: { aggregate: 'count' }, right: value(1) } },
      'query/invalid where.left',
    ],
    [
      'an alias that is none',
      { where: { op: 'isNull', left: { field: ['age'], from: 'x' }, value: true } },
      'query/invalid where.left.from',
    ],
    [
      'an include of no foreign key',
      { include: { x: { column: 'name' } } },
      'query/invalid include.x.column',
    ],
    [
      'a selection of an include that is not there',
      { include: { x: { column: 'name', collection: 'people', select: { y: field('nmae') } } } },
      'query/unknown-column include.x.select.y',
    ],
    [
      'a name of the library in an include',
      { include: { x: { column: 'name', collection: 'people', select: { $y: field('name') } } } },
      'query/invalid include.x.select.$y',
    ],
    [
      'an aggregate in an include',
      { include: { x: { column: 'name', collection: 'people', select: { y: { aggregate: 'count' } } } } },
      'query/invalid include.x.select.y',
    ],
    [
      'definitions of another day',
      { from: { ...from, at: 'main', schema: 'today' } },
      'query/invalid from.schema',
    ],
    [
      'a join of two sources with one name',
      {
        joins: [
          {
            kind: 'inner',
            source: from,
            on: [{ left: { field: ['name'], from: 'p' }, right: { field: ['name'], from: 'p' } }],
          },
        ],
      },
      'query/invalid joins.0.source.alias',
    ],
  ])('%s', (_, parts, expected) => {
    expect(fault(parts)).toBe(expected)
  })

  test('patterns that cannot run in linear time, with the reason', () => {
    expect(where({ op: 'matches', left: field('name'), value: String.raw`(a)\1` })).toBe('query/invalid')
    expect(where({ op: 'matches', left: field('name'), value: '(a+)+$' })).toBe('fine')
  })

  test('what is nested too deeply or too large, in bounded time', () => {
    const deep = (levels: number): unknown =>
      Array.from({ length: levels }).reduce<unknown>((of) => ({ op: 'not', of }), {
        op: 'isNull',
        left: field('age'),
        value: true,
      })
    expect(where(deep(20))).toBe('fine')
    expect(where(deep(10_000))).toMatch(/^query\/invalid/)
    const nested: unknown = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`)
    expect(where({ op: 'eq', left: field('tags'), right: value(nested) })).toMatch(/^query\/invalid/)
    const many = Array.from({ length: 100_001 }, (_, index) => index)
    expect(where({ op: 'in', left: field('age'), value: many.slice(1) })).toBe('fine')
    const keys = many.slice(1).map((n) => `key ${n}`)
    expect(where({ op: 'not', of: { op: 'in', left: field('$id'), value: keys } })).toBe('fine')
    const lists = many.slice(0, 60_000).map((n) => [n])
    expect(where({ op: 'in', left: field('tags'), value: lists })).toBe('query/invalid where.value')
    expect(where({ op: 'in', left: field('age'), value: many })).toBe('query/invalid where.value')
    expect(
      fault({ select: Object.fromEntries(many.slice(0, 2000).map((n) => [`f${n}`, field('age')])) }),
    ).toBe('query/invalid select')
    expect(where({ op: 'contains', left: field('name'), value: 'x'.repeat(100_000) })).toBe(
      'query/invalid where.value',
    )
  })

  test('never throws anything but an error of ours (seed 61)', () => {
    const word = fc.constantFrom(
      'op',
      'of',
      'left',
      'right',
      'value',
      'field',
      'fn',
      'from',
      '__proto__',
      'toString',
      'and',
      'eq',
      'collection',
      'alias',
      'by',
    )
    const junk = fc.letrec<{ junk: unknown }>((tie) => ({
      junk: fc.oneof(
        { maxDepth: 4 },
        word,
        fc.constantFrom(null, 1, true, undefined),
        fc.array(tie('junk'), { maxLength: 3 }),
        fc.array(fc.tuple(word, tie('junk')), { maxLength: 4 }).map((pairs) => Object.fromEntries(pairs)),
      ),
    })).junk
    const part = fc.constantFrom(
      'from',
      'joins',
      'where',
      'groupBy',
      'having',
      'select',
      'orderBy',
      'include',
      'after',
    )
    fc.assert(
      fc.property(part, junk, (name, given) => {
        expect(fault({ [name]: given })).toMatch(/^fine$|^(query|record)\//)
      }),
      { seed: 61, numRuns: 1000 },
    )
  })
})

describe('a query that asks for what is not there is refused', () => {
  test('collections', () => {
    expect(fault({ from: { collection: 'nobody', alias: '' } })).toBe(
      'record/collection-missing from.collection',
    )
    expect(fault({ from: { collection: '__proto__', alias: '' } })).toBe(
      'record/collection-missing from.collection',
    )
    const include = { x: { column: 'name', collection: 'nobody' } }
    expect(fault({ include })).toBe('record/collection-missing include.x.collection')
  })

  test('columns, with those that are close', () => {
    expect(where({ op: 'isNull', left: field('nmae'), value: true })).toBe('query/unknown-column where.left')
    expect(() =>
      runQuery({ version: 1, from, orderBy: [{ by: field('agee'), direction: 'asc' }] }, context),
    ).toThrow('Did you mean "age"?')
    expect(() =>
      runQuery({ version: 1, from, where: { op: 'isNull', left: field('nmae'), value: true } }, context),
    ).toThrow('Did you mean "name"?')
    expect(where({ op: 'isNull', left: field('$idd'), value: true })).toBe('query/unknown-column where.left')
    expect(where({ op: 'isNull', left: field('name', 'first'), value: true })).toBe(
      'query/unknown-column where.left',
    )
    expect(where({ op: 'isNull', left: field('names', 'en'), value: true })).toBe('fine')
    expect(where({ op: 'isNull', left: field('$status'), value: true })).toBe('fine')
    expect(
      fault({ from: { collection: 'teams', alias: '' }, orderBy: [{ by: field('any'), direction: 'asc' }] }),
    ).toBe('fine')
  })

  test('operands that can never match', () => {
    const compared = (op: string, column: string, operand: unknown): string =>
      where({ op, left: field(column), right: value(operand) })
    expect(compared('eq', 'age', '36')).toBe('query/bad-operand where.right')
    expect(() =>
      runQuery({ version: 1, from, where: { op: 'gt', left: field('age'), right: value('x') } }, context),
    ).toThrow('"age" holds a number, and is compared with text.')
    expect(fault({ select: { total: { aggregate: 'sum', of: field('name') } } })).toBe(
      'query/bad-operand select.total.aggregate',
    )
    expect(fault({ select: { total: { aggregate: 'avg', of: field('age') } } })).toBe('fine')
    expect(compared('gt', 'born', 1_700_000_000)).toBe('query/bad-operand where.right')
    expect(compared('gt', 'born', '2024-01-05')).toBe('fine')
    expect(compared('ne', 'age', null)).toBe('fine')
    expect(compared('eq', 'tags', 'x')).toBe('query/bad-operand where.right')
    expect(compared('eq', 'tags', ['x'])).toBe('fine')
    expect(where({ op: 'in', left: field('age'), value: [1, 'x'] })).toBe('query/bad-operand where.value.1')
    expect(where({ op: 'has', left: field('name'), value: 'x' })).toBe('query/bad-operand where.op')
    expect(where({ op: 'has', left: field('tags'), value: 1 })).toBe('query/bad-operand where.value')
    expect(where({ op: 'contains', left: field('age'), value: '3' })).toBe('query/bad-operand where.op')
    expect(where({ op: 'eq', left: field('age'), right: field('name') })).toBe(
      'query/bad-operand where.right',
    )
    expect(where({ op: 'eq', left: { fn: 'length', of: [field('name')] }, right: value('x') })).toBe(
      'query/bad-operand where.right',
    )
  })

  test('what is no status of a row', () => {
    const status = field('$status')
    const refused = 'query/bad-operand where.'
    expect(where({ op: 'eq', left: status, right: value('dirty') })).toBe(`${refused}right`)
    expect(where({ op: 'ne', left: value('dirty'), right: status })).toBe(`${refused}left`)
    expect(where({ op: 'in', left: status, value: ['added', 'new'] })).toBe(`${refused}value.1`)
    expect(where({ op: 'notIn', left: status, value: ['new'] })).toBe(`${refused}value.0`)
    expect(() =>
      runQuery({ version: 1, from, where: { op: 'eq', left: status, right: value('dirty') } }, context),
    ).toThrow(
      '"$status" holds one of clean, added, modified, deleted, conflict, saving, and is compared with "dirty".',
    )
    for (const known of ['clean', 'added', 'modified', 'deleted', 'conflict', 'saving', null])
      expect(where({ op: 'eq', left: status, right: value(known) })).toBe('fine')
    expect(where({ op: 'eq', left: field('name'), right: value('dirty') })).toBe('fine')
  })

  test('search without an index, the plug-in named', () => {
    expect(() => runQuery({ version: 1, from, where: { op: 'search', text: 'ada' } }, context)).toThrow(
      'espalier/search',
    )
    expect(where({ op: 'search', text: 'ada' })).toBe('query/search-missing where')
  })
})

describe('cursors', () => {
  const page = { version: 1, from, limit: 1, orderBy: [{ by: field('name'), direction: 'asc' }] }
  const two = createTable([toRow('a', { name: 'Ada' }), toRow('b', { name: 'Bob' })])
  const places: QueryContext = { ...context, tableOf: () => two }

  test('of another query are refused, of another page of the same query are not', () => {
    const { next } = runQuery(page, places).page
    expect(next).toMatch(/^[\w-]+$/)
    expect(runQuery({ ...page, limit: 5, after: next }, places).page.rows).toHaveLength(1)
    const other = { ...page, orderBy: [{ by: field('age'), direction: 'asc' }], after: next }
    expect(() => runQuery(other, places)).toThrow('comes from another query')
    expect(() => runQuery({ ...page, after: `${next}x` }, places)).toThrow('is damaged')
  })

  test('stand where they stood when their row is gone', () => {
    const { next } = runQuery(page, places).page
    two.apply([{ key: 'a', row: undefined }])
    expect(runQuery({ ...page, after: next }, places).page.rows.map(({ $id }) => $id)).toEqual(['b'])
  })
})

describe('a search', () => {
  const rows = createTable(['a', 'b', 'c'].map((key) => toRow(key, { age: 1 })))
  const searching: QueryContext = {
    ...context,
    tableOf: () => rows,
    searchIndexOf: () => ({
      search: (text) =>
        text === 'ada'
          ? [
              ['b', 2],
              ['c', 5],
              ['gone', 9],
            ]
          : [],
    }),
  }
  const found = (parts: object): readonly unknown[] =>
    runQuery({ version: 1, from, ...parts }, searching).page.rows.map(({ $id }) => $id)

  test('gives its hits by rank, or in the order that is asked for, and stands among other conditions', () => {
    const search = { op: 'search', text: 'ada' }
    expect(found({ where: search })).toEqual(['c', 'b'])
    expect(found({ where: search, orderBy: [{ by: field('$id'), direction: 'asc' }] })).toEqual(['b', 'c'])
    expect(found({ where: { op: 'not', of: search } })).toEqual(['a'])
    expect(
      found({ where: { op: 'and', of: [search, { op: 'eq', left: field('$id'), right: value('b') }] } }),
    ).toEqual(['b'])
    const { next } = runQuery({ version: 1, from, where: search, limit: 1 }, searching).page
    expect(found({ where: search, limit: 1, after: next })).toEqual(['b'])
  })
})
