import { diffOfThousand, mergeOf1, mergeOf500, recordHistory } from './version-figures.ts'
import { databaseSet } from './database/sets.ts'
import { peerNames, type Recorder, type SeriesKey, type Who } from './recorder.ts'
import { formatNumber, formatSummary } from './table.ts'

/** One promise about speed, and how to judge it. */
export interface Bar {
  readonly what: string
  readonly dataset: string
  readonly ours: SeriesKey
  /** Judged by the ratio to this series, of several to the best one; absent: by our own median. */
  readonly theirs?: SeriesKey | readonly SeriesKey[]
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

/** The databases that people use: at most what the best of them takes. */
function ahead(dataset: string, what: string): Bar {
  const theirs = peerNames.map((who) => key(dataset, what, who))
  return { what, dataset, ours: key(dataset, what), theirs, kind: 'at-most', limit: 1 }
}

const nativeClone = (dataset: string): SeriesKey => key(dataset, 'clone', 'git')
const pushOfTen = 'push of 10,000 records'

const inWorker = databaseSet('10k', 'worker')
const endToEnd = databaseSet('10k', 'page')
const dexie = (what: string): SeriesKey => key(endToEnd, what, 'Dexie')

/** A database of 10,000 (100,000) records beside other local databases. */
const databaseBars: readonly Bar[] = [
  against(endToEnd, 'bulk insert', 10, dexie('bulk insert'), 'at-least'),
  alone(endToEnd, 'bulk insert', 250),
  against(endToEnd, '200 serial gets', 3, dexie('200 serial gets'), 'at-least'),
  against(endToEnd, '200 gets in one tick', 10, dexie('200 gets in one tick'), 'at-least'),
  against(endToEnd, 'getMany of 1,000', 20, dexie('getMany of 1,000'), 'at-least'),
  ahead(inWorker, 'indexed equality'),
  ahead(inWorker, 'range, sort, limit 50'),
  ahead(inWorker, 'contains scan, 40 % hit'),
  ahead(inWorker, 'count of an equality'),
  alone(endToEnd, 'live: update → callback, p50', 1),
  alone(endToEnd, 'live: update → callback, p95', 3),
  alone(endToEnd, 'live: callbacks for 20 irrelevant writes', 0),
  alone(endToEnd, 'one durable write, p95', 15),
  alone(inWorker, 'group-by count, warm', 5),
  alone(databaseSet('100k', 'worker'), 'group-by count, warm', 40),
  against(endToEnd, 'reopen → first 50 sorted rows', 1, dexie('reopen → first 50 sorted rows')),
  against(endToEnd, 'stored', 2.5, dexie('stored')),
]

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
  ...databaseBars,
  alone('10k, versions', `${mergeOf500}, 20 conflicts`, 150),
  alone('100k, versions', mergeOf1, 50),
  alone('10k, versions', diffOfThousand, 60),
  alone('10k, versions', 'branch: create and open', 5),
  alone('10k, versions', 'branch: open another', 5),
  alone('10k, versions', 'at an old commit, one record', 5),
  alone('10k, versions', 'live query goes to a branch 1,000 records away', 60),
  alone('10k, versions', `${recordHistory}, warm`, 100),
  alone('10k, versions', `${recordHistory}, cold`, 1000),
]

/** Judges one bar by what was recorded. */
export function judge(bar: Bar, recorder: Recorder): Verdict {
  const unit = recorder.find(bar.ours)?.unit ?? 'ms'
  const theirs = rivalOf(bar, recorder)
  const figure = figureOf(bar, theirs, recorder)
  const suffix = theirs === undefined ? ` ${unit}` : '×'
  const reason = recorder.find(bar.ours)?.failure ?? (theirs && recorder.find(theirs)?.failure)
  const passes = figure !== undefined && (bar.kind === 'at-most' ? figure <= bar.limit : figure >= bar.limit)
  return {
    bar,
    oursText: formatSummary(recorder.summary(bar.ours), unit),
    theirsText: theirs === undefined ? '' : `${theirs.who} ${formatSummary(recorder.summary(theirs), unit)}`,
    figure,
    figureText: figure === undefined ? '–' : `${formatNumber(figure)}${suffix}`,
    limitText: `${bar.kind === 'at-most' ? '≤' : '≥'} ${bar.limit}${suffix}${bar.kind === 'at-least' ? ' faster' : ''}`,
    verdict: figure === undefined ? '-' : passes ? 'pass' : 'miss',
    ...(reason === undefined ? {} : { reason }),
  }
}

/** The series that a bar is judged by: of several the one with the least median. */
function rivalOf({ theirs }: Bar, recorder: Recorder): SeriesKey | undefined {
  if (theirs === undefined || 'what' in theirs) return theirs
  const median = (one: SeriesKey): number => recorder.summary(one)?.median ?? Number.POSITIVE_INFINITY
  return [...theirs].sort((a, b) => median(a) - median(b))[0]
}

function figureOf(bar: Bar, theirs: SeriesKey | undefined, recorder: Recorder): number | undefined {
  if (theirs === undefined) return recorder.summary(bar.ours)?.median
  return bar.kind === 'at-most' ? recorder.ratio(bar.ours, theirs) : recorder.ratio(theirs, bar.ours)
}
