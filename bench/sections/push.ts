import { inFreshTab } from '../chromium.ts'
import type { BenchContext } from '../context.ts'
import type { OursPage } from '../pages/ours.page.ts'
import { isomorphicPush, records } from '../peers/isomorphic.ts'
import { nativeCommit, nativeCopy, nativePush } from '../peers/native.ts'
import type { SeriesKey, Who } from '../recorder.ts'
import { type Dataset, dataset, recordKey } from '../repositories.ts'
import { removeFolder } from '../support.ts'
import { collectionIds } from './clone.ts'
import { changesOf } from './commit.ts'

declare const ours: OursPage

/** Push of one record and of 10,000, against native `git push` of the same change; bytes on the wire. */
export async function pushSection(context: BenchContext): Promise<void> {
  for (const name of context.quick ? ['10k'] : ['10k', 'flat-100k', '100k']) {
    const set = dataset(name)
    for (const count of name === '100k' ? [10_000] : name === 'flat-100k' ? [1] : [1, 10_000]) {
      context.log(`${name}, ${records(count)}`)
      for (let i = 0; i < context.repetitions(count === 1 ? 'light' : 'medium'); i++) {
        await nativePushOf(context, set, count, i + 1)
        await oursPushOf(context, set, count, i + 1)
      }
      if (name === '10k' && (count === 1 || !context.quick)) await isomorphicPush(context, set, count)
    }
  }
}

async function nativePushOf(
  context: BenchContext,
  set: Dataset,
  count: number,
  version: number,
): Promise<void> {
  const target = await context.pushTarget(set)
  const native = await nativeCopy(set, context.folder)
  await nativeCommit(native, set, count, version)
  context.server.requests.length = 0
  const ms = await nativePush(native, target.url)
  recordPush(context, set, count, 'git', ms)
  await removeFolder(native)
  await removeFolder(target.path)
}

async function oursPushOf(
  context: BenchContext,
  set: Dataset,
  count: number,
  version: number,
): Promise<void> {
  const target = await context.pushTarget(set)
  try {
    await inFreshTab(await context.page('ours'), async ({ page }) => {
      await page.evaluate(([url, ids, record]) => ours.open(url, ids, record, 'tip'), [
        target.url,
        collectionIds(set),
        recordKey(set, 7),
      ] as const)
      // One browser gives several pushes of one record: an app pushes often after one clone.
      for (let i = 0; i < (count === 1 ? 4 : 1); i++) {
        const change = changesOf(set, count, version * 10 + i)
        await page.evaluate(([change, version]) => ours.edit(change, version), [
          change,
          version * 10 + i,
        ] as const)
        context.server.requests.length = 0
        recordPush(context, set, count, 'espalier', await page.evaluate(() => ours.push()))
      }
    })
  } catch (error) {
    context.recorder.fail({ dataset: set.name, what: `push of ${records(count)}`, who: 'espalier' }, error)
  }
  await removeFolder(target.path)
}

function recordPush(context: BenchContext, set: Dataset, count: number, who: Who, ms: number): void {
  const key = (what: string): SeriesKey => ({ dataset: set.name, what, who })
  const sent = context.server.requests.reduce((sum, request) => sum + request.requestBytes, 0)
  context.recorder.add(key(`push of ${records(count)}`), ms)
  context.recorder.add(key(`push of ${records(count)}: sent`), sent / 1000, 'kB')
}
