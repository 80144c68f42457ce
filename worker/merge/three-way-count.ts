/**
 * How often something equal may stand in a list or table after a merge. Both sides adding it is the same addition, so
 * is removing it. Undefined when one side adds what the other removes.
 */
export function threeWayCount(base: number, ours: number, theirs: number): number | undefined {
  if (ours >= base && theirs >= base) return Math.max(ours, theirs)
  if (ours <= base && theirs <= base) return Math.min(ours, theirs)
  return undefined
}

/** How often each member stands in a list. */
export function countMembers<T>(members: Iterable<T>): ReadonlyMap<T, number> {
  const counts = new Map<T, number>()
  for (const member of members) counts.set(member, (counts.get(member) ?? 0) + 1)
  return counts
}
