import { isDatabaseSet } from './database/sets.ts'
import { peerNames, type Recorder, type Who } from './recorder.ts'
import { formatNumber, formatSummary, markdownTable } from './table.ts'

const whos: readonly Who[] = ['espalier', ...peerNames]

/** What a reader must know of how the peers were run. */
const notes = [
  '`in a worker`: the database and what asks it are in one worker; ours is its engine in the same worker. `end to end`:',
  'as its users run it; ours and SQLite are then in a worker of their own and the page asks. Records: twelve fields, 365',
  'bytes as JSON. Peers keep no history and check no rules; ours validates every insert and is a git repository.',
  '`stored` is what the profile keeps for the origin after closing and a second start; the parts are what was put.',
  '',
  '- Dexie, RxDB (its free storage on IndexedDB, without schema validation), PouchDB (with pouchdb-find): IndexedDB.',
  '- TinyBase keeps all in memory; durable is the end of its persister’s `save()`, which writes the whole store.',
  '  Its live updates are timed without saving.',
  '- SQLite: the official WebAssembly build on OPFS (SAH pool). It has no live queries: the app asks again after a write.',
  '- TanStack DB keeps all in memory and in IndexedDB by its own collection type.',
  '- PouchDB has no live queries either: its changes feed tells of a document, the app asks again.',
  '- RxDB answers a query that it has answered before from its cache: `group-by count, warm` and `read all`.',
  '- `open → first durable insert` contains the clone of the empty repository for ours.',
  '',
]

/** The sections of RESULTS.md about databases: a table per size and column, and where ours is not the best. */
export function databaseTables(recorder: Recorder): readonly string[] {
  const sets = [...new Set(recorder.all.map(({ dataset }) => dataset))].filter(isDatabaseSet)
  if (sets.length === 0) return []
  return [
    '## Beside other local databases',
    '',
    ...notes,
    ...sets.flatMap((set) => [
      `### ${set[0]?.toUpperCase()}${set.slice(1)}`,
      '',
      table(recorder, set),
      '',
      ...losses(recorder, set),
      '',
    ]),
  ]
}

function table(recorder: Recorder, dataset: string): string {
  const present = whos.filter((who) => recorder.all.some((one) => one.dataset === dataset && one.who === who))
  return markdownTable(
    ['', ...present],
    steps(recorder, dataset).map((what) => [
      what,
      ...present.map((who) => {
        const series = recorder.find({ dataset, what, who })
        if (series === undefined) return ''
        return series.failure ?? formatSummary(recorder.summary(series), series.unit)
      }),
    ]),
  )
}

/** What was measured, in the order of the workload: that of whoever got furthest first. */
function steps(recorder: Recorder, dataset: string): readonly string[] {
  return [...new Set(recorder.all.filter((one) => one.dataset === dataset).map(({ what }) => what))]
}

/** Where a peer is ahead of ours, worst first. */
function losses(recorder: Recorder, dataset: string): readonly string[] {
  const lost = steps(recorder, dataset).flatMap((what) => {
    const ours = recorder.summary({ dataset, what, who: 'espalier' })
    const unit = recorder.find({ dataset, what, who: 'espalier' })?.unit ?? 'ms'
    if (ours === undefined) return []
    const better = peerNames.flatMap((who) => {
      const median = recorder.summary({ dataset, what, who })?.median
      return median !== undefined && median < ours.median ? [{ who, median }] : []
    })
    const best = better.sort((a, b) => a.median - b.median)[0]
    if (best === undefined) return []
    const others = better.slice(1).map(({ who }) => who)
    const times = best.median === 0 ? '' : ` (${formatNumber(ours.median / best.median)}×)`
    const text = `- ${what}: ${best.who} ${formatNumber(best.median)} ${unit}, ours ${formatNumber(ours.median)} ${unit}${times}${others.length > 0 ? `; also ahead: ${others.join(', ')}` : ''}`
    return [{ text, by: best.median === 0 ? Number.POSITIVE_INFINITY : ours.median / best.median }]
  })
  if (lost.length === 0) return []
  return ['Where we lose:', '', ...lost.sort((a, b) => b.by - a.by).map(({ text }) => text)]
}
