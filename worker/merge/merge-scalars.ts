import type { FieldStrategy } from '../../src/protocol/merge.ts'
import type { Json } from '../../src/protocol/records.ts'
import { compareKeys } from '../records/record-map.ts'
import type { MergeRun } from './merge-run.ts'

/** What a strategy for single values makes of two different ones; undefined when it does not fit them. */
export function mergeScalars(
  run: MergeRun,
  strategy: FieldStrategy,
  base: Json | undefined,
  ours: Json,
  theirs: Json,
): Json | undefined {
  if (strategy === 'counter') return addUp(base ?? 0, ours, theirs)
  if (strategy === 'max') return greater(ours, theirs)
  if (strategy === 'min') {
    const greatest = greater(ours, theirs)
    return greatest === undefined ? undefined : greatest === ours ? theirs : ours
  }
  if (typeof strategy === 'object' && 'newest' in strategy) {
    const [oursTime, theirsTime] = run.field(strategy.newest)
    const newest = greater(oursTime, theirsTime)
    return newest === undefined ? undefined : newest === oursTime ? ours : theirs
  }
  return undefined
}

/** The greater of two numbers or two texts (by code units); undefined for anything else, and for equals. */
export function greater<T extends Json | undefined>(a: T, b: T): T | undefined {
  const difference =
    typeof a === 'number' && typeof b === 'number'
      ? a - b
      : typeof a === 'string' && typeof b === 'string'
        ? compareKeys(a, b)
        : 0
  if (difference > 0) return a
  return difference < 0 ? b : undefined
}

function addUp(base: Json, ours: Json, theirs: Json): number | undefined {
  if (typeof base !== 'number' || typeof ours !== 'number' || typeof theirs !== 'number') return undefined
  const sum = ours + theirs - base
  return Number.isFinite(sum) ? sum : undefined
}
