import { matchItems } from './match-items.ts'

/** From a position up to, not including, another. */
export type Span = readonly [from: number, to: number]

/** A stretch of three sequences, one after the other. */
export interface Region {
  /** `conflict`: both sides changed it, differently. `equal`: nobody did, or both the same. */
  readonly outcome: 'equal' | 'ours' | 'theirs' | 'conflict'
  readonly base: Span
  readonly ours: Span
  readonly theirs: Span
}

/** A stretch of the base, and what a side has instead. */
export interface Hunk {
  readonly base: Span
  readonly side: Span
}

/**
 * Three-way comparison of sequences of numbers. Changes that touch count as one, as in git. The roles of ours and
 * theirs can be swapped: the regions are the same.
 */
export function diff3(
  base: readonly number[],
  ours: readonly number[],
  theirs: readonly number[],
): readonly Region[] {
  const oursHunks = hunksOf(base, ours)
  const theirsHunks = hunksOf(base, theirs)
  const regions: Region[] = []
  // How far each side is ahead of the base, and where the base has been read to.
  let [oursAhead, theirsAhead, done] = [0, 0, 0]
  let [i, j] = [0, 0]
  const keep = (to: number): void => {
    if (to > done) {
      regions.push({
        outcome: 'equal',
        base: [done, to],
        ours: [done + oursAhead, to + oursAhead],
        theirs: [done + theirsAhead, to + theirsAhead],
      })
    }
  }
  for (;;) {
    const from = Math.min(oursHunks[i]?.base[0] ?? Infinity, theirsHunks[j]?.base[0] ?? Infinity)
    if (from === Infinity) break
    keep(from)
    const oursFrom = from + oursAhead
    const theirsFrom = from + theirsAhead
    const [firstOurs, firstTheirs] = [i, j]
    let to = from
    for (let grew = true; grew;) {
      grew = false
      for (let hunk = oursHunks[i]; hunk && hunk.base[0] <= to; hunk = oursHunks[++i]) {
        to = Math.max(to, hunk.base[1])
        oursAhead = hunk.side[1] - hunk.base[1]
        grew = true
      }
      for (let hunk = theirsHunks[j]; hunk && hunk.base[0] <= to; hunk = theirsHunks[++j]) {
        to = Math.max(to, hunk.base[1])
        theirsAhead = hunk.side[1] - hunk.base[1]
        grew = true
      }
    }
    const spans = {
      base: [from, to],
      ours: [oursFrom, to + oursAhead],
      theirs: [theirsFrom, to + theirsAhead],
    } as const
    const outcome =
      j === firstTheirs
        ? 'ours'
        : i === firstOurs
          ? 'theirs'
          : sameSpans(ours, spans.ours, theirs, spans.theirs)
            ? 'equal'
            : 'conflict'
    regions.push({ outcome, ...spans })
    done = to
  }
  keep(base.length)
  return regions
}

/** Where a side differs from the base, in order. */
export function hunksOf(base: readonly number[], side: readonly number[]): readonly Hunk[] {
  const matches = matchItems(base, side)
  const hunks: Hunk[] = []
  let [baseFrom, sideFrom] = [0, 0]
  const end = (baseTo: number, sideTo: number): void => {
    if (baseTo > baseFrom || sideTo > sideFrom)
      hunks.push({ base: [baseFrom, baseTo], side: [sideFrom, sideTo] })
    baseFrom = baseTo + 1
    sideFrom = sideTo + 1
  }
  // Both lists of a match are equally long.
  matches.first.forEach((at, i) => end(at, matches.second[i] as number))
  end(base.length, side.length)
  return slideDown(hunks, base, side)
}

/**
 * One of three equal lines was removed: which one is anybody's guess. Both sides must guess alike, or one removal becomes
 * two. So what was only put in or only taken out stands as far down as it can, as in git.
 */
function slideDown(
  hunks: readonly Hunk[],
  base: readonly number[],
  side: readonly number[],
): readonly Hunk[] {
  let end = base.length
  return hunks
    .toReversed()
    .map((hunk) => {
      const isInsertion = hunk.base[0] === hunk.base[1]
      const isRemoval = hunk.side[0] === hunk.side[1]
      const [items, [from, to]] = isInsertion ? [side, hunk.side] : [base, hunk.base]
      const room = isInsertion || isRemoval ? end - hunk.base[1] : 0
      let by = 0
      while (by < room && items[from + by] === items[to + by]) by++
      end = hunk.base[0] + by
      return { base: shift(hunk.base, by), side: shift(hunk.side, by) }
    })
    .toReversed()
}

function shift([from, to]: Span, by: number): Span {
  return [from + by, to + by]
}

function sameSpans(a: readonly number[], inA: Span, b: readonly number[], inB: Span): boolean {
  if (inA[1] - inA[0] !== inB[1] - inB[0]) return false
  for (let i = inA[0], j = inB[0]; i < inA[1]; i++, j++) if (a[i] !== b[j]) return false
  return true
}

/** Numbers for things: equal names get equal numbers, in all sequences that one numbering has seen. */
export function createNumbering(): (names: readonly unknown[]) => readonly number[] {
  const numbers = new Map<unknown, number>()
  return (names) =>
    names.map((name) => {
      const known = numbers.get(name)
      if (known !== undefined) return known
      const next = numbers.size
      numbers.set(name, next)
      return next
    })
}
