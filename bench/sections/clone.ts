import { freshProfile, openTab } from '../chromium.ts'
import type { BenchContext } from '../context.ts'
import type { OursPage } from '../pages/ours.page.ts'
import { isomorphicClone } from '../peers/isomorphic.ts'
import { nativeClone } from '../peers/native.ts'
import type { SeriesKey } from '../recorder.ts'
import { collectionId, type Dataset, dataset, recordCount, recordKey } from '../repositories.ts'
import { capped } from '../support.ts'

declare const ours: OursPage

/** Remote → first record → first query over everything → everything durable; reopen → the same. Peers between. */
export async function cloneSection(context: BenchContext): Promise<void> {
  const tips = context.quick ? ['1k', '10k'] : ['1k', '10k', '100k', 'flat-100k', 'yaml-10k']
  const wanted = (name: string): boolean => context.sizes?.includes(name) ?? true
  for (const name of tips.filter(wanted)) {
    const set = dataset(name)
    const big = recordCount(set) > 50_000
    context.log(name)
    for (let i = 0; i < context.repetitions(big ? 'medium' : 'light'); i++) {
      await clonePair(context, set, 'tip')
      if (set.format !== 'json' || name === 'flat-100k') continue
      if (i < context.repetitions(big ? 'heavy' : 'medium')) await isomorphicClone(context, set, false)
      const withCheckout = big ? 'heavy' : 'medium'
      if (i < context.repetitions(withCheckout)) await isomorphicClone(context, set, true)
    }
  }
  const histories = context.quick
    ? ['1k+history', '10k+history']
    : ['1k+history', '10k+history', '100k+history', 'flat-100k+history', 'yaml-10k+history']
  for (const name of histories.filter(wanted)) {
    context.log(name)
    for (let i = 0; i < context.repetitions(name.includes('100k') ? 'heavy' : 'medium'); i++) {
      await clonePair(context, dataset(name), 'full')
    }
  }
}

/** Native git, then ours. */
async function clonePair(context: BenchContext, set: Dataset, history: 'tip' | 'full'): Promise<void> {
  const url = await context.url(set)
  const what = history === 'tip' ? 'clone' : 'clone with history'
  context.recorder.add(
    { dataset: set.name, what, who: 'git' },
    await nativeClone(url, context.folder, history),
  )
  if (history === 'full') {
    const tip = await nativeClone(url, context.folder, 'tip')
    context.recorder.add({ dataset: set.name, what: 'clone', who: 'git' }, tip)
  }
  await oursCloneAndReopen(context, set, history)
}

async function oursCloneAndReopen(
  context: BenchContext,
  set: Dataset,
  history: 'tip' | 'full',
): Promise<void> {
  const { recorder } = context
  const key = (what: string): SeriesKey => ({ dataset: set.name, what, who: 'espalier' })
  const profile = await freshProfile()
  try {
    for (const from of ['remote', 'reopen'] as const) {
      const tab = await openTab(await context.page('ours'), profile.path)
      try {
        const times = await capped(
          300,
          Promise.race([
            tab.failed,
            tab.page.evaluate(
              ([url, collections, record, history]) => ours.open(url, collections, record, history),
              [await context.url(set), collectionIds(set), recordKey(set, 7), history] as const,
            ),
          ]),
        )
        if (times.records !== recordCount(set))
          throw new Error(`Read ${times.records} of ${recordCount(set)} records`)
        recorder.add(key(`${from} → first record`), times.firstRecord)
        recorder.add(key(`${from} → first query`), times.everything)
        if (from === 'reopen') continue
        recorder.add(key('remote → durable'), times.durable)
        if (times.history !== undefined) recorder.add(key('remote → whole history durable'), times.history)
      } finally {
        await tab.close()
      }
    }
  } catch (error) {
    recorder.fail(key('remote → first query'), error)
  } finally {
    await profile.remove()
  }
}

/** The ids of a dataset's collections. */
export function collectionIds(set: Dataset): string[] {
  return Array.from({ length: set.collections }, (_, i) => collectionId(i))
}
