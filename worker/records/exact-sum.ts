/**
 * The exactly rounded sum of numbers, whatever their order: a sum does not change with the index that rows are read
 * by. Shewchuk, "Adaptive Precision Floating-Point Arithmetic" (1997), as Python's `math.fsum` does it. Integers,
 * the common case, are added directly while that is exact.
 */
export interface ExactSum {
  add(value: number): void
  /** null: the sum is too large for a number. */
  total(): number | null
}

export function createExactSum(): ExactSum {
  /** Exact as long as it is a safe integer. */
  let whole = 0
  /** Non-overlapping, the smallest first: their exact sum is what was added beside `whole`. */
  const partials: number[] = []

  const addExactly = (value: number): void => {
    let x = value
    let kept = 0
    for (let i = 0; i < partials.length; i++) {
      const partial = partials[i] as number // i < length
      const isSmaller = Math.abs(x) < Math.abs(partial)
      const large = isSmaller ? partial : x
      const small = isSmaller ? x : partial
      const sum = large + small
      const rest = small - (sum - large)
      if (rest !== 0) partials[kept++] = rest
      x = sum
    }
    partials[kept++] = x
    partials.length = kept
  }

  return {
    add: (value) => {
      const sum = whole + value
      if (Number.isSafeInteger(value) && Number.isSafeInteger(sum)) whole = sum
      else addExactly(value)
    },
    total: () => {
      if (partials.length === 0) return whole
      addExactly(whole)
      whole = 0
      const rounded = roundPartials(partials)
      return Number.isFinite(rounded) ? rounded : null
    },
  }
}

function roundPartials(partials: readonly number[]): number {
  let index = partials.length - 1
  let high = partials[index--] ?? 0
  let low = 0
  while (index >= 0) {
    const before = high
    const partial = partials[index--] ?? 0
    high = before + partial
    low = partial - (high - before)
    if (low !== 0) break
  }
  // Half-way cases round to even in the sum of all, not of the first two.
  const next = partials[index] ?? 0
  if (index >= 0 && ((low < 0 && next < 0) || (low > 0 && next > 0))) {
    const twice = low * 2
    const sum = high + twice
    if (twice === sum - high) return sum
  }
  return high
}
