import { cp } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { inFreshTab } from '../chromium.ts'
import type { BenchContext } from '../context.ts'
import { listFormats, listRepository, rowKey } from '../list-repository.ts'
import type { CodecPage } from '../pages/codec.page.ts'
import type { OursPage } from '../pages/ours.page.ts'
import type { RecordFormat } from '../record-data.ts'
import type { SeriesKey } from '../recorder.ts'
import { dataset, recordKey } from '../repositories.ts'
import { collectionIds } from './clone.ts'

declare const ours: OursPage
declare const codecs: CodecPage

/** Parsing in the worker, edits of long list files, validation. */
export async function formatSection(context: BenchContext): Promise<void> {
  for (const format of ['json', 'yaml'] as const) await parsing(context, format)
  await listEdits(context)
  for (const name of ['10k', 'yaml-10k']) await validation(context, name)
}

/** Each repetition has a browser of its own: the first parse of an app is a cold one. */
async function parsing(context: BenchContext, format: RecordFormat): Promise<void> {
  const key: SeriesKey = { dataset: format, what: 'parse 10,000 records', who: 'espalier' }
  try {
    for (let i = 0; i < context.repetitions('light'); i++) {
      await inFreshTab(await context.page('codec'), async ({ page }) => {
        context.recorder.add(key, await page.evaluate((format) => codecs.parse(format, 10_000), format))
      })
    }
  } catch (error) {
    context.recorder.fail(key, error)
  }
}

/** One row of a list file of 10,000, after the file was read: the edit (durable), and its commit. */
async function listEdits(context: BenchContext): Promise<void> {
  const { recorder } = context
  const source = await listRepository()
  const name = `lists-${basename(context.folder)}.git`
  await cp(source, join(context.serverRoot, name), { recursive: true })
  for (const format of listFormats) {
    const key = (what: string): SeriesKey => ({ dataset: `${format} list of 10,000`, what, who: 'espalier' })
    try {
      await inFreshTab(await context.page('ours'), async ({ page }) => {
        const times = await page.evaluate(([url, ids, record]) => ours.open(url, ids, record, 'tip'), [
          `${context.server.url}/${name}`,
          [format],
          { collection: format, key: rowKey(7) },
        ] as const)
        recorder.add(key('remote → first query'), times.everything)
        const count = context.quick ? 6 : 16
        for (let i = 0; i < count; i++) {
          const ms = await page.evaluate(
            ([collection, key, version]) => ours.update(collection, key, version),
            [format, rowKey(((i + 1) * 577) % 10_000), i + 1] as const,
          )
          recorder.add(key(i === 0 ? 'first edit after opening' : 'edit of 1 row'), ms)
        }
        for (let i = 0; i < count; i++) {
          const change = [{ collection: format, keys: [rowKey(((i + 1) * 577) % 10_000)] }]
          const edit = await page.evaluate(([change, version]) => ours.edit(change, version), [
            change,
            count + i + 1,
          ] as const)
          // The first commit holds the edits before it as well.
          if (i === 0) continue
          recorder.add(key('edit of 1 row after a commit'), edit.update)
          recorder.add(key('commit of 1 row'), edit.commit)
        }
      })
    } catch (error) {
      recorder.fail(key('edit of 1 row'), error)
    }
  }
}

/** All rules of all records; the second time, as the bar says: warm. */
async function validation(context: BenchContext, name: string): Promise<void> {
  const set = dataset(name)
  const key = (what: string): SeriesKey => ({ dataset: name, what, who: 'espalier' })
  try {
    for (let i = 0; i < context.repetitions('medium'); i++) {
      await inFreshTab(await context.page('ours'), async ({ page }) => {
        await page.evaluate(([url, ids, record]) => ours.open(url, ids, record, 'tip'), [
          await context.url(set),
          collectionIds(set),
          recordKey(set, 7),
        ] as const)
        context.recorder.add(
          key('validate 10,000 records, first'),
          await page.evaluate(() => ours.validate()),
        )
        context.recorder.add(key('validate 10,000 records'), await page.evaluate(() => ours.validate()))
      })
    }
  } catch (error) {
    context.recorder.fail(key('validate 10,000 records'), error)
  }
}
