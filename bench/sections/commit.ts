import { inFreshTab } from '../chromium.ts'
import type { BenchContext } from '../context.ts'
import type { OursPage } from '../pages/ours.page.ts'
import { isomorphicCommits, records } from '../peers/isomorphic.ts'
import { nativeCommit, nativeCopy } from '../peers/native.ts'
import type { SeriesKey } from '../recorder.ts'
import { type Dataset, dataset, recordCount, recordKey } from '../repositories.ts'
import { removeFolder } from '../support.ts'
import { storedBytes, watchStoredBytes } from '../written-bytes.ts'
import { collectionIds } from './clone.ts'

declare const ours: OursPage

/** One durable commit of one record (time and bytes stored), and of 10,000 against `git fast-import`. */
export async function commitSection(context: BenchContext): Promise<void> {
  for (const name of context.quick ? ['10k'] : ['10k', '100k', 'flat-100k']) {
    const set = dataset(name)
    context.log(name)
    await commitsOfOne(context, set)
    if (name === '10k') {
      await isomorphicCommits(context, set, false, 6)
      if (!context.quick) await isomorphicCommits(context, set, true, 4)
    }
    for (let i = 0; i < context.repetitions('medium'); i++) await commitOfMany(context, set, i + 1)
  }
}

async function commitsOfOne(context: BenchContext, set: Dataset): Promise<void> {
  const { recorder } = context
  const key = (what: string): SeriesKey => ({ dataset: set.name, what, who: 'espalier' })
  try {
    await inFreshTab(await context.page('ours'), async ({ page }) => {
      await page.evaluate(([url, ids, record]) => ours.open(url, ids, record, 'tip'), [
        await context.url(set),
        collectionIds(set),
        recordKey(set, 7),
      ] as const)
      await watchStoredBytes(page)
      const count = context.quick ? 11 : 31
      for (let i = 0; i < count; i++) {
        const before = await storedBytes(page)
        const change = changesOf(set, 1, i + 1)
        const times = await page.evaluate(([change, version]) => ours.edit(change, version), [
          change,
          i + 1,
        ] as const)
        await page.evaluate(() => ours.settled())
        // The first call warms up; what an app feels is the rest.
        if (i === 0) continue
        recorder.add(key('edit of 1 record'), times.update)
        recorder.add(key('commit of 1 record'), times.commit)
        recorder.add(key('edit and commit of 1 record'), times.update + times.commit)
        recorder.add(key('stored per edit and commit'), ((await storedBytes(page)) - before) / 1000, 'kB')
      }
    })
  } catch (error) {
    recorder.fail(key('commit of 1 record'), error)
  }
}

async function commitOfMany(context: BenchContext, set: Dataset, version: number): Promise<void> {
  const { recorder } = context
  const count = 10_000
  const native = await nativeCopy(set, context.folder)
  const ms = await nativeCommit(native, set, count, version)
  await removeFolder(native)
  recorder.add({ dataset: set.name, what: `commit of ${records(count)}`, who: 'git' }, ms)
  const key = (what: string): SeriesKey => ({ dataset: set.name, what, who: 'espalier' })
  try {
    const times = await inFreshTab(await context.page('ours'), async ({ page }) => {
      await page.evaluate(([url, ids, record]) => ours.open(url, ids, record, 'tip'), [
        await context.url(set),
        collectionIds(set),
        recordKey(set, 7),
      ] as const)
      return page.evaluate(([change, version]) => ours.edit(change, version), [
        changesOf(set, count, version),
        version,
      ] as const)
    })
    recorder.add(key(`edit of ${records(count)}`), times.update)
    recorder.add(key(`commit of ${records(count)}`), times.commit)
    recorder.add(key(`edit and commit of ${records(count)}`), times.update + times.commit)
  } catch (error) {
    recorder.fail(key(`commit of ${records(count)}`), error)
  }
}

/** Which records to change: `count` of them, spread over all collections; a single one moves with `version`. */
export function changesOf(
  set: Dataset,
  count: number,
  version: number,
): { collection: string; keys: string[] }[] {
  const step = Math.max(1, Math.floor(recordCount(set) / count))
  const byCollection = new Map<string, string[]>()
  for (let i = 0; i < count; i++) {
    const { collection, key } = recordKey(set, count === 1 ? (version * 37) % recordCount(set) : i * step)
    byCollection.set(collection, [...(byCollection.get(collection) ?? []), key])
  }
  return [...byCollection].map(([collection, keys]) => ({ collection, keys }))
}
