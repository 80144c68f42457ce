/** What a run keeps of repeated measurements. */
export interface Summary {
  readonly median: number
  readonly min: number
  readonly max: number
  readonly count: number
}

/** Median, least and greatest of the samples; undefined when there are none. */
export function summarize(samples: readonly number[]): Summary | undefined {
  const sorted = [...samples].sort((a, b) => a - b)
  const min = sorted[0]
  const max = sorted.at(-1)
  if (min === undefined || max === undefined) return undefined
  const middle = sorted.length / 2
  const upper = sorted[Math.floor(middle)] ?? min
  const lower = sorted[Math.ceil(middle) - 1] ?? min
  return { median: (lower + upper) / 2, min, max, count: sorted.length }
}

/** How many times the median of `ours` is that of `theirs`; undefined where either is missing. */
export function ratio(ours: readonly number[], theirs: readonly number[]): number | undefined {
  const above = summarize(ours)?.median
  const below = summarize(theirs)?.median
  return above === undefined || below === undefined || below === 0 ? undefined : above / below
}
