import type { Remote } from 'comlink'
import { type BenchContext } from '../context.ts'
import { inFreshTab } from '../chromium.ts'
import { benchRecord, recordText } from '../record-data.ts'
import { type Dataset, recordCount, recordPath } from '../repositories.ts'
import type { IsomorphicPeer } from '../pages/isomorphic.worker.ts'
import { capped } from '../support.ts'

declare const isomorphic: Remote<IsomorphicPeer>

/** Nobody waits longer for a page. */
const capSeconds = 180

/** One clone, and the reading of everything, in a new browser. */
export async function isomorphicClone(context: BenchContext, set: Dataset, checkout: boolean): Promise<void> {
  const who = checkout ? 'isomorphic-git, checkout' : 'isomorphic-git'
  const key = (what: string) => ({ dataset: set.name, what, who }) as const
  const url = await context.url(set)
  try {
    await inFreshTab(await context.page('isomorphic'), async ({ page }) => {
      const cap = Date.now() + capSeconds * 1000
      const left = (): number => (cap - Date.now()) / 1000
      const clone = await capped(
        left(),
        page.evaluate(([url, checkout]) => isomorphic.clone(url, checkout), [url, checkout] as const),
      )
      context.recorder.add(key('clone'), clone)
      const read = await capped(
        left(),
        page.evaluate((checkout) => isomorphic.readAll(checkout), checkout),
      )
      if (read.records !== recordCount(set))
        throw new Error(`Read ${read.records} of ${recordCount(set)} records`)
      context.recorder.add(key('remote → first query'), clone + read.ms)
    })
  } catch (error) {
    context.recorder.fail(key('remote → first query'), capReached(error))
  }
}

/** Commits of one record, through the index and working tree or through objects, in one clone. */
export async function isomorphicCommits(
  context: BenchContext,
  set: Dataset,
  checkout: boolean,
  count: number,
): Promise<void> {
  const who = checkout ? 'isomorphic-git, checkout' : 'isomorphic-git'
  const key = { dataset: set.name, what: 'edit and commit of 1 record', who } as const
  const url = await context.url(set)
  try {
    await inFreshTab(await context.page('isomorphic'), async ({ page }) => {
      await capped(
        capSeconds,
        page.evaluate(([url, checkout]) => isomorphic.clone(url, checkout), [url, checkout] as const),
      )
      for (let i = 0; i < count; i++) {
        const change = changes(set, 1, i + 1)[0] ?? (['', ''] as const)
        const ms = await page.evaluate(
          ([change, checkout]) =>
            checkout ? isomorphic.commitFile(change[0], change[1]) : isomorphic.commitObjects([change]),
          [change, checkout] as const,
        )
        // The first call fills caches; what an app feels is the rest.
        if (i > 0) context.recorder.add(key, ms)
      }
    })
  } catch (error) {
    context.recorder.fail(key, capReached(error))
  }
}

/** One commit of `count` records through objects, and its push, in a new browser. */
export async function isomorphicPush(context: BenchContext, set: Dataset, count: number): Promise<void> {
  const key = (what: string) => ({ dataset: set.name, what, who: 'isomorphic-git' }) as const
  const target = await context.pushTarget(set)
  try {
    await inFreshTab(await context.page('isomorphic'), async ({ page }) => {
      await page.evaluate((url) => isomorphic.clone(url, false), target.url)
      const commit = await capped(
        capSeconds,
        page.evaluate((changes) => isomorphic.commitObjects(changes), changes(set, count, 1)),
      )
      context.recorder.add(key(`edit and commit of ${records(count)}`), commit)
      const push = await capped(
        capSeconds,
        page.evaluate((url) => isomorphic.push(url), target.url),
      )
      context.recorder.add(key(`push of ${records(count)}`), push)
    })
  } catch (error) {
    context.recorder.fail(key(`push of ${records(count)}`), capReached(error))
  }
}

export function records(count: number): string {
  return count === 1 ? '1 record' : `${count.toLocaleString('en-US')} records`
}

function changes(set: Dataset, count: number, version: number): (readonly [path: string, text: string])[] {
  const step = Math.max(1, Math.floor(recordCount(set) / count))
  return Array.from({ length: count }, (_, i) => {
    const index = count === 1 ? (version * 37) % recordCount(set) : i * step
    return [recordPath(set, index), recordText(benchRecord(index, version), set.format)] as const
  })
}

function capReached(error: unknown): unknown {
  return error instanceof Error && error.message.includes('stopped') ? `> ${capSeconds} s, stopped` : error
}
