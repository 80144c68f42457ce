import type { LiveChange } from '../protocol/live.ts'

/**
 * What differs between two results, by key and in the order of the new one, removed records last. Rows that are the
 * same object did not change. The common head and tail of the two cost one comparison a row.
 */
export function liveChanges(before: readonly unknown[], after: readonly unknown[]): readonly LiveChange[] {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start++
  let end = 0
  const most = Math.min(before.length, after.length) - start
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end++
  if (start + end === before.length && start + end === after.length) return []

  /** Where each key was. */
  const places = new Map<string, number>()
  for (let at = start; at < before.length - end; at++) {
    const key = keyOf(before[at])
    if (key !== undefined) places.set(key, at)
  }
  const kept: { readonly key: string; readonly at: number; readonly changed: boolean }[] = []
  const changes: LiveChange[] = []
  const found: (LiveChange | number)[] = []
  for (const row of after.slice(start, after.length - end)) {
    const key = keyOf(row)
    if (key === undefined) continue
    const at = places.get(key)
    places.delete(key)
    if (at === undefined) found.push({ kind: 'added', key })
    else found.push(kept.push({ key, at, changed: before[at] !== row }) - 1)
  }
  const stayed = longestIncreasing(kept.map(({ at }) => at))
  for (const change of found) {
    if (typeof change !== 'number') {
      changes.push(change)
      continue
    }
    const { key, changed } = kept[change] as (typeof kept)[number] // an index of kept
    if (changed) changes.push({ kind: 'changed', key })
    else if (!stayed.has(change)) changes.push({ kind: 'moved', key })
  }
  for (const key of places.keys()) changes.push({ kind: 'removed', key })
  return changes
}

function keyOf(row: unknown): string | undefined {
  if (typeof row !== 'object' || row === null || !('$id' in row)) return undefined
  return typeof row.$id === 'string' ? row.$id : undefined
}

/** The places of a longest increasing subsequence: the fewest rows have moved when these stayed. */
function longestIncreasing(values: readonly number[]): ReadonlySet<number> {
  /** By length: the place of the smallest value that ends a subsequence of it. */
  const ends: number[] = []
  const previous: number[] = []
  for (const [place, value] of values.entries()) {
    let low = 0
    let high = ends.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((values[ends[middle] as number] as number) < value) low = middle + 1
      else high = middle
    }
    previous.push(low > 0 ? (ends[low - 1] as number) : -1)
    ends[low] = place
  }
  const stayed = new Set<number>()
  for (let place = ends.at(-1) ?? -1; place >= 0; place = previous[place] as number) stayed.add(place)
  return stayed
}
