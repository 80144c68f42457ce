import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lockCases } from '../../worker/storage/lock.suite.ts'
import { storageCases } from '../../worker/storage/storage.suite.ts'
import { launchBrowser, type ServedPage, servePage, type TestBrowser } from '../support/browser.ts'
import type { StoragePage } from './storage.page.ts'

declare const storagePage: StoragePage

let served: ServedPage
let browser: TestBrowser
let tab: Page

beforeAll(async () => {
  served = await servePage({ entry: 'test/browser/storage.page.ts' })
  browser = await launchBrowser()
  tab = await browser.newPage(served.url)
})

afterAll(async () => {
  await browser.close()
  await served.close()
})

for (const { name } of storageCases(true)) {
  test(`The IndexedDB storage in a real browser: ${name}`, async () => {
    const page = name.startsWith('Without room') ? await openFullOrigin() : tab
    await page.evaluate((name) => storagePage.runCase(name), name)
  })
}

/** The same page on another origin, whose quota the browser keeps at one megabyte until it asks for room. */
async function openFullOrigin(): Promise<Page> {
  const url = served.url.replace('localhost', '127.0.0.1')
  const { origin } = new URL(url)
  const page = await browser.newPage()
  const devtools = await browser.context.newCDPSession(page)
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1_000_000 })
  await page.exposeFunction('giveRoom', async () => {
    await devtools.send('Storage.overrideQuotaForOrigin', { origin })
  })
  await page.goto(url)
  return page
}

for (const { name } of lockCases) {
  test(`The web lock in a real browser: ${name}`, async () => {
    await tab.evaluate((name) => storagePage.runLockCase(name), name)
  })
}

test('The browser itself reports every acknowledging transaction as strict', async () => {
  expect(await tab.evaluate(() => storagePage.durabilities())).toEqual(['strict', 'strict', 'strict'])
})
