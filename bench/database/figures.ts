import { same } from './answers.ts'

/** One measured value; milliseconds unless `unit` says otherwise. */
export interface Figure {
  readonly what: string
  readonly value: number
  readonly unit?: string
}

/** Milliseconds since `start`. */
export function since(start: number): number {
  return performance.now() - start
}

/** Stored bytes, in MB (10⁶). */
export function sized(what: string, bytes: number): Figure {
  return { what, value: bytes / 1e6, unit: 'MB' }
}

/** The value below which `part` of the samples lie (nearest rank). */
export function percentile(samples: readonly number[], part: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN
}

/**
 * Milliseconds per run, over all inputs together: the browser's clock ticks in tenths of a millisecond. The answers are
 * checked after the clock has stopped.
 */
export async function perRun<In, Out>(
  inputs: readonly In[],
  run: (input: In) => Promise<Out>,
  check: (input: In, output: Out) => void,
): Promise<number> {
  const outputs: Out[] = []
  const start = performance.now()
  for (const input of inputs) outputs.push(await run(input))
  const elapsed = since(start)
  same('the number of answers', outputs.length, inputs.length)
  inputs.forEach((input, i) => check(input, outputs[i] as Out)) // as many outputs as inputs: checked above
  return elapsed / inputs.length
}
