import { createNumbering, hunksOf, type Hunk, type Span } from './diff3.ts'
import { mergeWords } from './merge-text.ts'

interface SideHunk extends Hunk {
  readonly isOurs: boolean
}

/**
 * Ours with the changes of theirs that go in without touching ours: lines put in beside those that we changed count as
 * such, unlike in a merge. Where both changed the same lines, by words, or else as in ours.
 */
export function carryLines(base: string, ours: string, theirs: string): string {
  const lines = { base: base.split('\n'), ours: ours.split('\n'), theirs: theirs.split('\n') }
  const number = createNumbering()
  const numbers = { base: number(lines.base), ours: number(lines.ours), theirs: number(lines.theirs) }
  const all: readonly SideHunk[] = [
    ...hunksOf(numbers.base, numbers.ours).map((hunk) => ({ ...hunk, isOurs: true })),
    ...hunksOf(numbers.base, numbers.theirs).map((hunk) => ({ ...hunk, isOurs: false })),
  ].sort(inOrder)
  const carried: string[] = []
  let done = 0
  for (const group of overlapping(all)) {
    const from = Math.min(...group.map(({ base: [start] }) => start))
    const to = Math.max(...group.map(({ base: [, end] }) => end))
    const read = (isOurs: boolean): readonly string[] =>
      changed(
        lines.base,
        [from, to],
        isOurs ? lines.ours : lines.theirs,
        group.filter((hunk) => hunk.isOurs === isOurs),
      )
    carried.push(...lines.base.slice(done, from))
    done = to
    if (group.every(({ isOurs }) => isOurs)) carried.push(...read(true))
    else if (group.every(({ isOurs }) => !isOurs)) carried.push(...read(false))
    else {
      const words = mergeWords({ base: lines.base.slice(from, to), ours: read(true), theirs: read(false) })
      carried.push(...(words === undefined ? read(true) : [words]))
    }
  }
  return [...carried, ...lines.base.slice(done)].join('\n')
}

/** What is put in stands before what is changed at that place, and ours before theirs. */
function inOrder(one: SideHunk, other: SideHunk): number {
  const isChange = ({ base: [from, to] }: SideHunk): number => (from < to ? 1 : 0)
  return (
    one.base[0] - other.base[0] ||
    isChange(one) - isChange(other) ||
    Number(other.isOurs) - Number(one.isOurs)
  )
}

/** Hunks in order, together where they change the same lines or put some in between them. */
function overlapping(hunks: readonly SideHunk[]): readonly (readonly SideHunk[])[] {
  const groups: SideHunk[][] = []
  let end = -1
  for (const hunk of hunks) {
    if (hunk.base[0] < end) groups.at(-1)?.push(hunk)
    else groups.push([hunk])
    end = Math.max(end, hunk.base[1])
  }
  return groups
}

/** A stretch of the base as one side has it. */
function changed(
  base: readonly string[],
  [from, to]: Span,
  side: readonly string[],
  hunks: readonly Hunk[],
): readonly string[] {
  const lines: string[] = []
  let done = from
  for (const hunk of hunks) {
    lines.push(...base.slice(done, hunk.base[0]), ...side.slice(...hunk.side))
    done = hunk.base[1]
  }
  return [...lines, ...base.slice(done, to)]
}
