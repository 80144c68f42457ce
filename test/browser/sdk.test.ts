import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser, type ServedPage, servePage, type TestBrowser } from '../support/browser.ts'
import { useGitHost } from '../support/git-host.ts'
import { commitElsewhere, git } from '../support/git-repositories.ts'
import type { SdkPage } from './sdk.page.ts'

declare const sdk: SdkPage
declare const violations: readonly string[]

const token = 'secret-token-9f2c41'
const host = useGitHost({ auth: { username: 'ada', password: token } })
let served: ServedPage
let browser: TestBrowser

beforeAll(async () => {
  served = await servePage({ entry: 'test/browser/sdk.page.ts' })
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser.close()
  await served.close()
})

describe('In a real browser, under the strict policy', () => {
  test('an app opens, edits, commits and pushes; native git sees a one-line change; no token is kept anywhere', async () => {
    const { bare, url } = host.make('browser-job')
    const page = await browser.newPage(served.url)
    const messages: string[] = []
    page.on('console', (message) => messages.push(message.text()))
    page.on('pageerror', (error) => messages.push(String(error)))

    const withUserInfo = url.replace('http://', `http://ada:${token}@`)
    await page.evaluate((address) => sdk.open(address), withUserInfo)
    const row = await page.evaluate(() =>
      sdk.use().collection('geo.countries').update('ie', { population: 5_300_000 }),
    )
    expect(row).toMatchObject({ $id: 'ie', population: 5_300_000 })
    const commit = await page.evaluate(() => sdk.use().commit({ message: 'Update Ireland' }))
    const outcome = await page.evaluate(() => sdk.use().push())
    expect(outcome).toMatchObject({ status: 'pushed', to: commit.oid })

    expect(git(bare, 'rev-parse', 'main').trim()).toBe(commit.oid)
    expect(git(bare, 'diff', '--numstat', 'main~1', 'main').trim()).toBe(
      '1\t1\tgeo/countries/$records/ie.json',
    )
    expect(git(bare, 'fsck', '--strict')).toBe('')
    const dump = await page.evaluate(() => sdk.dump())
    expect(dump).toContain('Update Ireland')
    const status = await page.evaluate(async () =>
      JSON.stringify([await sdk.use().status(), await sdk.use().log()]),
    )
    for (const text of [dump, status, messages.join('\n'), git(bare, 'log', '--format=raw')])
      expect(text).not.toContain(token)
    expect(await page.evaluate(() => violations)).toEqual([])
    expect(messages).toEqual([])
    await page.close()
  })

  test('a reload shows what the app asked first before a worker runs', async () => {
    const { url } = host.make('screen')
    const page = await browser.newPage(served.url)
    const ask = (): Promise<unknown> =>
      page.evaluate(() => sdk.use().collection('units').find({ orderBy: 'symbol', limit: 10 }))
    await page.evaluate((address) => sdk.open(address), url)
    const rows = await ask()
    expect(rows).toMatchObject([{ $id: 'foot' }, { $id: 'metre' }])
    await expect.poll(() => page.evaluate(() => sdk.dump())).toContain('"first screen"')
    await page.reload()
    await page.evaluate((address) => sdk.open(address, { silent: true }), url)
    expect(await ask()).toEqual(rows)
    await page.close()
  })

  test('a reload answers from this browser without the network, and pulls what happened since', async () => {
    const { bare, url } = host.make('reload')
    const page = await browser.newPage(served.url)
    await page.evaluate((address) => sdk.open(address), url)
    await page.evaluate(() => sdk.use().collection('units').update('foot', { factor: 0.3 }))
    // `waitForFunction` takes a promise for an answer.
    await expect.poll(() => page.evaluate(async () => (await sdk.use().status()).history)).toBe('full')
    await page.reload()
    host.server.requests.length = 0
    await page.evaluate((address) => sdk.open(address), url)
    expect(await page.evaluate(() => sdk.use().collection('units').get('foot'))).toMatchObject({
      factor: 0.3,
    })
    expect(await page.evaluate(() => sdk.use().changes())).toMatchObject([{ key: 'foot', kind: 'update' }])
    expect(host.server.requests).toEqual([])
    const theirs = commitElsewhere(bare, { 'units/$records/metre.yaml': 'symbol: "m"\n' })
    expect(await page.evaluate(() => sdk.use().pull())).toMatchObject({
      status: 'fast-forwarded',
      to: theirs,
    })
    await page.close()
  })

  test('an error keeps its code and data across the worker', async () => {
    const { url } = host.make('errors')
    const page = await browser.newPage(served.url)
    const code = (run: () => Promise<unknown>): Promise<unknown> => page.evaluate(run)
    await page.evaluate((address) => sdk.open(address), url)
    const missing = await code(() =>
      sdk
        .use()
        .collection('units')
        .update('parsec', {})
        .catch((error) => error.toJSON()),
    )
    expect(missing).toMatchObject({ code: 'record/missing', data: { collection: 'units', key: 'parsec' } })
    const unknown = await code(() =>
      sdk
        .use()
        .collection('nowhere')
        .all()
        .catch((error) => error.toJSON()),
    )
    expect(unknown).toMatchObject({ code: 'record/collection-missing' })
    const gone = await page.evaluate(
      (address) => sdk.open(address).catch((error) => error.toJSON()),
      `${host.server.url}/none.git`,
    )
    expect(gone).toMatchObject({ code: 'remote/not-found' })
    await page.close()
  })

  test("a worker of the app's own brings the text search; the prebuilt one names the plug-in", async () => {
    const { url } = host.make('search')
    for (const search of [false, true]) {
      const page = await browser.newPage(served.url)
      await page.evaluate(([address, search]) => sdk.open(address, { search }), [url, search] as const)
      const found = await page.evaluate(() =>
        sdk
          .use()
          .collection('geo.countries')
          .search('irlan')
          .then(
            (rows) => rows.map(({ $id }) => $id),
            (error) => error.code,
          ),
      )
      expect(found).toEqual(search ? ['ie'] : 'query/search-missing')
      expect(await page.evaluate(() => violations)).toEqual([])
      await page.close()
    }
  })

  test('a database that is closed may be closed again', async () => {
    const { url } = host.make('closed-twice')
    const page = await browser.newPage(served.url)
    await page.evaluate((address) => sdk.open(address), url)
    await page.evaluate(async () => {
      const db = sdk.use()
      const draft = await db.branches.create('draft')
      await Promise.all([db.close(), db.close()])
      await db.close()
      await draft.close()
    })
    const after = await page.evaluate(() =>
      sdk
        .use()
        .status()
        .catch(({ code }: { code: string }) => code),
    )
    expect(after).toBe('engine/closed')
    await page.close()
  })

  test('a tab that closes in the middle of a transaction takes it along, and holds nobody up', async () => {
    const { url } = host.make('closed')
    const [closing, other] = [await browser.newPage(served.url), await browser.newPage(served.url)]
    for (const page of [closing, other]) await page.evaluate((address) => sdk.open(address), url)
    await closing.evaluate(() => sdk.beginForEver('ie', 1))
    await other.evaluate(() => sdk.use().collection('geo.countries').update('fr', { population: 2 }))
    await closing.close()
    const changes = await other.evaluate(async () => {
      await sdk.use().transaction((tx) => tx.collection('geo.countries').update('de', { population: 3 }))
      return (await sdk.use().changes()).map(({ key, after }) => [key, after?.['population']])
    })
    expect(changes).toEqual([
      ['de', 3],
      ['fr', 2],
    ])
    await other.close()
    const again = await browser.newPage(served.url)
    await again.evaluate((address) => sdk.open(address), url)
    const row = await again.evaluate(() => sdk.use().collection('geo.countries').get('ie'))
    expect(row).toMatchObject({ population: 5_262_382 })
    await again.close()
  })

  test('two tabs write crossing edits without announcements, one frozen meanwhile: nothing is lost', async () => {
    const { url } = host.make('tabs')
    const pages = [await browser.newPage(served.url), await browser.newPage(served.url)] as const
    for (const page of pages) await page.evaluate((address) => sdk.open(address, { deaf: true }), url)
    const start = await pages[0].evaluate(async () =>
      Number((await sdk.use().collection('geo.countries').get('ie'))?.['population']),
    )
    const startOther = await pages[0].evaluate(async () =>
      Number((await sdk.use().collection('geo.countries').get('fr'))?.['population']),
    )

    const running = pages.map((page, tab) =>
      page.evaluate(
        (name) => Promise.all([sdk.count('ie', 50), sdk.count(name, 50)]),
        tab === 0 ? 'fr' : 'de',
      ),
    )
    const lifecycle = await browser.context.newCDPSession(pages[1])
    await lifecycle.send('Page.setWebLifecycleState', { state: 'frozen' })
    await pages[0].waitForFunction(
      async () => Number((await sdk.use().collection('geo.countries').get('fr'))?.['population']) > 0,
    )
    await lifecycle.send('Page.setWebLifecycleState', { state: 'active' })
    await Promise.all(running)

    for (const page of pages)
      await page.evaluate(() => sdk.use().collection('units').update('foot', { factor: Math.random() }))
    for (const page of pages) {
      const rows = await page.evaluate(async () =>
        Promise.all(['ie', 'fr'].map((key) => sdk.use().collection('geo.countries').get(key))),
      )
      expect(rows[0]).toMatchObject({ population: start + 100 })
      expect(rows[1]).toMatchObject({ population: startOther + 50 })
    }
    for (const page of pages) await page.close()
  })

  test('the exported bundle is a repository that native git clones and finds sound', async () => {
    const page = await browser.newPage(served.url)
    await page.evaluate((address) => sdk.open(address), host.make('bundle').url)
    await page.evaluate(() => sdk.use().collection('units').update('foot', { factor: 0.25 }))
    const commit = await page.evaluate(() => sdk.use().commit({ message: 'Quarter' }))
    const bytes = await page.evaluate(async () => Array.from(await sdk.use().exportBundle()))
    const out = await mkdtemp(join(tmpdir(), 'espalier-bundle-'))
    await writeFile(join(out, 'db.bundle'), Uint8Array.from(bytes))
    git(out, 'clone', '-q', '--bare', 'db.bundle', 'clone.git')
    expect(git(join(out, 'clone.git'), 'fsck', '--strict', '--full')).toBe('')
    expect(git(join(out, 'clone.git'), 'rev-parse', 'main').trim()).toBe(commit.oid)
    await rm(out, { recursive: true, force: true })
    await page.close()
  })
})
