import { describe, expect, test } from 'vitest'
import type { ListPage } from './databases.page.ts'
import { useGitHost } from '../support/git-host.ts'
import { useBrowserPages } from '../support/browser-page.ts'

declare const list: ListPage

const host = useGitHost()
const pages = useBrowserPages('test/browser/databases.page.ts')

describe('The list of databases in a real browser', () => {
  test('two tabs see the same list; one cannot delete what the other has open; what is deleted comes back', async () => {
    const { url } = host.make('listed')
    host.make('other')
    const [first, second] = [await pages.open(), await pages.open()]
    expect(await first.evaluate(() => list.databases.list())).toEqual({ items: [], total: 0, next: null })
    await first.evaluate((address) => list.open(address), url)
    await first.evaluate(() => list.use().collection('units').update('foot', { factor: 2 }))
    await first.evaluate(() => list.use().commit({ message: 'Two' }))
    await expect
      .poll(async () => (await second.evaluate(() => list.databases.list())).items[0]?.unpushedCommits)
      .toBe(1)
    const shown = await second.evaluate((address) => list.databases.get(address), url)
    expect(shown).toMatchObject({ name: 'listed', status: 'ready', isOpen: true, workingChanges: 0 })
    expect((await first.evaluate(() => list.use().status())).state).toBe(shown?.status)
    expect(await second.evaluate((address) => list.databases.delete(address, { force: true }), url)).toEqual({
      status: 'open',
    })
    const hostile = '<img src=x onerror=alert(1)>'
    expect(
      await second.evaluate(([address, name]) => list.databases.rename(address, name), [
        url,
        hostile,
      ] as const),
    ).toEqual({ status: 'renamed', name: hostile })

    await first.evaluate(() => list.use().close())
    expect(await second.evaluate((address) => list.databases.delete(address), url)).toEqual({
      status: 'refused',
      unpushed: 1,
      workingChanges: 0,
    })
    expect(
      await second.evaluate((address) => list.databases.delete(address, { force: true }), url),
    ).toMatchObject({ status: 'trashed' })
    expect(await first.evaluate(() => list.databases.list())).toMatchObject({ total: 0 })
    expect(await first.evaluate(() => list.databases.trash.list())).toMatchObject({
      items: [{ name: hostile, unpushedCommits: 1 }],
    })
    expect(await first.evaluate((address) => list.databases.trash.restore(address), url)).toMatchObject({
      status: 'restored',
      database: { name: hostile },
    })
    await second.evaluate((address) => list.open(address), url)
    expect(await second.evaluate(() => list.use().collection('units').get('foot'))).toMatchObject({
      factor: 2,
    })
    // A tab that dies, instead of closing, keeps nothing from being deleted.
    await second.close()
    await expect
      .poll(() => first.evaluate((address) => list.databases.purge(address, { force: true }), url))
      .toEqual({ status: 'deleted' })
    expect(await first.evaluate(() => list.names())).toEqual(['espalier:espalier'])
    const room = await first.evaluate(() => list.databases.estimate())
    expect(room.quotaBytes).toBeGreaterThan(0)
    expect(typeof room.persisted).toBe('boolean')
    await first.close()
  })

  test('what the browser deleted shows as evicted with what was lost, and is cloned again', async () => {
    const { url } = host.make('evicted')
    const page = await pages.open()
    await page.evaluate((address) => list.open(address), url)
    await page.evaluate(() => list.use().collection('units').update('foot', { factor: 2 }))
    await page.evaluate(() => list.use().close())
    await page.evaluate((name) => list.evict(name), `espalier ${url}`)
    expect(await page.evaluate((address) => list.databases.get(address), url)).toMatchObject({
      status: 'evicted',
      workingChanges: 1,
    })
    await page.evaluate((address) => list.open(address), url)
    await expect
      .poll(async () => (await page.evaluate(() => list.use().status())).warnings[0])
      .toContain('1 edits were only here')
    await expect
      .poll(() => page.evaluate((address) => list.databases.get(address), url))
      .toMatchObject({
        status: 'ready',
        lost: { code: 'storage/evicted', held: { workingChanges: 1, unpushedCommits: 0 } },
      })
    await page.close()
  })
})
