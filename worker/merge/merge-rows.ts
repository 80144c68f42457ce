import type { RecordValue } from '../../src/protocol/records.ts'
import { canonicalText } from '../records/compare-values.ts'
import { countMembers, threeWayCount } from './three-way-count.ts'

/** A table whose rows have no key, in three versions. */
export interface RowSides {
  readonly base: readonly RecordValue[]
  readonly ours: readonly RecordValue[]
  readonly theirs: readonly RecordValue[]
}

/** Equal rows of which one side added some and the other removed some. */
export interface RowConflict {
  readonly row: RecordValue
  /** How often it stands on each side. */
  readonly base: number
  readonly ours: number
  readonly theirs: number
}

export interface MergedRows {
  /** What is left of ours, in its order, then what theirs added. At a conflict the greater number of rows stays. */
  readonly rows: readonly RecordValue[]
  readonly conflicts: readonly RowConflict[]
}

/**
 * Merges rows that nothing tells apart but their values, by counting equal ones: a changed row is one removed and one
 * added. Both sides adding the same row is one addition.
 */
export function mergeRows({ base, ours, theirs }: RowSides): MergedRows {
  const inBase = countMembers(base.map(canonicalText))
  const inOurs = countMembers(ours.map(canonicalText))
  const inTheirs = countMembers(theirs.map(canonicalText))
  const left = new Map<string, number>()
  const conflicts: RowConflict[] = []
  const rows: RecordValue[] = []
  const count = (row: RecordValue, name: string): number => {
    const [base, ours, theirs] = [inBase, inOurs, inTheirs].map((counts) => counts.get(name) ?? 0) as [
      number,
      number,
      number,
    ]
    const merged = threeWayCount(base, ours, theirs)
    if (merged === undefined) conflicts.push({ row, base, ours, theirs })
    return merged ?? Math.max(ours, theirs)
  }
  // The sides in their order, so that the first of equal rows stay.
  for (const row of [...ours, ...theirs]) {
    const name = canonicalText(row)
    const wanted = left.get(name) ?? count(row, name)
    if (wanted > 0) rows.push(row)
    left.set(name, wanted - 1)
  }
  return { rows, conflicts }
}
