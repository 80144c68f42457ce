import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser, type ServedPage, servePage, type TestBrowser } from './browser.ts'
import type { Probe } from './probe.page.ts'

declare const probe: Probe

let page: ServedPage
let profileDir: string
let browser: TestBrowser

beforeAll(async () => {
  profileDir = await mkdtemp(join(tmpdir(), 'espalier-test-'))
  page = await servePage({
    entry: 'test/support/probe.page.ts',
    routes: { '/hello': (_request, response) => void response.end('hello') },
  })
  browser = await launchBrowser({ profileDir })
})

afterAll(async () => {
  await browser.close()
  await page.close()
  await rm(profileDir, { recursive: true, force: true })
})

test('every response carries the strict policy, errors and mounted routes too', async () => {
  for (const path of ['', 'page.js', 'absent', 'hello']) {
    const response = await fetch(page.url + path)
    expect(response.headers.get('content-security-policy')).toBe("default-src 'self'; connect-src *")
  }
})

test('the page and its worker run, and neither may evaluate text as code', async () => {
  const tab = await browser.newPage(page.url)
  expect(await tab.evaluate(() => probe.evalRefusedInPage)).toBe(true)
  expect(await tab.evaluate(() => probe.evalRefusedInWorker())).toBe(true)
  await tab.close()
})

test('a path outside the served folder is not found', async () => {
  expect((await fetch(`${page.url}%2e%2e/%2e%2e/etc/passwd`)).status).toBe(404)
  expect((await fetch(`${page.url}..%2f..%2fetc/passwd`)).status).toBe(404)
})

test('what a strict transaction stored is there after a kill, in the next browser of the profile', async () => {
  const tab = await browser.newPage(page.url)
  await tab.evaluate(() => probe.keep('kept'))
  await browser.kill()
  expect(() => process.kill(browser.pid, 0)).toThrow('ESRCH')
  browser = await launchBrowser({ profileDir })
  const again = await browser.newPage(page.url)
  expect(await again.evaluate(() => probe.kept())).toBe('kept')
})
