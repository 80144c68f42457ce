import { cp } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Remote } from 'comlink'
import { inFreshTab } from '../chromium.ts'
import type { BenchContext } from '../context.ts'
import { git } from '../git.ts'
import type { DoltLitePage } from '../pages/versions/doltlite.page.ts'
import type { MergeTimes, VersionsPage } from '../pages/versions/espalier.page.ts'
import type { IsomorphicPeer } from '../pages/isomorphic.worker.ts'
import { timed } from '../support.ts'
import { diffOfThousand, mergeOf1, mergeOf500, recordHistory } from '../version-figures.ts'
import { apart, versionRepository, versionSets, watched, type VersionSet } from '../version-repository.ts'

declare const versions: VersionsPage
declare const doltlite: DoltLitePage
declare const isomorphic: Remote<IsomorphicPeer>

/** Merges, diffs, branches and history, of records in files of their own. */
export async function versionsSection(context: BenchContext): Promise<void> {
  const small = await serve(context, versionSets['10k'])
  for (let i = 0; i < context.repetitions('medium'); i++) {
    await ours(context, small)
    await native(context, small)
    await doltLite(context)
    if (!context.quick) await isomorphicMerge(context, small)
  }
  if (context.quick) return
  const large = await serve(context, versionSets['100k'])
  for (let i = 0; i < context.repetitions('medium'); i++) {
    await inFreshTab(await context.page('versions/espalier'), async ({ page }) => {
      await page.evaluate((url) => versions.open(url, 'main'), large.url)
      const add = (what: string, { start, commit }: MergeTimes): void =>
        context.recorder.add({ dataset: '100k, versions', what, who: 'espalier' }, start + commit)
      // As with diffs: a session's first call compiles the code that it runs.
      add(`${mergeOf1}: first`, await page.evaluate(() => versions.merge('draft')))
      add(mergeOf1, await page.evaluate(() => versions.merge('clean', 'again')))
    })
  }
}

interface Served {
  readonly url: string
  readonly path: string
}

async function serve(context: BenchContext, set: VersionSet): Promise<Served> {
  const source = await versionRepository(set)
  const path = join(context.serverRoot, basename(source))
  await cp(source, path, { recursive: true })
  return { path, url: `${context.server.url}/${basename(path)}` }
}

const dataset = '10k, versions'

async function ours(context: BenchContext, { url }: Served): Promise<void> {
  const add = (what: string, value: number): void =>
    context.recorder.add({ dataset, what, who: 'espalier' }, value)
  const entry = await context.page('versions/espalier')
  await inFreshTab(entry, async ({ page }) => {
    await page.evaluate((url) => versions.open(url, 'main'), url)
    const { create, open, at } = await page.evaluate(() => versions.branches())
    add('branch: create and open', create)
    add('branch: open another', open)
    add('at an old commit, one record', at)
    for (const which of ['first', 'again']) {
      const { ms, records } = await page.evaluate(() => versions.diff('main', 'origin/thousand'))
      if (records !== apart) throw new Error(`The diff has ${records} records`)
      add(which === 'first' ? `${diffOfThousand}: first` : diffOfThousand, ms)
    }
    add(
      'live query goes to a branch 1,000 records away',
      await page.evaluate(() => versions.change('thousand')),
    )
    const merge = await page.evaluate(() => versions.merge('draft'))
    if (merge.conflicts !== versionSets['10k'].conflicts) throw new Error(`${merge.conflicts} conflicts`)
    add(`${mergeOf500}, until conflicts are known`, merge.start)
    add(`${mergeOf500}, 20 conflicts`, merge.start + merge.commit)
    await page.evaluate(() => versions.close())
  })
  await inFreshTab(entry, async ({ page }) => {
    await page.evaluate((url) => versions.open(url, 'long'), url)
    const { cold, warm, commits } = await page.evaluate((index) => versions.history(index), watched.index)
    const least = versionSets['10k'].longHistory / watched.every
    if (commits < least) throw new Error(`The record has ${commits} of ${least} commits`)
    add(`${recordHistory}, cold`, cold)
    add(`${recordHistory}, warm`, warm)
  })
}

async function native(context: BenchContext, { path }: Served): Promise<void> {
  const run = async (what: string, args: readonly string[]): Promise<void> => {
    const ms = await timed(() => git(['-C', path, ...args]))
    context.recorder.add({ dataset, what, who: 'git' }, ms)
  }
  await run(diffOfThousand, ['diff', '--stat', 'main', 'thousand'])
  await run(`${mergeOf500}, no conflict`, ['merge-tree', '--write-tree', 'main', 'clean'])
  await run(`${recordHistory}, cold`, ['log', '--oneline', 'long', '--', watchedPath])
}

const watchedPath = `items/$records/item-${String(watched.index).padStart(7, '0')}.json`

async function doltLite(context: BenchContext): Promise<void> {
  const { records, edits } = versionSets['10k']
  const key = { dataset, what: `${mergeOf500}, no conflict`, who: 'DoltLite' } as const
  try {
    const ms = await inFreshTab(await context.page('versions/doltlite'), ({ page }) =>
      page.evaluate(([records, edits]) => doltlite.merge(records, edits), [records, edits] as const),
    )
    context.recorder.add(key, ms)
  } catch (error) {
    context.recorder.fail(key, error)
  }
}

async function isomorphicMerge(context: BenchContext, { url }: Served): Promise<void> {
  const key = { dataset, what: `${mergeOf500}, no conflict`, who: 'isomorphic-git' } as const
  try {
    const ms = await inFreshTab(await context.page('isomorphic'), async ({ page }) => {
      await page.evaluate((url) => isomorphic.cloneAll(url), url)
      return page.evaluate(() => isomorphic.merge('clean'))
    })
    context.recorder.add(key, ms)
  } catch (error) {
    context.recorder.fail(key, error)
  }
}
