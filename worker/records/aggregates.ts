import type { Expression } from '../../src/protocol/query.ts'
import { compareValues, identityOf, type Value } from './compare-values.ts'
import { createExactSum } from './exact-sum.ts'

export type AggregateName = Extract<Expression, { readonly aggregate: unknown }>['aggregate']

/** Gathers one aggregate of one group. */
export interface Accumulator {
  /** One row's value; not called for null and missing. */
  add(value: Value): void
  result(): Value
}

/** Sums and averages look at numbers only; minimum and maximum follow the order of all values. */
export function createAccumulator(aggregate: AggregateName): Accumulator {
  switch (aggregate) {
    case 'count':
      return count()
    case 'countDistinct':
      return countDistinct()
    case 'sum':
      return sum()
    case 'avg':
      return average()
    case 'min':
      return extreme(-1)
    case 'max':
      return extreme(1)
  }
}

function count(): Accumulator {
  let rows = 0
  return { add: () => void rows++, result: () => rows }
}

function countDistinct(): Accumulator {
  const identities = new Set<unknown>()
  return { add: (value) => void identities.add(identityOf(value)), result: () => identities.size }
}

function sum(): Accumulator {
  const exact = createExactSum()
  return {
    add: (value) => {
      if (typeof value === 'number') exact.add(value)
    },
    result: () => exact.total(),
  }
}

function average(): Accumulator {
  const exact = createExactSum()
  let numbers = 0
  return {
    add: (value) => {
      if (typeof value !== 'number') return
      exact.add(value)
      numbers++
    },
    result: () => {
      const total = exact.total()
      return total === null || numbers === 0 ? null : total / numbers
    },
  }
}

function extreme(side: 1 | -1): Accumulator {
  let best: Value = null
  return {
    add: (value) => {
      if (best === null || compareValues(value, best) * side > 0) best = value
    },
    result: () => best,
  }
}
