import type { Json } from '../../src/protocol/records.ts'
import { identityOf } from '../records/compare-values.ts'
import { createNumbering, diff3, type Span } from './diff3.ts'
import type { ListSides } from './list-sides.ts'
import { countMembers, threeWayCount } from './three-way-count.ts'

/** What became of three lists in which order means everything. */
export interface MergedSequence {
  readonly clean: boolean
  /** Where the sides conflict ours, then theirs. */
  readonly both: readonly Json[]
}

/**
 * Merges lists by position. A clean alignment is not enough: when ours moves an item that theirs removes, diff3 keeps it
 * without a word, and an item that both add in two places it keeps twice. So each item must also stand in the
 * result as often as its counts on the three sides say.
 */
export function mergeSequences(sides: ListSides): MergedSequence {
  const number = createNumbering()
  const base = number(sides.base.map(identityOf))
  const ours = number(sides.ours.map(identityOf))
  const theirs = number(sides.theirs.map(identityOf))
  const items: Json[] = []
  const numbers: number[] = []
  let clean = true
  const take = (from: readonly Json[], fromNumbers: readonly number[], [start, end]: Span): void => {
    for (let i = start; i < end; i++) {
      // Inside both by the span.
      items.push(from[i] as Json)
      numbers.push(fromNumbers[i] as number)
    }
  }
  for (const region of diff3(base, ours, theirs)) {
    if (region.outcome !== 'theirs') take(sides.ours, ours, region.ours)
    if (region.outcome === 'theirs' || region.outcome === 'conflict')
      take(sides.theirs, theirs, region.theirs)
    if (region.outcome === 'conflict') clean = false
  }
  return { clean: clean && countsAgree(numbers, base, ours, theirs), both: items }
}

function countsAgree(
  merged: readonly number[],
  base: readonly number[],
  ours: readonly number[],
  theirs: readonly number[],
): boolean {
  const counts = [merged, base, ours, theirs].map((list) => countMembers(list))
  return [...new Set([...base, ...ours, ...theirs])].every((member) => {
    const [inMerged = 0, inBase = 0, inOurs = 0, inTheirs = 0] = counts.map((each) => each.get(member))
    return inMerged === threeWayCount(inBase, inOurs, inTheirs)
  })
}
