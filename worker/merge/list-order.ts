import { joinOrders } from './join-orders.ts'

/** Whose order a list has whose members were moved; `unclear` when both sides moved them, differently. */
export type OrderFrom = 'ours' | 'theirs' | 'unclear'

/** Three lists of members, none twice in a list. */
export interface Orders<T> {
  readonly base: readonly T[]
  readonly ours: readonly T[]
  readonly theirs: readonly T[]
}

/** Whose order counts: of the side that moved what all have in common. */
export function orderFrom<T>({ base, ours, theirs }: Orders<T>): OrderFrom {
  const inOurs = new Set(ours)
  const inTheirs = new Set(theirs)
  const shared = ours.filter((member) => inTheirs.has(member))
  if (
    sameOrder(
      shared,
      theirs.filter((member) => inOurs.has(member)),
    )
  )
    return 'ours'
  const inBase = new Set(base)
  const known = base.filter((member) => inOurs.has(member) && inTheirs.has(member))
  const oursMoved = !sameOrder(
    known,
    shared.filter((member) => inBase.has(member)),
  )
  const theirsMoved = !sameOrder(
    known,
    theirs.filter((member) => inOurs.has(member) && inBase.has(member)),
  )
  if (oursMoved === theirsMoved) return 'unclear'
  return oursMoved ? 'ours' : 'theirs'
}

/** All members of both sides in the order of one, the other's own after what they follow there. */
export function inOrderOf<T>(
  side: 'base' | 'ours' | 'theirs',
  { base, ours, theirs }: Orders<T>,
): readonly T[] {
  switch (side) {
    case 'ours':
      return joinOrders(ours, theirs)
    case 'theirs':
      return joinOrders(theirs, ours)
    case 'base':
      return joinOrders(base, joinOrders(ours, theirs))
  }
}

function sameOrder<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((member, i) => member === b[i])
}
