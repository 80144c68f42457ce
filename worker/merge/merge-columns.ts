import { inOrderOf, orderFrom, type Orders } from './list-order.ts'

/**
 * The columns of a table in three versions: those that both sides have, what one of them added, and what one removed
 * while a record still uses it. In the order of the side that moved them, ours when both did.
 */
export function mergeColumns(orders: Orders<string>, used: ReadonlySet<string>): readonly string[] {
  const [inBase, inOurs, inTheirs] = [new Set(orders.base), new Set(orders.ours), new Set(orders.theirs)]
  const isKept = (name: string): boolean =>
    used.has(name) || (inOurs.has(name) && inTheirs.has(name)) || !inBase.has(name)
  const from = orderFrom(orders)
  return inOrderOf(from === 'unclear' ? 'ours' : from, orders).filter(isKept)
}
