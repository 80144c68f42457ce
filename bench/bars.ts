import type { Recorder, SeriesKey, Who } from './recorder.ts'
import { formatNumber, formatSummary } from './table.ts'

/** One promise about speed, and how to judge it. */
export interface Bar {
  readonly what: string
  readonly dataset: string
  readonly ours: SeriesKey
  /** Judged by the ratio to this series; absent: by our own median. */
  readonly theirs?: SeriesKey
  /** `at-least` judges how many times faster than theirs we are. */
  readonly kind: 'at-most' | 'at-least'
  readonly limit: number
}

/** A bar with its figure: a row of the result. */
export interface Verdict {
  readonly bar: Bar
  readonly oursText: string
  readonly theirsText: string
  readonly figure: number | undefined
  readonly figureText: string
  readonly limitText: string
  /** `-`: there is no figure. */
  readonly verdict: 'pass' | 'miss' | '-'
  readonly reason?: string
}

const key = (dataset: string, what: string, who: Who = 'espalier'): SeriesKey => ({ dataset, what, who })

function against(
  dataset: string,
  what: string,
  limit: number,
  theirs: SeriesKey,
  kind: Bar['kind'] = 'at-most',
): Bar {
  return { what, dataset, ours: key(dataset, what), theirs, kind, limit }
}

function alone(dataset: string, what: string, limit: number): Bar {
  return { what, dataset, ours: key(dataset, what), kind: 'at-most', limit }
}

const nativeClone = (dataset: string): SeriesKey => key(dataset, 'clone', 'git')
const pushOfTen = 'push of 10,000 records'

/** The bars for the plain JavaScript path. Times in ms, sizes in kB or MB (10⁶). */
export const bars: readonly Bar[] = [
  against('10k', 'remote → first query', 2.5, nativeClone('10k')),
  against('100k', 'remote → first query', 3.5, nativeClone('100k')),
  against('10k', 'remote → durable', 3, nativeClone('10k')),
  against('100k', 'remote → durable', 4, nativeClone('100k')),
  against('yaml-10k', 'remote → first query', 5, nativeClone('yaml-10k')),
  against(
    '10k',
    'remote → first query',
    30,
    key('10k', 'remote → first query', 'isomorphic-git, checkout'),
    'at-least',
  ),
  against('pack of 100k objects', 'index a pack', 2.5, key('pack of 100k objects', 'index a pack', 'git')),
  alone('100k', 'reopen → first record', 500),
  alone('10k', 'commit of 1 record', 10),
  alone('100k', 'commit of 1 record', 20),
  alone('flat-100k', 'commit of 1 record', 60),
  alone('10k', 'stored per edit and commit', 20),
  alone('100k', 'stored per edit and commit', 20),
  alone('flat-100k', 'stored per edit and commit', 20),
  against('10k', 'commit of 10,000 records', 1, key('10k', 'commit of 10,000 records', 'git')),
  against('100k', 'commit of 10,000 records', 1, key('100k', 'commit of 10,000 records', 'git')),
  against('flat-100k', 'push of 1 record', 1, key('flat-100k', 'push of 1 record', 'git')),
  alone('flat-100k', 'push of 1 record: sent', 5),
  against('10k', pushOfTen, 1, key('10k', pushOfTen, 'git')),
  against('100k', pushOfTen, 1, key('100k', pushOfTen, 'git')),
  alone('100k', 'memory growth while cloning', 250),
  alone('json', 'parse 10,000 records', 150),
  alone('yaml', 'parse 10,000 records', 400),
  ...['csv', 'jsonl', 'ingr'].map((format) => alone(`${format} list of 10,000`, 'edit of 1 row', 50)),
  ...['json', 'yaml'].map((format) => alone(`${format} list of 10,000`, 'edit of 1 row', 150)),
  alone('10k', 'validate 10,000 records', 100),
  alone('yaml-10k', 'validate 10,000 records', 100),
  alone('', 'gzipped client', 10),
  alone('', 'gzipped worker', 110),
]

/** Judges one bar by what was recorded. */
export function judge(bar: Bar, recorder: Recorder): Verdict {
  const unit = recorder.find(bar.ours)?.unit ?? 'ms'
  const figure = figureOf(bar, recorder)
  const suffix = bar.theirs === undefined ? ` ${unit}` : '×'
  const reason = recorder.find(bar.ours)?.failure ?? (bar.theirs && recorder.find(bar.theirs)?.failure)
  const passes = figure !== undefined && (bar.kind === 'at-most' ? figure <= bar.limit : figure >= bar.limit)
  return {
    bar,
    oursText: formatSummary(recorder.summary(bar.ours), unit),
    theirsText:
      bar.theirs === undefined
        ? ''
        : `${bar.theirs.who} ${formatSummary(recorder.summary(bar.theirs), unit)}`,
    figure,
    figureText: figure === undefined ? '–' : `${formatNumber(figure)}${suffix}`,
    limitText: `${bar.kind === 'at-most' ? '≤' : '≥'} ${bar.limit}${suffix}${bar.kind === 'at-least' ? ' faster' : ''}`,
    verdict: figure === undefined ? '-' : passes ? 'pass' : 'miss',
    ...(reason === undefined ? {} : { reason }),
  }
}

function figureOf(bar: Bar, recorder: Recorder): number | undefined {
  if (bar.theirs === undefined) return recorder.summary(bar.ours)?.median
  return bar.kind === 'at-most' ? recorder.ratio(bar.ours, bar.theirs) : recorder.ratio(bar.theirs, bar.ours)
}
