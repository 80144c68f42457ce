import fc from 'fast-check'
import { Query as MingoQuery } from 'mingo'
import { expect, test } from 'vitest'
import { compileFind } from '../../src/client/queries/compile-find.ts'
import type { Json, Row } from '../../src/protocol/records.ts'
import { anyNumber, anyRows, anyText } from '../../worker/records/records.support.ts'
import { runQuery } from '../../worker/records/run-query.ts'
import { createTable } from '../../worker/records/table.ts'

type Selector = { readonly [name: string]: unknown }

const scalar: fc.Arbitrary<Json> = fc.oneof(anyNumber, anyText, fc.constantFrom(null, true, false))
const something = scalar.filter((value) => value !== null)
const fields = {
  n: scalar,
  t: anyText,
  deep: fc.oneof(
    scalar,
    scalar.map((a): Json => ({ a })),
  ),
  tags: fc.array(scalar, { maxLength: 4 }),
}
const path = fc.constantFrom('n', 't', 'deep.a', 'none')

const operators: fc.Arbitrary<Selector> = fc.oneof(
  fc.record({ $eq: scalar }),
  fc.record({ $ne: scalar }),
  fc.record({ $gte: something, $lt: something }),
  fc.record({ $gt: something }),
  fc.record({ $lte: something }),
  fc.record({ $in: fc.array(scalar, { maxLength: 4 }) }),
  fc.record({ $nin: fc.array(scalar, { maxLength: 4 }) }),
  fc.record({ $exists: fc.boolean() }),
  fc.record({ $regex: fc.constantFrom('a', '^a', 'b$', '^a?b'), $options: fc.constantFrom('i', '') }),
)
const field: fc.Arbitrary<Selector> = fc.oneof(
  fc.tuple(path, operators).map(([at, filter]) => ({ [at]: filter })),
  fc.tuple(path, operators).map(([at, filter]) => ({ [at]: { $not: filter } })),
  fc.tuple(path, scalar).map(([at, value]) => ({ [at]: value })),
  fc.tuple(path, fc.constantFrom(/a/i, /^b/)).map(([at, pattern]) => ({ [at]: pattern })),
  fc.array(scalar, { minLength: 1, maxLength: 3 }).map(($all) => ({ tags: { $all } })),
  fc.integer({ min: 0, max: 4 }).map(($size) => ({ tags: { $size } })),
)
const { selector: anySelector } = fc.letrec<{ selector: Selector }>((tie) => ({
  selector: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    field,
    fc.tuple(field, field).map(([a, b]) => ({ ...a, ...b })),
    fc
      .tuple(
        fc.constantFrom('$and', '$or', '$nor'),
        fc.array(tie('selector'), { minLength: 1, maxLength: 3 }),
      )
      .map(([name, of]) => ({ [name]: of })),
  ),
}))

function ours(rows: readonly Row[], where: Selector): readonly Json[] {
  const query = compileFind({ collection: 'c', parent: undefined }, { where })
  const context = { shapeOf: () => ({}), tableOf: () => createTable(rows) }
  return runQuery(query, context).page.rows.map(({ $id = null }) => $id)
}

function mingos(rows: readonly Row[], selector: Selector): readonly Json[] {
  const query = new MingoQuery({ ...selector })
  return rows.filter((row) => query.test({ ...row })).map(({ $id }) => $id)
}

test("selectors of Mongo, pasted in as `where`, find mingo's rows (seed 42)", () => {
  fc.assert(
    fc.property(anyRows(fields), anySelector, (rows, selector) => {
      expect(ours(rows, selector)).toEqual(mingos(rows, selector))
    }),
    { seed: 42, numRuns: 500 },
  )
})
