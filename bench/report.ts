import { readFileSync } from 'node:fs'
import { cpus, loadavg, platform, release, totalmem } from 'node:os'
import { resolve } from 'node:path'
import { databaseTables } from './database-report.ts'
import { isDatabaseSet } from './database/sets.ts'
import { bars, judge, type Verdict } from './bars.ts'
import { git } from './git.ts'
import { createRecorder, type Recorder, type Series } from './recorder.ts'
import { summarize } from './statistics.ts'
import { formatSummary, markdownTable } from './table.ts'

const root = resolve(import.meta.dirname, '..')

/** Where and when the figures were taken. */
export interface Setting {
  readonly date: string
  readonly mode: string
  readonly machine: string
  readonly versions: Readonly<Record<string, string>>
  readonly load: string
  readonly minutes: number
  /** Runs of some sections after the full one, whose figures stand in place of its own. */
  readonly again?: readonly Setting[]
}

export async function describeSetting(mode: string, minutes: number, browser: string): Promise<Setting> {
  const [cpu] = cpus()
  const packageVersion = (name: string): string =>
    (
      JSON.parse(readFileSync(resolve(root, 'node_modules', name, 'package.json'), 'utf8')) as {
        version: string
      }
    ).version
  const commit = await git(['rev-parse', '--short', 'HEAD'], { cwd: root }).catch(() => 'unknown')
  return {
    date: new Date().toISOString().slice(0, 10),
    mode,
    machine: `${cpus().length} × ${cpu?.model.trim() ?? 'CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${release()}`,
    versions: {
      espalier: commit.trim(),
      chromium: browser,
      git: (await git(['--version'])).trim().replace('git version ', ''),
      node: process.version,
      'isomorphic-git': packageVersion('isomorphic-git'),
      'lightning-fs': packageVersion('@isomorphic-git/lightning-fs'),
      dexie: packageVersion('dexie'),
      rxdb: packageVersion('rxdb'),
      pouchdb: packageVersion('pouchdb-browser'),
      tinybase: packageVersion('tinybase'),
      'sqlite-wasm': packageVersion('@sqlite.org/sqlite-wasm'),
      'tanstack db': packageVersion('@tanstack/db'),
      'doltlite-wasm': packageVersion('@dolthub/doltlite-wasm'),
    },
    load: loadavg()
      .map((load) => load.toFixed(1))
      .join(', '),
    minutes,
  }
}

/** The bars as a table; those without a figure only when `all`. */
export function barsTable(recorder: Recorder, all: boolean): string {
  const verdicts = bars
    .map((bar) => judge(bar, recorder))
    .filter(({ figure, reason }) => all || figure !== undefined || reason)
  return markdownTable(
    ['what', 'database', 'ours', 'peer', 'figure', 'bar', ''],
    verdicts.map((one) => [
      one.bar.what,
      one.bar.dataset,
      one.oursText,
      one.theirsText,
      one.figureText,
      one.limitText,
      one.verdict === '-' ? (one.reason ?? 'not measured') : one.verdict,
    ]),
  )
}

/** Everything that was measured but the databases, which have tables of their own. */
export function figuresTable(recorder: Recorder): string {
  return markdownTable(
    ['database', 'what', 'who', 'median (min–max)', 'runs'],
    recorder.all
      .filter(({ dataset }) => !isDatabaseSet(dataset))
      .sort((a, b) => order(a.dataset, b.dataset) || order(a.what, b.what))
      .map((series) => [
        series.dataset,
        series.what,
        series.who,
        series.samples.length > 0
          ? formatSummary(summarize(series.samples), series.unit)
          : (series.failure ?? '–'),
        String(series.samples.length),
      ]),
  )
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The text of RESULTS.md. */
export function resultsMarkdown(recorder: Recorder, setting: Setting): string {
  const versions = Object.entries(setting.versions).map(([name, version]) => `${name} ${version}`)
  return [
    '# Benchmark results',
    '',
    `Made by \`npm run bench\` (${setting.mode}) on ${setting.date}, in ${setting.minutes.toFixed(1)} minutes. Do not edit.`,
    '',
    `- Machine: ${setting.machine}; load average at the end ${setting.load}.`,
    ...(setting.again ?? []).map(
      ({ mode, date, versions, machine, minutes, load }) =>
        `- Measured again (${mode}) on ${date}, of espalier ${versions['espalier']}, in ${minutes.toFixed(1)} minutes: ${machine}; load average at the end ${load}.`,
    ),
    `- Versions: ${versions.join(', ')}.`,
    '- Browser figures are taken in the page, as an app waits for them: worker start, transfer and parsing included.',
    '  Every repetition has a browser and an on-disk profile of its own, and begins a second after its start. The git server (`git http-backend`) runs on',
    '  the same machine, on another origin. Ratios are medians over medians of interleaved repetitions.',
    '- The databases: `10k` is ten collections of 1,000 JSON records of about 350 bytes in one commit; `flat` is one',
    '  collection; `+history` has 500 commits. `10k, versions` is one collection of 10,000 records of twelve fields with its',
    '  branches, `100k, versions` ten such collections; DoltLite has the same rows in memory, isomorphic-git merges by lines.',
    '',
    '## Bars',
    '',
    barsTable(recorder, true),
    '',
    ...databaseTables(recorder),
    '## All figures',
    '',
    '`first query` reads every record of every collection, parsed, into the page. For isomorphic-git it is the clone',
    'and then the reading and parsing of every record.',
    '',
    figuresTable(recorder),
    '',
  ].join('\n')
}

/** A run of all sections or of some. */
export interface Run {
  readonly recorder: Recorder
  readonly setting: Setting
}

/** The last full run, as results.json keeps it, with what `now` has measured in place of its figures. */
export function measuredAgain(resultsJson: string, now: Run): Run {
  const last = JSON.parse(resultsJson) as { readonly setting: Setting; readonly series: readonly Series[] }
  const before = (last.setting.again ?? []).filter(({ mode }) => mode !== now.setting.mode)
  return {
    recorder: createRecorder(undefined, [...last.series, ...now.recorder.all]),
    setting: { ...last.setting, again: [...before, now.setting] },
  }
}

/** The content of results.json. */
export function resultsJson(recorder: Recorder, setting: Setting): string {
  const verdicts = bars.map((bar): Omit<Verdict, 'oursText' | 'theirsText'> => {
    const { oursText: _, theirsText: __, ...verdict } = judge(bar, recorder)
    return verdict
  })
  return `${JSON.stringify({ setting, bars: verdicts, series: recorder.all }, null, 2)}\n`
}
