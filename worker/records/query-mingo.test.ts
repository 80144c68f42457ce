import fc from 'fast-check'
import { Query as MingoQuery } from 'mingo'
import { describe, expect, test } from 'vitest'
import type { Condition, Query } from '../../src/protocol/query.ts'
import type { Json, Row } from '../../src/protocol/records.ts'
import { anyNumber, anyRows, anyText } from './records.support.ts'
import { toRow } from './row.ts'
import { runQuery } from './run-query.ts'
import { createTable } from './table.ts'

type Selector = { readonly [name: string]: unknown }

/** A condition and the selector that means the same. */
interface Pair {
  readonly condition: Condition
  readonly selector: Selector
}

const scalar: fc.Arbitrary<Json> = fc.oneof(anyNumber, anyText, fc.constantFrom(null, true, false))
const something = scalar.filter((value) => value !== null)
const fields = {
  n: scalar,
  t: anyText,
  deep: fc.oneof(
    scalar,
    fc
      .record({ a: scalar, b: fc.record({ c: scalar }) }, { requiredKeys: [] })
      .map((value): Json => ({ ...value })),
  ),
  tags: fc.array(scalar, { maxLength: 4 }),
}
const path = fc.constantFrom('n', 't', 'deep.a', 'deep.b.c', 'none')

const escaped = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)

const compared = (op: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte', at: string, value: Json): Pair => ({
  condition: { op, left: { field: at.split('.') }, right: { value } },
  selector: { [at]: { [`$${op}`]: value } },
})

const leaf: fc.Arbitrary<Pair> = fc.oneof(
  fc
    .tuple(fc.constantFrom('eq' as const, 'ne' as const), path, scalar)
    .map(([op, at, value]) => compared(op, at, value)),
  fc
    .tuple(fc.constantFrom('gt' as const, 'gte' as const, 'lt' as const, 'lte' as const), path, something)
    .map(([op, at, value]) => compared(op, at, value)),
  fc.tuple(path, something, something).map(([at, low, high]): Pair => ({
    condition: { op: 'between', left: { field: at.split('.') }, value: [low, high] },
    selector: { [at]: { $gte: low, $lte: high } },
  })),
  fc
    .tuple(fc.constantFrom('in' as const, 'notIn' as const), path, fc.array(scalar, { maxLength: 4 }))
    .map(([op, at, value]): Pair => ({
      condition: { op, left: { field: at.split('.') }, value },
      selector: { [at]: op === 'in' ? { $in: value } : { $nin: value } },
    })),
  scalar.map((value): Pair => ({
    condition: { op: 'has', left: { field: ['tags'] }, value },
    selector: { tags: { $elemMatch: { $eq: value } } },
  })),
  fc.array(scalar, { minLength: 1, maxLength: 3 }).map((value): Pair => ({
    condition: { op: 'hasAll', left: { field: ['tags'] }, value },
    selector: { tags: { $all: value } },
  })),
  fc
    .tuple(fc.constantFrom('contains' as const, 'startsWith' as const, 'endsWith' as const), path, anyText)
    .map(([op, at, value]): Pair => ({
      condition: { op, left: { field: at.split('.') }, value },
      selector: {
        [at]: { $regex: `${op === 'startsWith' ? '^' : ''}${escaped(value)}${op === 'endsWith' ? '$' : ''}` },
      },
    })),
  path.map((at): Pair => ({
    condition: { op: 'isNull', left: { field: at.split('.') }, value: true },
    selector: { [at]: null },
  })),
  fc.tuple(path, fc.boolean()).map(([at, value]): Pair => ({
    condition: { op: 'exists', left: { field: at.split('.') }, value },
    selector: { [at]: { $exists: value } },
  })),
)
const anyPair: fc.Arbitrary<Pair> = fc.oneof(
  leaf,
  fc
    .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(leaf, { minLength: 1, maxLength: 3 }))
    .map(([op, of]): Pair => ({
      condition: { op, of: of.map(({ condition }) => condition) },
      selector: { [`$${op}`]: of.map(({ selector }) => selector) },
    })),
  leaf.map(({ condition, selector }): Pair => ({
    condition: { op: 'not', of: condition },
    selector: { $nor: [selector] },
  })),
)

function ours(rows: readonly Row[], where: Condition): readonly Json[] {
  const query: Query = { version: 1, from: { collection: 'c', alias: '' }, where }
  const context = { shapeOf: () => ({}), tableOf: () => createTable(rows) }
  return runQuery(query, context).page.rows.map(({ $id = null }) => $id)
}

function mingos(rows: readonly Row[], selector: Selector): readonly Json[] {
  const query = new MingoQuery({ ...selector })
  return rows.filter((row) => query.test({ ...row })).map(({ $id }) => $id)
}

describe('conditions and mingo', () => {
  test('agree on fields that hold single values, and on items of lists (seed 41)', () => {
    fc.assert(
      fc.property(anyRows(fields), anyPair, (rows, { condition, selector }) => {
        expect(ours(rows, condition)).toEqual(mingos(rows, selector))
      }),
      { seed: 41, numRuns: 600 },
    )
  })

  // What docs/queries.md, "Where Mongo answers otherwise", says.
  const eq = (field: string, value: Json): Condition => ({
    op: 'eq',
    left: { field: field.split('.') },
    right: { value },
  })

  test('differ where a list is compared: we compare the whole list, has asks for an item', () => {
    const rows = [toRow('a', { tags: ['x', 'y'], n: [1, 9] }), toRow('b', { tags: 'x', n: 5 })]
    expect(mingos(rows, { tags: 'x' })).toEqual(['a', 'b'])
    expect(ours(rows, eq('tags', 'x'))).toEqual(['b'])
    expect(ours(rows, eq('tags', ['x', 'y']))).toEqual(['a'])
    expect(ours(rows, { op: 'has', left: { field: ['tags'] }, value: 'x' })).toEqual(['a'])
    expect(mingos(rows, { n: { $gt: 6 } })).toEqual(['a'])
    expect(ours(rows, { op: 'gt', left: { field: ['n'] }, right: { value: 6 } })).toEqual([])
    expect(mingos(rows, { tags: { $regex: '^x' } })).toEqual(['a', 'b'])
    expect(ours(rows, { op: 'startsWith', left: { field: ['tags'] }, value: 'x' })).toEqual(['b'])
  })

  test('differ where a path leads through a list: ours gives the list of what it finds', () => {
    const rows = [
      toRow('a', { lines: [{ sku: 'p' }, { sku: 'q' }, {}] }),
      toRow('b', { lines: { sku: 'p' } }),
    ]
    expect(mingos(rows, { 'lines.sku': 'p' })).toEqual(['a', 'b'])
    expect(ours(rows, eq('lines.sku', 'p'))).toEqual(['b'])
    expect(ours(rows, { op: 'has', left: { field: ['lines', 'sku'] }, value: 'p' })).toEqual(['a'])
    expect(ours(rows, eq('lines.sku', ['p', 'q']))).toEqual(['a'])
    // Positions are the same in both.
    expect(mingos(rows, { 'lines.1.sku': 'q' })).toEqual(['a'])
    expect(ours(rows, eq('lines.1.sku', 'q'))).toEqual(['a'])
  })

  test('both go on through the lists that a path finds in a list', () => {
    const rows = [
      toRow('a', { orders: [{ lines: [{ sku: 'p' }, { sku: 'q' }] }, { lines: [{ sku: 'r' }] }, {}] }),
      toRow('b', { orders: [{ lines: [{ sku: 's' }] }] }),
    ]
    expect(mingos(rows, { 'orders.lines.sku': 'r' })).toEqual(['a'])
    expect(ours(rows, { op: 'has', left: { field: ['orders', 'lines', 'sku'] }, value: 'r' })).toEqual(['a'])
    expect(ours(rows, eq('orders.lines.sku', ['p', 'q', 'r']))).toEqual(['a'])
  })

  test('differ in null compared with missing, and in all of nothing', () => {
    const rows = [toRow('a', {}), toRow('b', { n: null, tags: [] })]
    expect(mingos(rows, { n: { $gte: null } })).toEqual(['b'])
    expect(ours(rows, { op: 'gte', left: { field: ['n'] }, right: { value: null } })).toEqual(['a', 'b'])
    expect(mingos(rows, { tags: { $all: [] } })).toEqual([])
    expect(ours(rows, { op: 'hasAll', left: { field: ['tags'] }, value: [] })).toEqual(['b'])
  })

  test('both see objects whatever the order of their fields, and numbers and text apart', () => {
    const rows = [
      toRow('a', { size: { w: 1, h: 2 } }),
      toRow('b', { size: { h: 2, w: 1 } }),
      toRow('c', { size: '1' }),
    ]
    expect(ours(rows, eq('size', { w: 1, h: 2 }))).toEqual(['a', 'b'])
    expect(ours(rows, eq('size', 1))).toEqual([])
    expect(mingos(rows, { size: 1 })).toEqual([])
  })
})
