import type { FieldStrategy } from '../../src/protocol/merge.ts'
import type { Json } from '../../src/protocol/records.ts'
import { compareKeys } from '../records/record-map.ts'
import { isMarked } from './marked-numbers.ts'
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
  if (strategy === 'min' || strategy === 'soft-delete') {
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

/** The greater of two numbers, times or texts (by code units); undefined for anything else, and for equals. */
export function greater<T extends Json | undefined>(a: T, b: T): T | undefined {
  const difference =
    typeof a === 'number' && typeof b === 'number'
      ? a - b
      : typeof a === 'string' && typeof b === 'string'
        ? compareTexts(a, b)
        : 0
  if (difference > 0) return a
  return difference < 0 ? b : undefined
}

/** Times as instants, wherever they were written; of a time that names its zone and one that does not, none is later. */
function compareTexts(a: string, b: string): number {
  // The digits of a number that JavaScript cannot hold do not compare as texts do.
  if (isMarked(a) || isMarked(b)) return 0
  const [one, other] = [timeOf(a), timeOf(b)]
  if (!one || !other) return compareKeys(a, b)
  if (one.isZoned !== other.isZoned) return 0
  return one.instant - other.instant || compareKeys(one.fraction, other.fraction)
}

const time = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:([Zz])|([+-]\d\d):?(\d\d))?$/

interface Time {
  /** Of its whole second, as Date has it. */
  readonly instant: number
  /** Of a second; digits compare as texts do. */
  readonly fraction: string
  readonly isZoned: boolean
}

function timeOf(text: string): Time | undefined {
  const [, day, minute, second = '00', fraction = '', utc, hours, minutes] = time.exec(text) ?? []
  if (day === undefined) return undefined
  const zone = hours === undefined ? 'Z' : `${hours}:${minutes}`
  const instant = Date.parse(`${day}T${minute}:${second}${zone}`)
  if (Number.isNaN(instant)) return undefined
  const isZoned = utc !== undefined || hours !== undefined
  return { instant, fraction: fraction.replace(/0+$/, ''), isZoned }
}

function addUp(base: Json, ours: Json, theirs: Json): number | undefined {
  if (typeof base !== 'number' || typeof ours !== 'number' || typeof theirs !== 'number') return undefined
  const sum = ours + theirs - base
  return Number.isFinite(sum) ? sum : undefined
}
