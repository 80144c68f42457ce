import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser, type ServedPage, servePage, type TestBrowser } from '../support/browser.ts'
import { useGitHost } from '../support/git-host.ts'
import type { BindingsPage } from './bindings.page.ts'

declare const bindings: BindingsPage

const host = useGitHost()
let served: ServedPage
let browser: TestBrowser
let page: Page

beforeAll(async () => {
  served = await servePage({ entry: 'test/browser/bindings.page.ts' })
  browser = await launchBrowser()
  page = await browser.newPage(served.url)
  await page.evaluate((url) => bindings.mount(url), host.make('bindings').url)
})

afterAll(async () => {
  await browser.close()
  await served.close()
})

type Shown = ReturnType<BindingsPage['shown']>

/** Waits until every binding shows this. */
async function allShow(part: { large: string; ireland: string; changes: string }): Promise<Shown> {
  let shown: Shown = {}
  await expect
    .poll(async () => {
      shown = await page.evaluate(() => bindings.shown())
      return Object.fromEntries(
        Object.entries(shown).map(([name, { large, ireland, changes }]) => [
          name,
          { large, ireland, changes },
        ]),
      )
    })
    .toEqual(Object.fromEntries(['react', 'vue', 'svelte', 'signals'].map((name) => [name, part])))
  return shown
}

test('React, Vue, Svelte and signals show a live query, a record and the status, and render for what matters only', async () => {
  const before = await allShow({ large: 'de,fr', ireland: '5262382', changes: '0' })
  await page.evaluate(() =>
    bindings.db().collection('geo.countries').update('ie', { population: 70_000_000 }),
  )
  await allShow({ large: 'de,fr,ie', ireland: '70000000', changes: '1' })

  // Another collection: the status changes, the query and the record do not.
  await page.evaluate(() => bindings.db().collection('units').update('metre', { symbol: 'M' }))
  const after = await allShow({ large: 'de,fr,ie', ireland: '70000000', changes: '2' })
  expect(after['react']?.renders).toBeLessThan((before['react']?.renders ?? 0) + 15)
  await page.evaluate(() => bindings.db().discard())
  await allShow({ large: 'de,fr', ireland: '5262382', changes: '0' })
})

test('a Vue query follows what its getter reads', async () => {
  const vue = (): Promise<string | undefined> => page.evaluate(() => bindings.shown()['vue']?.large)
  await page.evaluate(() => bindings.moveVue(1))
  await expect.poll(vue).toBe('de,fr,ie')
  await page.evaluate(() => bindings.moveVue(60_000_000))
  await expect.poll(vue).toBe('de,fr')
})

test('a TanStack DB collection syncs live, and its mutations become durable working changes', async () => {
  expect(await page.evaluate(() => bindings.tanstackKeys())).toEqual(['de', 'fr', 'ie'])
  await page.evaluate(() => bindings.db().collection('geo.countries').update('fr', { population: 1 }))
  await expect.poll(() => page.evaluate(() => bindings.tanstackPopulation('fr'))).toBe(1)

  await page.evaluate(() => bindings.changeTanstack())
  const changes = await page.evaluate(() => bindings.db().changes())
  expect(changes.map(({ key, kind }) => `${kind} ${key}`)).toEqual([
    'delete de',
    'update fr',
    'update ie',
    'insert is',
  ])
  await expect.poll(() => page.evaluate(() => bindings.tanstackKeys())).toEqual(['fr', 'ie', 'is'])
  await page.evaluate(() => bindings.db().discard())
  await expect.poll(() => page.evaluate(() => bindings.tanstackKeys())).toEqual(['de', 'fr', 'ie'])
  await expect.poll(() => page.evaluate(() => bindings.tanstackPopulation('ie'))).toBe(5_262_382)
})

test('nothing is followed any more after unmounting', async () => {
  await page.evaluate(() => bindings.unmount())
  const before = await page.evaluate(() => bindings.shown())
  await page.evaluate(() =>
    bindings.db().collection('geo.countries').update('ie', { population: 71_000_000 }),
  )
  await page.evaluate(() => bindings.db().discard())
  expect(await page.evaluate(() => bindings.shown())).toEqual(before)
})
