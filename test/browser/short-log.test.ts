import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { launchBrowser, servePage } from '../support/browser.ts'
import { useGitHost } from '../support/git-host.ts'
import { temporaryFolder } from '../support/git-repositories.ts'
import type { SdkPage } from './sdk.page.ts'

declare const sdk: SdkPage

const host = useGitHost()

/** Bytes of what Chromium reads again when it opens its stores. */
async function logBytes(profile: string): Promise<number> {
  const folder = join(profile, 'Default', 'IndexedDB')
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.log'))
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

test('what many edits leave in the log of the browser’s store is gone from it when the database was closed', async () => {
  const profile = temporaryFolder()
  const served = await servePage({ entry: 'test/browser/sdk.page.ts' })
  const browser = await launchBrowser({ profileDir: profile.path })
  onTestFinished(async () => {
    await browser.close()
    await served.close()
    profile.remove()
  })
  const { url } = host.make('edits')
  const page = await browser.newPage(served.url)
  await page.evaluate((address) => sdk.open(address), url)
  await page.evaluate(async () => {
    for (let n = 0; n < 100; n++) await sdk.use().collection('units').update('foot', { factor: n })
  })
  expect(await logBytes(profile.path)).toBeGreaterThan(50_000)
  await page.evaluate(() => sdk.use().close())
  // The browser does it after it has answered.
  await expect.poll(() => logBytes(profile.path)).toBeLessThan(10_000)
  await page.reload()
  await page.evaluate((address) => sdk.open(address), url)
  expect(await page.evaluate(() => sdk.use().collection('units').get('foot'))).toMatchObject({ factor: 99 })
})
