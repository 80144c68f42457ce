import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser, type ServedPage, servePage } from '../support/browser.ts'
import { useGitHost } from '../support/git-host.ts'
import { git, temporaryFolder } from '../support/git-repositories.ts'
import type { SdkPage } from './sdk.page.ts'

declare const sdk: SdkPage

const host = useGitHost()
const profile = temporaryFolder()
let served: ServedPage

beforeAll(async () => {
  served = await servePage({ entry: 'test/browser/sdk.page.ts' })
})

afterAll(async () => {
  await served.close()
  profile.remove()
})

/** Opens the database in a new page; the browser has `quotaSize` bytes for it, if given, from the start. */
async function openPage(
  url: string,
  quotaSize?: number,
): Promise<{ readonly page: Page; giveRoom(): Promise<void>; close(): Promise<void> }> {
  const browser = await launchBrowser({ profileDir: profile.path })
  const page = await browser.newPage()
  const { origin } = new URL(served.url)
  const devtools = await browser.context.newCDPSession(page)
  if (quotaSize !== undefined) await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize })
  await page.goto(served.url)
  await page.evaluate((address) => sdk.open(address), url)
  return {
    page,
    giveRoom: async () => void (await devtools.send('Storage.overrideQuotaForOrigin', { origin })),
    close: async () => {
      await page.evaluate(() => sdk.use().close())
      await browser.close()
    },
  }
}

/** What the app sees. */
function view(page: Page): Promise<unknown> {
  return page.evaluate(async () => [
    await sdk.use().collection('units').all(),
    await sdk.use().changes(),
    await sdk.use().log(),
  ])
}

test('a browser without room: writes are refused and change nothing, what was acknowledged is read, exported and pushed', async () => {
  const { bare, url } = host.make('full')
  const first = await openPage(url)
  const { oid } = await first.page.evaluate(async () => {
    await sdk.use().collection('units').update('foot', { factor: 3 })
    const commit = await sdk.use().commit({ message: 'With room' })
    await sdk.use().collection('units').update('metre', { factor: 2 })
    await sdk.use().settled()
    // The history comes in the background; what is not here cannot be fetched into a full store.
    await sdk.use().exportBundle()
    return commit
  })
  const before = await view(first.page)
  await first.close()

  const full = await openPage(url, 1)
  expect(await view(full.page)).toEqual(before)
  const refused = await full.page.evaluate(async () => {
    const db = sdk.use()
    const units = db.collection('units')
    const codes: unknown[] = []
    for (const write of [
      () => units.update('metre', { factor: 9 }),
      () => units.insert({ $id: 'yard' }),
      () => units.deleteMany(['metre', 'foot']),
      () => db.transaction((tx) => tx.collection('units').insert({ $id: 'yard' })),
      () => db.commit({ message: 'No room' }),
      () => db.discard(),
    ])
      codes.push(
        await write().then(
          () => 'written',
          (error: { readonly code: string }) => error.code,
        ),
      )
    return codes
  })
  expect(refused).toEqual(Array.from({ length: 6 }, () => 'storage/quota'))
  expect(await view(full.page)).toEqual(before)
  expect(await full.page.evaluate(async () => (await sdk.use().exportBundle()).length)).toBeGreaterThan(100)
  expect(await full.page.evaluate(() => sdk.use().push())).toMatchObject({ status: 'pushed', to: oid })
  expect(git(bare, 'rev-parse', 'main').trim()).toBe(oid)

  await full.giveRoom()
  // Chromium asks for the room that there is from time to time only.
  await expect
    .poll(
      () =>
        full.page.evaluate(() =>
          sdk
            .use()
            .collection('units')
            .update('metre', { factor: 9 })
            .then(({ factor }) => factor, String),
        ),
      { interval: 500 },
    )
    .toBe(9)
  await full.close()
})
