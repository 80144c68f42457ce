import { inFreshTab, watchPeak } from '../chromium.ts'
import type { BenchContext } from '../context.ts'
import type { Idle } from '../pages/idle.page.ts'
import type { OursPage } from '../pages/ours.page.ts'
import type { SeriesKey } from '../recorder.ts'
import { dataset, recordKey } from '../repositories.ts'

declare const idle: Idle
declare const ours: OursPage

/** Peak of the renderers while cloning, above an idle page with a worker; heap afterwards, garbage collected. */
export async function memorySection(context: BenchContext): Promise<void> {
  const set = dataset(context.quick ? '10k' : '100k')
  const key = (what: string): SeriesKey => ({ dataset: set.name, what, who: 'espalier' })
  const megabytes = (bytes: number): number => bytes / 1e6
  for (let i = 0; i < context.repetitions('medium'); i++) {
    const blank = await inFreshTab(await context.page('idle'), async (tab) => {
      await tab.page.evaluate(() => idle.ready())
      return { renderers: await tab.rendererBytes(), heap: await tab.heapBytes() }
    })
    const what = 'memory growth while cloning'
    if (blank.renderers === undefined) {
      context.recorder.fail(key(what), 'this system has no /proc/<pid>/smaps_rollup')
      continue
    }
    context.recorder.add(key('idle page with a worker'), megabytes(blank.renderers), 'MB')
    try {
      await inFreshTab(await context.page('ours'), async (tab) => {
        const watch = watchPeak(tab)
        // One record only: what the app itself holds of a query's answer is not the clone's memory.
        await tab.page.evaluate(([url, record]) => ours.open(url, [], record, 'tip'), [
          await context.url(set),
          recordKey(set, 7),
        ] as const)
        const peak = (await watch.stop()) ?? 0
        context.recorder.add(key(what), megabytes(peak - (blank.renderers ?? 0)), 'MB')
        const heap = await tab.heapBytes()
        context.recorder.add(key('heap after a clone, collected'), megabytes(heap - blank.heap), 'MB')
      })
    } catch (error) {
      context.recorder.fail(key(what), error)
    }
  }
}
