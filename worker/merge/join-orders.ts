/**
 * The members of both sequences, none twice: the first as it is, and what only the second has after what it follows
 * there. Where both put something after the same member, the first's stands first.
 */
export function joinOrders<T>(first: readonly T[], second: readonly T[]): readonly T[] {
  if (first.length === second.length && first.every((member, i) => member === second[i])) return first
  const known = new Set(first)
  const shared = new Set(second)
  const added = new Map<T | undefined, T[]>()
  let anchor: T | undefined
  for (const member of shared) {
    if (known.has(member)) {
      anchor = member
      continue
    }
    const after = added.get(anchor)
    if (after) after.push(member)
    else added.set(anchor, [member])
  }
  if (added.size === 0) return first
  const joined: T[] = []
  let waiting = added.get(undefined) ?? []
  for (const member of first) {
    if (shared.has(member)) {
      joined.push(...waiting)
      waiting = added.get(member) ?? []
    }
    joined.push(member)
  }
  joined.push(...waiting)
  return joined
}
