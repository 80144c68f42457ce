import { ratio, summarize, type Summary } from './statistics.ts'

/** Whose figure it is. */
export type Who = 'espalier' | 'git' | 'isomorphic-git' | 'isomorphic-git, checkout' | 'DoltLite' | PeerName

/** The databases that the section `database` compares with. */
export type PeerName = (typeof peerNames)[number]
export const peerNames = ['Dexie', 'RxDB', 'PouchDB', 'TinyBase', 'SQLite', 'TanStack DB'] as const

/** Names one series of samples. */
export interface SeriesKey {
  /** For example `10k`; empty where no database is involved. */
  readonly dataset: string
  /** For example `remote → first query`. */
  readonly what: string
  readonly who: Who
}

/** Repeated measurements of one thing, or why there are none. */
export interface Series extends SeriesKey {
  readonly unit: string
  readonly samples: number[]
  /** Set when a repetition failed or was cut off. */
  failure?: string
}

/** Collects what the sections measure. */
export interface Recorder {
  add(key: SeriesKey, value: number, unit?: string): void
  /** Notes that a figure is missing, and why. */
  fail(key: SeriesKey, reason: unknown): void
  find(key: SeriesKey): Series | undefined
  summary(key: SeriesKey): Summary | undefined
  /** Median of one series over the median of another. */
  ratio(ours: SeriesKey, theirs: SeriesKey): number | undefined
  readonly all: readonly Series[]
}

/** `known`: what was measured already; of two series of one thing the later one counts. */
export function createRecorder(
  log: (line: string) => void = () => {},
  known: readonly Series[] = [],
): Recorder {
  const at = (key: SeriesKey): string => JSON.stringify([key.dataset, key.what, key.who])
  const series = new Map(known.map((one) => [at(one), one]))
  const find = (key: SeriesKey): Series | undefined => series.get(at(key))
  const make = (key: SeriesKey, unit: string): Series => {
    const found = find(key)
    if (found !== undefined) return found
    const made: Series = { dataset: key.dataset, what: key.what, who: key.who, unit, samples: [] }
    series.set(at(key), made)
    return made
  }
  return {
    add: (key, value, unit = 'ms') => {
      make(key, unit).samples.push(value)
      log(`  ${key.dataset} · ${key.what} · ${key.who}: ${value.toFixed(1)} ${unit}`)
    },
    fail: (key, reason) => {
      const message = reason instanceof Error ? reason.message : String(reason)
      make(key, 'ms').failure = message.split('\n')[0] ?? message
      log(`  ${key.dataset} · ${key.what} · ${key.who}: ${message}`)
    },
    find,
    summary: (key) => summarize(find(key)?.samples ?? []),
    ratio: (ours, theirs) => ratio(find(ours)?.samples ?? [], find(theirs)?.samples ?? []),
    get all() {
      return [...series.values()]
    },
  }
}
