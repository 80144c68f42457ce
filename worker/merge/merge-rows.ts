import { countMembers, threeWayCount } from './three-way-count.ts'

/** A table whose rows have no key, in three versions. */
export interface RowSides<Row> {
  readonly base: readonly Row[]
  readonly ours: readonly Row[]
  readonly theirs: readonly Row[]
}

/** Equal rows of which one side added some and the other removed some. */
export interface RowConflict<Row> {
  readonly row: Row
  /** How often it stands on each side. */
  readonly base: number
  readonly ours: number
  readonly theirs: number
}

export interface MergedRows<Row> {
  /** What is left of ours, in its order, then what theirs added. At a conflict the greater number of rows stays. */
  readonly rows: readonly Row[]
  readonly conflicts: readonly RowConflict<Row>[]
}

/**
 * Merges rows that nothing tells apart but their values, by counting equal ones: a changed row is one removed and one
 * added. Both sides adding the same row is one addition. `nameOf` gives equal rows the same name.
 */
export function mergeRows<Row>(
  { base, ours, theirs }: RowSides<Row>,
  nameOf: (row: Row) => string,
): MergedRows<Row> {
  const inBase = countMembers(base.map(nameOf))
  const inOurs = countMembers(ours.map(nameOf))
  const inTheirs = countMembers(theirs.map(nameOf))
  const left = new Map<string, number>()
  const conflicts: RowConflict<Row>[] = []
  const rows: Row[] = []
  const count = (row: Row, name: string): number => {
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
    const name = nameOf(row)
    const wanted = left.get(name) ?? count(row, name)
    if (wanted > 0) rows.push(row)
    left.set(name, wanted - 1)
  }
  return { rows, conflicts }
}
