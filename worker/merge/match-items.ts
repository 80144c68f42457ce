/** Items that stand in both sequences, in order: positions in the first and in the second. */
export interface Matches {
  readonly first: readonly number[]
  readonly second: readonly number[]
}

/**
 * How far we search for the longest common subsequence. Time and memory grow with the square of it (1,500: some 10 MB);
 * what is farther apart counts as replaced, which is never wrong, only coarser.
 */
const maxDistance = 1500

/**
 * A longest common subsequence of two sequences of numbers (Myers, "An O(ND) Difference Algorithm", 1986). Items that
 * only one sequence has are left out first, so that a rewritten text costs no more than an unchanged one.
 *
 * Not the package `diff3`: its memory grows with the square of the distance without a limit (3,000 lines in reverse
 * order: 740 MB), and what we merge comes from other people.
 */
export function matchItems(first: readonly number[], second: readonly number[]): Matches {
  const shorter = Math.min(first.length, second.length)
  let head = 0
  while (head < shorter && first[head] === second[head]) head++
  let tail = 0
  while (tail < shorter - head && first[first.length - 1 - tail] === second[second.length - 1 - tail]) tail++
  const firstEnd = first.length - tail
  const secondEnd = second.length - tail
  const middle = matchMiddle(first, second, { head, firstEnd, secondEnd })
  return {
    first: [...range(0, head), ...middle.map(([x]) => x), ...range(firstEnd, first.length)],
    second: [...range(0, head), ...middle.map(([, y]) => y), ...range(secondEnd, second.length)],
  }
}

type Pair = readonly [x: number, y: number]

interface Middle {
  readonly head: number
  readonly firstEnd: number
  readonly secondEnd: number
}

function matchMiddle(
  first: readonly number[],
  second: readonly number[],
  { head, firstEnd, secondEnd }: Middle,
): readonly Pair[] {
  const inFirst = new Set(first.slice(head, firstEnd))
  const inSecond = new Set(second.slice(head, secondEnd))
  // Positions below are inside the sequences that they come from.
  const xs = range(head, firstEnd).filter((at) => inSecond.has(first[at] as number))
  const ys = range(head, secondEnd).filter((at) => inFirst.has(second[at] as number))
  const pairs = search(
    xs.map((at) => first[at] as number),
    ys.map((at) => second[at] as number),
  )
  return pairs.map(([x, y]) => [xs[x] as number, ys[y] as number])
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}

/** On diagonal k, which is x - y, the farthest x after d steps lies at `trace[d][k + d]`; −1 where none leads. */
function search(first: readonly number[], second: readonly number[]): readonly Pair[] {
  const trace: Int32Array[] = []
  const ends = { x: first.length, y: second.length }
  let best = { d: 0, k: 0, reach: -1 }
  for (let d = 0; d <= maxDistance; d++) {
    const before = trace[d - 1]
    const farthest = new Int32Array(2 * d + 1)
    trace.push(farthest)
    for (let k = -d; k <= d; k += 2) {
      let { x } = startOf(before, d, k, ends)
      if (x >= 0) while (x < ends.x && x - k < ends.y && first[x] === second[x - k]) x++
      farthest[k + d] = x
      if (x >= 0 && x + x - k > best.reach) best = { d, k, reach: x + x - k }
    }
    if (best.reach === ends.x + ends.y) break
  }
  return walkBack(trace, best.d, best.k, ends)
}

interface Start {
  readonly x: number
  /** The diagonal of the step before. */
  readonly from: number
}

/** Where step d enters diagonal k: by an insertion or by a removal, whichever leads farther. */
function startOf(
  before: Int32Array | undefined,
  d: number,
  k: number,
  ends: { readonly x: number; readonly y: number },
): Start {
  if (before === undefined) return { x: 0, from: 0 }
  // Diagonal k of the step before lies at k + d - 1.
  const inserted = before[k + d] ?? -1
  const removed = (before[k + d - 2] ?? -1) + 1
  const byInsertion = inserted >= 0 && inserted - k <= ends.y ? inserted : -1
  const byRemoval = removed > 0 && removed <= ends.x ? removed : -1
  return byInsertion > byRemoval ? { x: byInsertion, from: k + 1 } : { x: byRemoval, from: k - 1 }
}

function walkBack(
  trace: readonly Int32Array[],
  steps: number,
  diagonal: number,
  ends: { readonly x: number; readonly y: number },
): readonly Pair[] {
  const pairs: Pair[] = []
  let k = diagonal
  for (let d = steps; d >= 0; d--) {
    const start = startOf(trace[d - 1], d, k, ends)
    // Where the search ended, and where each step came from, is in the trace.
    const end = trace[d]?.[k + d] as number
    for (let x = end - 1; x >= start.x; x--) pairs.push([x, x - k])
    k = start.from
  }
  return pairs.toReversed()
}
