import { cp, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type BenchTab, freshProfile, openTab } from '../chromium.ts'
import type { BenchContext, PageName } from '../context.ts'
import { wrongAnswer } from '../database/answers.ts'
import type { Place } from '../database/peer.ts'
import type { DatabasePage } from '../database/serve-peer.ts'
import { type Column, databaseSet } from '../database/sets.ts'
import { type Step, steps } from '../database/workload.ts'
import { historyBytes } from '../history-bytes.ts'
import { itemRepository } from '../item-repository.ts'
import { peerNames, type PeerName, type SeriesKey } from '../recorder.ts'
import { capped } from '../support.ts'

declare const database: DatabasePage

type Competitor = 'espalier' | PeerName

const pages: Readonly<Record<Competitor, PageName>> = {
  espalier: 'database/espalier',
  Dexie: 'database/dexie',
  RxDB: 'database/rxdb',
  PouchDB: 'database/pouchdb',
  TinyBase: 'database/tinybase',
  SQLite: 'database/sqlite',
  'TanStack DB': 'database/tanstack',
}
const competitors: readonly Competitor[] = ['espalier', ...peerNames]

/** How long one run of all steps may take; what is missing after says so. */
const capSeconds = 120

/** One size of the benchmark. */
interface Size {
  readonly name: string
  readonly count: number
  readonly repetitions: number
}

/** The local databases that people use, beside ours, in one Chromium: every step, two columns, interleaved. */
export async function databaseSection(context: BenchContext): Promise<void> {
  const sizes: readonly Size[] = context.quick
    ? [{ name: '1k', count: 1_000, repetitions: 1 }]
    : [
        { name: '10k', count: 10_000, repetitions: context.repetitions('medium') },
        { name: '100k', count: 100_000, repetitions: context.repetitions('heavy') },
      ]
  const url = await serveItems(context)
  const chosen = competitors.filter((one) => context.peers?.includes(one) ?? true)
  for (const size of sizes.filter(({ name }) => context.sizes?.includes(name) ?? true)) {
    for (let i = 0; i < size.repetitions; i++) {
      for (const who of chosen) {
        for (const column of ['worker', 'page'] as const) {
          context.log(`${databaseSet(size.name, column)}, ${who}`)
          await run(context, who, column, size, url)
        }
      }
    }
  }
}

async function run(
  context: BenchContext,
  who: Competitor,
  column: Column,
  size: Size,
  url: string,
): Promise<void> {
  const dataset = databaseSet(size.name, column)
  const place: Place = { url, count: size.count }
  const deadline = performance.now() + capSeconds * 1000
  const profile = await freshProfile()
  let reached: Step | 'page' = 'page'
  const step = async (tab: BenchTab, name: Step): Promise<void> => {
    reached = name
    const figures = await within(deadline, tab, () => tab.page.evaluate((name) => database.step(name), name))
    for (const { what, value, unit } of figures) context.recorder.add({ dataset, what, who }, value, unit)
  }
  const page = await context.page(pages[who])
  try {
    await inTab(page, profile.path, async (tab) => {
      await within(deadline, tab, () => start(tab, column, place))
      for (const name of steps) await step(tab, name)
    })
    await inTab(page, profile.path, async (tab) => {
      await within(deadline, tab, () => start(tab, column, place))
      await step(tab, 'reopen')
      const bundle = await tab.page.evaluate(() => database.bundle())
      if (bundle.length > 0) {
        const bytes = await historyBytes(Buffer.from(bundle, 'latin1'), context.folder)
        context.recorder.add({ dataset, what: 'stored after compaction: history', who }, bytes / 1e6, 'MB')
      }
    })
    // After a second start: what LevelDB kept in its log is in its tables now.
    const stored =
      (await folderBytes(profile.path, 'IndexedDB')) + (await folderBytes(profile.path, 'File System'))
    context.recorder.add({ dataset, what: 'stored', who }, stored / 1e6, 'MB')
  } catch (error) {
    // A wrong answer is nothing to measure beside right ones: the whole run ends.
    if (String(error).includes(wrongAnswer))
      throw new Error(`${who}, ${dataset}: ${String(error)}`, { cause: error })
    const key: SeriesKey = { dataset, what: `step "${reached}" and what follows`, who }
    context.recorder.fail(key, error)
  } finally {
    await profile.remove()
  }
}

/** Bytes of all files that a profile keeps for one kind of storage. */
async function folderBytes(profile: string, storage: string): Promise<number> {
  const folder = join(profile, 'Default', storage)
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const sizes = await Promise.all(names.map(async (name) => stat(join(folder, name))))
  return sizes.reduce((sum, one) => sum + (one.isFile() ? one.size : 0), 0)
}

async function inTab(url: string, profile: string, work: (tab: BenchTab) => Promise<void>): Promise<void> {
  const tab = await openTab(url, profile)
  try {
    await work(tab)
  } finally {
    await tab.close()
  }
}

function start(tab: BenchTab, column: Column, place: Place): Promise<void> {
  return tab.page.evaluate(([column, place]) => database.start(column, place), [column, place] as const)
}

function within<T>(deadline: number, tab: BenchTab, work: () => Promise<T>): Promise<T> {
  const left = Math.max(0, deadline - performance.now()) / 1000
  return capped(left, Promise.race([tab.failed, work()])).catch((error: unknown) => {
    if (performance.now() < deadline) throw error
    throw new Error(`> ${capSeconds} s for all steps, stopped`, { cause: error })
  })
}

/** The URL of the repository that ours opens: the definition of an empty collection. */
async function serveItems(context: BenchContext): Promise<string> {
  const source = await itemRepository()
  const to = join(context.serverRoot, basename(source))
  await cp(source, to, { recursive: true })
  return `${context.server.url}/${basename(to)}`
}
