import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type GitServer, startGitServer } from '../../demo/server/git-server.ts'
import { launchBrowser, type ServedPage, servePage, type TestBrowser } from '../support/browser.ts'
import type { RemoteProbe } from './remote.page.ts'

declare const probe: RemoteProbe
type Call = Parameters<RemoteProbe['run']>[0]
type Outcome = Awaited<ReturnType<RemoteProbe['run']>>

const user = { username: 'ada', password: 'browser-secret' }

let root: string
let tip: string
let host: GitServer
/** A second origin, open to everybody. */
let other: GitServer
let served: ServedPage
let browser: TestBrowser
let page: Page
const violations: string[] = []

const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], {
    cwd: root,
    encoding: 'utf8',
  }).trim()

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'espalier-browser-remote-'))
  git('init', '-q', '-b', 'main', 'work')
  git('-C', 'work', 'commit', '-q', '--allow-empty', '-m', 'first')
  git('-C', 'work', 'commit', '-q', '--allow-empty', '-m', 'second')
  git('clone', '-q', '--bare', 'work', 'data.git')
  tip = git('-C', 'work', 'rev-parse', 'HEAD')
  host = await startGitServer({ root })
  other = await startGitServer({ root })
  served = await servePage({ entry: 'test/browser/remote.page.ts' })
  browser = await launchBrowser()
  page = await browser.newPage(served.url)
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) violations.push(message.text())
  })
})

beforeEach(() => {
  for (const server of [host, other]) {
    server.requests.length = 0
    server.settings.cors = true
    delete server.settings.auth
    delete server.settings.authReads
    delete server.settings.fault
  }
})

afterAll(async () => {
  await browser.close()
  await served.close()
  await Promise.all([host.close(), other.close()])
  rmSync(root, { recursive: true, force: true })
})

const run = (call: Partial<Call> = {}): Promise<Outcome> =>
  page.evaluate((call) => probe.run(call), { url: `${host.url}/data.git`, ...call })
const headersSent = (server: GitServer, name: string): readonly unknown[] =>
  server.requests.filter(({ method }) => method !== 'OPTIONS').map(({ headers }) => headers[name])

describe('a page on another origin than the git host', () => {
  it('fetches in both protocol versions', async () => {
    for (const protocol of [0, 2] as const) {
      const outcome = await run({ protocol })
      expect(outcome).toMatchObject({ refs: { 'refs/heads/main': tip }, asked: [] })
      expect(outcome.packBytes).toBeGreaterThan(100)
    }
  })

  it('needs no CORS header beyond those of plain hosts, also for large requests', async () => {
    host.settings.cors = { allowHeaders: ['Content-Type', 'Authorization', 'User-Agent'] }
    const haves = Array.from({ length: 100 }, (_, i) => i.toString(16).padStart(40, '0'))
    expect(await run({ haves })).toMatchObject({ refs: { 'refs/heads/main': tip } })
    expect((await run({ protocol: 2 })).error?.code).toBe('remote/network')
  })

  it('asks for credentials after a 401 that it can see, and pushes', async () => {
    host.settings.auth = user
    expect(await run({ push: tip, credentials: user })).toEqual({ asked: ['push'], pushed: ['ok'] })
    git('-C', 'data.git', 'update-ref', '-d', 'refs/heads/from-browser')
  })

  it('asks for credentials before a push when the 401 is hidden from it', async () => {
    host.settings.auth = user
    host.settings.cors = { hideOn401: true }
    expect(await run({ push: tip, credentials: user })).toEqual({ asked: ['push'], pushed: ['ok'] })
    git('-C', 'data.git', 'update-ref', '-d', 'refs/heads/from-browser')
  })

  it('names CORS when the host sends none, and asks nobody for a password', async () => {
    host.settings.cors = false
    const { error, asked } = await run()
    expect(error).toMatchObject({ code: 'remote/network', message: expect.stringContaining('CORS') })
    expect(asked).toEqual([])
    expect((await run({ push: tip, credentials: user })).asked).toEqual([])
  })

  it('knows GitHub before it asks', async () => {
    expect((await run({ url: 'https://github.com/acme/data.git' })).error?.code).toBe(
      'remote/host-refuses-browsers',
    )
  })

  it('follows redirects without taking a token along', async () => {
    host.settings.fault = ({ url }) =>
      url.startsWith('/away')
        ? { kind: 'redirect', to: (path) => other.url + path.replace('/away', '') }
        : url.startsWith('/moved')
          ? { kind: 'redirect', to: (path) => path.replace('/moved', '') }
          : null
    const secretUrl = host.url.replace('//', '//ada:browser-secret@')
    for (const url of [
      `${host.url}/away/data.git`,
      `${secretUrl}/away/data.git`,
      `${secretUrl}/moved/data.git`,
    ]) {
      expect(await run({ url }), url).toMatchObject({ refs: { 'refs/heads/main': tip } })
    }
    expect(other.requests.length).toBeGreaterThan(2)
    expect(headersSent(other, 'authorization').every((value) => value === undefined)).toBe(true)
    expect(headersSent(host, 'authorization').some((value) => value !== undefined)).toBe(true)
  })

  it('ends a redirect loop with the reason', async () => {
    host.settings.fault = () => ({ kind: 'redirect', to: (path) => path })
    expect((await run()).error?.code).toBe('remote/redirect')
    const url = `${host.url.replace('//', '//ada:browser-secret@')}/data.git`
    expect((await run({ url })).error?.code).toBe('remote/redirect')
  })

  it('tells a broken transfer, a hanging one and a web page apart', async () => {
    host.settings.fault = ({ kind }) => (kind === 'git-upload-pack' ? { kind: 'cut', afterBytes: 60 } : null)
    expect((await run()).error?.code).toBe('remote/truncated')
    host.settings.fault = ({ kind }) => (kind === 'git-upload-pack' ? { kind: 'stall' } : null)
    expect((await run({ abortAfterMs: 300 })).error?.code).toBe('remote/aborted')
    host.settings.fault = () => ({ kind: 'html' })
    expect((await run()).error?.code).toBe('remote/protocol')
  })

  it('recognises on the retry that a push whose answer was lost has happened', async () => {
    host.settings.fault = ({ kind }) => (kind === 'git-receive-pack' ? { kind: 'lose-response' } : null)
    expect(await run({ push: tip })).toMatchObject({
      error: { code: 'remote/network', data: { maybeApplied: true } },
    })
    delete host.settings.fault
    host.requests.length = 0
    expect(await run({ push: tip })).toMatchObject({ pushed: ['ok'] })
    expect(host.requests.map(({ kind }) => kind)).not.toContain('git-receive-pack')
  })

  it('breaks no rule of the strict policy', () => {
    expect(violations).toEqual([])
  })
})
