import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createGitHttpHandler } from './git-http.ts'
import { type GitServer, startGitServer } from './git-server.ts'

const run = promisify(execFile)
const user = { username: 'ada', password: 'secret' }

let root: string
let server: GitServer

/** Native git, not blocking: the server runs in this process. */
async function git(...args: string[]): Promise<string> {
  const { stdout } = await run('git', args, {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: root, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' },
  })
  return stdout.trim()
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'espalier-server-'))
  writeFileSync(join(root, '.gitconfig'), '[user]\n\tname = Ada\n\temail = ada@example.com\n')
  await git('init', '-q', '--bare', '-b', 'main', 'data.git')
  server = await startGitServer({ root, auth: user })
  await git('init', '-q', '-b', 'main', 'work')
  await git('-C', 'work', 'commit', '-q', '--allow-empty', '-m', 'first')
  await git('-C', 'work', 'push', '-q', withUser(server.url), 'main')
})

afterEach(() => {
  server.settings.auth = user
  server.settings.cors = true
  delete server.settings.authReads
  delete server.settings.fault
  delete server.settings.latencyMs
  server.requests.length = 0
})

afterAll(async () => {
  await server.close()
  rmSync(root, { recursive: true, force: true })
})

const withUser = (url: string): string => `${url.replace('//', '//ada:secret@')}/data.git`
const refsUrl = (url = server.url): string => `${url}/data.git/info/refs?service=git-upload-pack`

describe('the git server', () => {
  it('serves native git: clone, fetch and push, in every protocol version', async () => {
    for (const version of ['0', '1', '2']) {
      const clone = `clone-${version}`
      await git('-c', `protocol.version=${version}`, 'clone', '-q', `${server.url}/data.git`, clone)
      await git('-C', clone, 'commit', '-q', '--allow-empty', '-m', `from ${version}`)
      await git('-C', clone, 'push', '-q', withUser(server.url), 'main')
      await git(
        '-C',
        'work',
        '-c',
        `protocol.version=${version}`,
        'pull',
        '-q',
        `${server.url}/data.git`,
        'main',
      )
      expect(await git('-C', 'work', 'rev-parse', 'HEAD')).toBe(await git('-C', clone, 'rev-parse', 'HEAD'))
    }
    expect(server.requests.some(({ headers }) => headers['git-protocol'] === 'version=2')).toBe(true)
  })

  it('takes compressed and chunked request bodies', async () => {
    const big = join(root, 'work', 'big.bin')
    writeFileSync(big, Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i * 31) >>> 7)))
    await git('-C', 'work', 'add', '.')
    await git('-C', 'work', 'commit', '-q', '-m', 'big')
    await git(
      '-C',
      'work',
      '-c',
      'http.postBuffer=65536',
      'push',
      '-q',
      withUser(server.url),
      'main',
      '--tags',
    )
    const chunked = server.requests.find(({ headers }) => headers['transfer-encoding'] === 'chunked')
    expect(chunked?.status).toBe(200)

    const listRefs = gzipSync('0014command=ls-refs\n00010000')
    const response = await fetch(`${server.url}/data.git/git-upload-pack`, {
      method: 'POST',
      body: listRefs,
      headers: {
        'Content-Type': 'application/x-git-upload-pack-request',
        'Content-Encoding': 'gzip',
        'Git-Protocol': 'version=2',
      },
    })
    expect(await response.text()).toContain('refs/heads/main')
  })

  it('asks for credentials for pushes, and for reads when told', async () => {
    expect((await fetch(refsUrl())).status).toBe(200)
    const push = await fetch(refsUrl().replace('upload', 'receive'))
    expect([push.status, push.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('Basic'),
    ])
    await expect(git('push', `${server.url}/data.git`, 'main:other')).rejects.toThrow()
    server.settings.authReads = true
    expect((await fetch(refsUrl())).status).toBe(401)
    const authorization = `Basic ${Buffer.from('ada:secret').toString('base64')}`
    expect((await fetch(refsUrl(), { headers: { authorization } })).status).toBe(200)
    server.settings.auth = (name, password) => name === 'token' && password === ''
    expect((await fetch(refsUrl(), { headers: { authorization } })).status).toBe(401)
  })

  it('answers preflights as it is told', async () => {
    const ask = async (origin: string): Promise<Headers> => {
      const headers = { origin, 'access-control-request-method': 'POST' }
      return (await fetch(`${server.url}/data.git/git-upload-pack`, { method: 'OPTIONS', headers })).headers
    }
    const open = await ask('https://app.example')
    expect(open.get('access-control-allow-origin')).toBe('*')
    expect(open.get('access-control-allow-headers')).toContain('Git-Protocol')

    server.settings.cors = 'https://app.example'
    expect((await ask('https://app.example')).get('access-control-allow-origin')).toBe('https://app.example')
    expect((await ask('https://evil.example')).get('access-control-allow-origin')).toBeNull()

    server.settings.cors = { allowHeaders: ['Authorization'] }
    expect((await ask('https://app.example')).get('access-control-allow-headers')).toBe('Authorization')

    server.settings.cors = { hideOn401: true }
    const refused = await fetch(refsUrl().replace('upload', 'receive'))
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, null])

    server.settings.cors = false
    expect((await ask('https://app.example')).get('access-control-allow-origin')).toBeNull()
    expect((await fetch(refsUrl())).headers.get('access-control-allow-origin')).toBeNull()
  })

  it('serves nothing outside its folder', async () => {
    for (const path of [
      '/../etc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/data.git/../../etc/passwd',
      '/%',
      '/',
    ]) {
      const response = await fetch(server.url + path)
      expect(response.status, path).toBeGreaterThanOrEqual(400)
      await response.body?.cancel()
    }
  })

  it('runs under a path of another server', async () => {
    const handler = createGitHttpHandler({ root })
    const outer = createServer((request, response) => {
      request.url = (request.url ?? '/').replace(/^\/git/, '') // as connect does for a mounted handler
      handler(request, response)
    })
    await new Promise<void>((resolve) => {
      outer.listen(0, '127.0.0.1', resolve)
    })
    const { port } = outer.address() as AddressInfo // a listening TCP server has one
    expect(await git('ls-remote', `http://127.0.0.1:${port}/git/data.git`, 'refs/heads/main')).toContain(
      'main',
    )
    outer.closeAllConnections()
    await new Promise((resolve) => {
      outer.close(resolve)
    })
  })

  it('can be slow, and can change while it runs', async () => {
    server.settings.latencyMs = 120
    const start = performance.now()
    await (await fetch(refsUrl())).arrayBuffer()
    expect(performance.now() - start).toBeGreaterThan(100)
    server.settings.fault = () => ({ kind: 'status', status: 503 })
    expect((await fetch(refsUrl())).status).toBe(503)
  })

  it('finishes a push whose client has gone', async () => {
    await git('-C', 'work', 'commit', '-q', '--allow-empty', '-m', 'unheard')
    server.settings.fault = ({ kind }) => (kind === 'git-receive-pack' ? { kind: 'lose-response' } : null)
    await expect(git('-C', 'work', 'push', '-q', withUser(server.url), 'main')).rejects.toThrow()
    expect(
      execFileSync('git', ['-C', join(root, 'data.git'), 'rev-parse', 'main'])
        .toString()
        .trim(),
    ).toBe(await git('-C', 'work', 'rev-parse', 'main'))
  })

  it('counts what goes over the wire', async () => {
    const body = await (await fetch(refsUrl())).arrayBuffer()
    expect(server.requests).toMatchObject([
      { method: 'GET', kind: 'info/refs', status: 200, requestBytes: 0, responseBytes: body.byteLength },
    ])
  })
})
