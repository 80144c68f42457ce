import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { DatabaseEvent } from '../../src/index.ts'
import { launchBrowser, type ServedPage, servePage, type TestBrowser } from '../support/browser.ts'
import { useGitHost } from '../support/git-host.ts'
import type { SdkPage } from './sdk.page.ts'

declare const sdk: SdkPage

const host = useGitHost()
let profileDir: string
let served: ServedPage
let url: string

beforeEach(async () => {
  profileDir = await mkdtemp(join(tmpdir(), 'espalier-loss-'))
})

afterEach(async () => {
  await rm(profileDir, { recursive: true, force: true, maxRetries: 5 })
})

beforeAll(async () => {
  served = await servePage({ entry: 'test/browser/sdk.page.ts' })
  url = host.make('lost').url
})

afterAll(() => served.close())

type Page = Awaited<ReturnType<TestBrowser['newPage']>>

/** What the app sees right after opening: the warnings that it hears, the loss, and the whole history. */
async function openAgain(page: Page): Promise<{
  readonly warnings: readonly DatabaseEvent[]
  readonly lost: string | undefined
  readonly log: readonly string[]
}> {
  await page.goto(served.url)
  await page.evaluate((address) => sdk.open(address), url)
  return page.evaluate(async () => {
    const db = sdk.use()
    const warnings: DatabaseEvent[] = []
    db.subscribe((event) => event.type === 'warning' && warnings.push(event))
    await db.settled()
    const { lost } = await db.status()
    return { warnings, lost: lost?.code, log: (await db.log()).map(({ message }) => message.trim()) }
  })
}

async function commitEdit(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await sdk.use().collection('geo.countries').update('ie', { population: 1 })
    await sdk.use().commit({ message: 'Never pushed' })
  })
}

const nothingLost = { warnings: [], lost: undefined }

test('When the browser finds its files damaged and empties them, the app is told and works on', async () => {
  const first = await launchBrowser({ profileDir })
  const tab = await first.newPage()
  expect(await openAgain(tab)).toEqual({ ...nothingLost, log: ['Start'] })
  await commitEdit(tab)
  expect(await openAgain(tab)).toEqual({ ...nothingLost, log: ['Never pushed', 'Start'] })
  await first.kill()
  await damageLog()

  const second = await launchBrowser({ profileDir })
  try {
    const page = await second.newPage()
    const told = {
      warnings: [
        {
          type: 'warning',
          code: 'storage/corrupt',
          message: expect.stringContaining('found its storage damaged'),
        },
      ],
      lost: 'storage/corrupt',
      log: ['Start'],
    }
    expect(await openAgain(page)).toEqual(told)
    expect(await openAgain(page)).toEqual(told)
    await page.evaluate(() => sdk.use().dismissLoss())
    expect(await openAgain(page)).toEqual({ ...nothingLost, log: ['Start'] })
    await commitEdit(page)
    expect(await openAgain(page)).toEqual({ ...nothingLost, log: ['Never pushed', 'Start'] })
  } finally {
    await second.close()
  }
})

test('The same where the page knew of the store and asked for it before its worker did', async () => {
  const first = await launchBrowser({ profileDir })
  const tab = await first.newPage()
  await openAgain(tab)
  await tab.waitForFunction((address) => localStorage.getItem('espalier-stores')?.includes(address), url)
  const known = await tab.evaluate(() => localStorage.getItem('espalier-stores'))
  await commitEdit(tab)
  await first.kill()
  await damageLog()

  const second = await launchBrowser({ profileDir })
  try {
    const page = await second.newPage()
    await page.goto(served.url)
    // What a browser keeps of it by itself when it is killed is a matter of seconds.
    await page.evaluate((text) => localStorage.setItem('espalier-stores', text ?? ''), known)
    expect(await openAgain(page)).toMatchObject({ lost: 'storage/corrupt', log: ['Start'] })
  } finally {
    await second.close()
  }
})

test('When the browser evicts the data, the next opening says so', async () => {
  const browser = await launchBrowser()
  try {
    const page = await browser.newPage()
    expect(await openAgain(page)).toEqual({ ...nothingLost, log: ['Start'] })
    await commitEdit(page)
    await page.waitForFunction((address) => localStorage.getItem('espalier-stores')?.includes(address), url)
    await page.goto('about:blank')
    const control = await browser.context.newCDPSession(page)
    await control.send('Storage.clearDataForOrigin', {
      origin: new URL(served.url).origin,
      storageTypes: 'indexeddb',
    })
    expect(await openAgain(page)).toEqual({
      warnings: [
        { type: 'warning', code: 'storage/evicted', message: expect.stringContaining('browser removed') },
      ],
      lost: 'storage/evicted',
      log: ['Start'],
    })
  } finally {
    await browser.close()
  }
})

/** Changes one byte in the middle of the write-ahead log of the page's IndexedDB. */
async function damageLog(): Promise<void> {
  const databases = join(profileDir, 'Default', 'IndexedDB')
  const entries = await readdir(databases, { recursive: true, withFileTypes: true })
  const log = entries.find(({ name }) => /^\d+\.log$/.test(name))
  if (!log) throw new Error(`No LevelDB log in ${databases}`)
  const path = join(log.parentPath, log.name)
  const bytes = await readFile(path)
  const middle = bytes.length >> 1
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 0xff, middle)
  await writeFile(path, bytes)
}
