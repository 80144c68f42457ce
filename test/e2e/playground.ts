import { execFileSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import type { Handler } from '../../scripts/support/static-server.mjs'
import { type GitServer, startGitServer } from '../../demo/server/git-server.ts'
import { launchBrowser, type ServedPage, servePlayground, type TestBrowser } from '../support/browser.ts'

const bundle = resolve(import.meta.dirname, '..', '..', 'demo', 'public', 'sample.bundle')

/** Who may push to the test's git server. The token must be found nowhere in the browser. */
export const credentials = { username: 'ada', password: 'tok-5f1c7e-secret' }

/** The built playground, a real git server with copies of the sample, and a browser. */
export interface PlaygroundSetting {
  readonly playground: ServedPage
  readonly server: GitServer
  readonly browser: TestBrowser
  /** A fresh bare copy of the sample; returns its address. */
  addRepository(name: string): string
  /** Runs native git in a bare repository. */
  git(name: string, ...args: readonly string[]): string
  /** Feeds `git fast-import` of a bare repository. */
  importStream(name: string, stream: string): void
  /** Gives a bare repository a hook (githooks(5)). */
  addHook(name: string, hook: string, script: string): Promise<void>
  /** A new tab that collects what must not happen: console errors, exceptions, policy violations. */
  newTab(hash?: string): Promise<Tab>
  close(): Promise<void>
}

/** A tab and what went wrong in it. */
export interface Tab {
  readonly page: Page
  readonly complaints: string[]
}

/** Starts everything. */
export async function startPlayground(): Promise<PlaygroundSetting> {
  const root = await mkdtemp(join(tmpdir(), 'espalier-e2e-'))
  const [playground, server, browser] = await Promise.all([
    servePlayground({ routes: { '/shared/': serveShared } }),
    startGitServer({ root, auth: credentials }),
    launchBrowser(),
  ])
  await browser.context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      // oxlint-disable-next-line no-console -- the tab's listener collects errors of the console
      console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`)
    })
  })
  return {
    playground,
    server,
    browser,
    addRepository: (name) => {
      execFileSync('git', ['clone', '--quiet', '--mirror', bundle, join(root, name)])
      return `${server.url}/${name}`
    },
    git: (name, ...args) => execFileSync('git', ['-C', join(root, name), ...args], { encoding: 'utf8' }),
    importStream: (name, stream) => {
      execFileSync('git', ['-C', join(root, name), 'fast-import', '--quiet'], { input: stream })
    },
    addHook: (name, hook, script) => writeFile(join(root, name, 'hooks', hook), script, { mode: 0o755 }),
    newTab: async (hash = '') => {
      const page = await browser.newPage()
      await page.setViewportSize({ width: 1440, height: 900 })
      page.setDefaultTimeout(10_000)
      const complaints: string[] = []
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text())
      })
      page.on('pageerror', (error) => complaints.push(String(error)))
      await page.goto(playground.url + hash)
      return { page, complaints }
    },
    close: async () => {
      await browser.close()
      await Promise.all([playground.close(), server.close()])
      await rm(root, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Where the public demo database of the format lies, when it is there. */
export const demoBundle: string = join(
  process.env['ESPALIER_SHARED'] ?? resolve(import.meta.dirname, '..', '..', '..', 'shared'),
  'data',
  'demo-ingitdb.bundle',
)

const serveShared: Handler = (_, response) => {
  response.setHeader('Content-Type', 'application/octet-stream')
  createReadStream(demoBundle).pipe(response)
}

/** Opens a repository through the address field. */
export async function openByAddress(page: Page, address: string): Promise<void> {
  await page.getByLabel('Repository or bundle address').fill(address)
  await page.getByRole('button', { name: 'Open', exact: true }).click()
  await page.getByRole('grid').waitFor()
}

/** Goes to a record through the address bar and waits until its row has the focus. */
export async function goToRecord(page: Page, collection: string, key: string): Promise<void> {
  await page.evaluate(
    ([collection, key]) => {
      const parameters = new URLSearchParams(location.hash.slice(1))
      parameters.set('collection', collection ?? '')
      parameters.set('record', key ?? '')
      location.hash = `#${parameters}`
    },
    [collection, key],
  )
  await page.locator('[role=rowheader]:focus', { hasText: key }).waitFor()
}

/** Moves with the arrow keys from a record's key to one of its fields. */
export async function moveToColumn(page: Page, title: string): Promise<void> {
  const column = await page
    .getByRole('columnheader', { name: title, exact: true })
    .getAttribute('data-column')
  await page.keyboard.press('Home')
  for (let i = 0; i < Number(column); i += 1) await page.keyboard.press('ArrowRight')
}

/** Goes to a cell and types another text into it. */
export async function editCell(
  page: Page,
  collection: string,
  key: string,
  column: string,
  text: string,
): Promise<void> {
  await goToRecord(page, collection, key)
  await moveToColumn(page, column)
  await page.keyboard.press('Enter')
  await page.locator('.editor-field').waitFor()
  await page.keyboard.type(text)
  await page.keyboard.press('Enter')
  await page.locator('.change').first().waitFor()
}

/** Commits the pending changes as Ada. */
export async function commit(page: Page, message: string): Promise<void> {
  await page.getByLabel('Commit message').fill(message)
  await page.getByLabel('Your name').fill('Ada Lovelace')
  await page.getByLabel('E-mail').fill('ada@example.com')
  await page.getByRole('button', { name: /^Commit to/ }).click()
  await page.getByText(/^Committed [0-9a-f]{7}$/).waitFor()
}

/** Another user changes the symbol of a currency, straight in the bare repository. */
export function pushElsewhere(setting: PlaygroundSetting, name: string, path: string): void {
  const text = setting.git(name, 'show', `main:${path}`).replace(/^symbol: .*$/m, 'symbol: THEIRS')
  const stream =
    'commit refs/heads/main\ncommitter Bob <bob@example.com> 1760000000 +0000\ndata 6\nTheir\n' +
    `from refs/heads/main^0\nM 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`
  setting.importStream(name, stream)
}
