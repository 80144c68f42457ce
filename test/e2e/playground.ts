import { execFileSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
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
