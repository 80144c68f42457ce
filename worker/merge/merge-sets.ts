import type { Json } from '../../src/protocol/records.ts'
import { identityOf } from '../records/compare-values.ts'
import { inOrderOf, orderFrom, type Orders } from './list-order.ts'
import type { ListSides } from './list-sides.ts'

/** Three lists without repetitions, as names of their items, and the items by name. */
export interface NamedItems {
  readonly orders: Orders<unknown>
  readonly items: ReadonlyMap<unknown, Json>
}

/** The items of three lists by what makes them equal. */
export function nameItems({ base, ours, theirs }: ListSides): NamedItems {
  const items = new Map<unknown, Json>()
  const names = (list: readonly Json[]): readonly unknown[] => {
    const own = new Set<unknown>()
    for (const item of list) {
      const name = identityOf(item)
      own.add(name)
      if (!items.has(name)) items.set(name, item)
    }
    return [...own]
  }
  return { orders: { base: names(base), ours: names(ours), theirs: names(theirs) }, items }
}

/** What both sides have, and what one of them added. */
export function mergeSets({ orders, items }: NamedItems, side: 'base' | 'ours' | 'theirs'): readonly Json[] {
  const inBase = new Set(orders.base)
  const inOurs = new Set(orders.ours)
  const inTheirs = new Set(orders.theirs)
  const names = inOrderOf(side, orders).filter(
    (name) =>
      (inOurs.has(name) && inTheirs.has(name)) ||
      (!inBase.has(name) && (inOurs.has(name) || inTheirs.has(name))),
  )
  // Every name was given to an item.
  return names.map((name) => items.get(name) as Json)
}

/**
 * Whether lists that nobody declared can be merged as sets: scalars, none twice, the same order everywhere. Not when
 * both sides replaced the same item by different ones: that is a conflict of a list such as `[latitude, longitude]`.
 */
export function looksLikeSet({ base, ours, theirs }: ListSides, { orders }: NamedItems): boolean {
  const isScalar = (item: Json): boolean => typeof item === 'string' || typeof item === 'number'
  if (![base, ours, theirs].every((list) => list.every(isScalar))) return false
  if (
    orders.base.length < base.length ||
    orders.ours.length < ours.length ||
    orders.theirs.length < theirs.length
  )
    return false
  const pairs = [
    { base: [], ours: orders.base, theirs: orders.ours },
    { base: [], ours: orders.base, theirs: orders.theirs },
    { base: [], ours: orders.ours, theirs: orders.theirs },
  ]
  if (pairs.some((pair) => orderFrom(pair) === 'unclear')) return false
  const [inBase, inOurs, inTheirs] = [new Set(orders.base), new Set(orders.ours), new Set(orders.theirs)]
  const bothRemoved = orders.base.some((name) => !inOurs.has(name) && !inTheirs.has(name))
  const oursAdded = orders.ours.some((name) => !inBase.has(name) && !inTheirs.has(name))
  const theirsAdded = orders.theirs.some((name) => !inBase.has(name) && !inOurs.has(name))
  return !(bothRemoved && oursAdded && theirsAdded)
}
