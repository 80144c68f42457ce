import type { Order } from '../../src/protocol/query.ts'
import { compareTextIn, compareValues, type Value } from './compare-values.ts'
import type { Evaluate } from './expressions.ts'

/** One column of an order. */
export interface OrderPart<Env> {
  readonly evaluate: Evaluate<Env>
  readonly compare: (a: Value, b: Value) => number
}

/** The values that place a result: one per part. Cursors carry it. */
export type OrderVector = readonly Value[]

/** A total order of results, by parts. The last parts tell results apart that are equal otherwise (keys). */
export interface ResultOrder<Env> {
  vectorOf(env: Env): OrderVector
  compareVectors(a: OrderVector, b: OrderVector): number
  /** As `compareVectors` of the result's vector, which is not made: most results of a page query lose at once. */
  compareTo(env: Env, vector: OrderVector): number
  /** From the last to the first. */
  reversed(): ResultOrder<Env>
}

export function createResultOrder<Env>(parts: readonly OrderPart<Env>[]): ResultOrder<Env> {
  return {
    vectorOf: (env) => parts.map(({ evaluate }) => evaluate(env)),
    compareVectors: (a, b) => {
      for (let i = 0; i < parts.length; i++) {
        const difference = parts[i]?.compare(a[i], b[i]) ?? 0
        if (difference !== 0) return difference
      }
      return 0
    },
    compareTo: (env, vector) => {
      for (let i = 0; i < parts.length; i++) {
        const part = parts[i] as OrderPart<Env> // i < length
        const difference = part.compare(part.evaluate(env), vector[i])
        if (difference !== 0) return difference
      }
      return 0
    },
    reversed: () =>
      createResultOrder(
        parts.map(({ evaluate, compare }) => ({ evaluate, compare: (a, b) => compare(b, a) })),
      ),
  }
}

/** How one `orderBy` compares. Nothing comes first ascending and last descending unless the query says where. */
export function orderComparison({
  direction,
  nulls,
  locale,
}: Omit<Order, 'by'>): OrderPart<never>['compare'] {
  const compareText = compareTextIn(locale)
  const side = direction === 'asc' ? 1 : -1
  const nothingFirst = nulls === undefined ? direction === 'asc' : nulls === 'first'
  return (a, b) => {
    const noA = a === undefined || a === null
    const noB = b === undefined || b === null
    if (noA || noB) return noA && noB ? 0 : noA === nothingFirst ? -1 : 1
    return side * compareValues(a, b, compareText)
  }
}

/** Orders by a key, ascending. */
export function keyPart<Env>(evaluate: Evaluate<Env>): OrderPart<Env> {
  return { evaluate, compare: compareValues }
}
