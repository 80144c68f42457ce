import { describe, expect, it } from 'vitest'
import { mayCarryCredentials, proxiedUrl } from './cors-proxy.ts'
import { chooseHead } from './head.ts'
import { hostRefusingBrowsers } from './hosts.ts'
import { openRemote } from './open-remote.ts'
import { createProgressParser, parseProgress } from './progress.ts'
import type { AuthRequest, TransferProgress } from './remote.ts'
import { parseRemoteUrl } from './remote-url.ts'
import type { Oid } from '../git/objects/oid.ts'

describe('an address', () => {
  it('loses its user info, query, fragment and closing slashes before anyone sees it', () => {
    expect(parseRemoteUrl('https://ada:p%40ss@git.example.com/x.git/?key=1#top')).toEqual({
      url: 'https://git.example.com/x.git',
      requestUrl: 'https://git.example.com/x.git/?key=1',
      credentials: { username: 'ada', password: 'p@ss' },
    })
    expect(parseRemoteUrl(' https://token@git.example.com/x ').credentials).toEqual({
      username: 'token',
      password: '',
    })
    expect(parseRemoteUrl('https://100%25@x/y').credentials).toEqual({ username: '100%', password: '' })
  })

  it('may be relative to a base', () => {
    expect(parseRemoteUrl('data/x.bundle', 'https://app.example.com/demo/').url).toBe(
      'https://app.example.com/demo/data/x.bundle',
    )
  })

  it('that is missing is refused like others that are none', () => {
    for (const slip of [undefined, null, '', 7] as unknown as readonly string[])
      expect(() => parseRemoteUrl(slip)).toThrow('This is not a complete address.')
  })

  it('of SSH is refused with the way out', () => {
    expect(() => parseRemoteUrl('git@github.com:acme/data.git')).toThrow('https://')
  })
})

describe('hosts that refuse browsers', () => {
  it.each([
    ['https://github.com/acme/data.git', 'GitHub'],
    ['https://www.GitHub.com/acme/data', 'GitHub'],
    ['https://gitlab.com/acme/data.git', 'GitLab.com'],
    ['https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/x', 'AWS CodeCommit'],
    ['https://gitlab.example.com/acme/data.git', null],
    ['https://codeberg.org/acme/data.git', null],
    ['https://github.com.example.org/x', null],
    ['https://constructor/x', null],
  ])('%s: %s', (url, name) => {
    expect(hostRefusingBrowsers(url)).toBe(name)
  })

  it('are recognised before any request, and answered with what works', async () => {
    let requests = 0
    const counting: typeof fetch = async () => {
      requests++
      return new Response('', { status: 500 })
    }
    const options = { fetch: counting, environment: 'browser' } as const
    const remote = openRemote('https://github.com/acme/data.git', options)
    const refused = {
      code: 'remote/host-refuses-browsers',
      data: { instead: ['cors-proxy', 'bundle', 'other-host'] },
    }
    await expect(remote.listRefs()).rejects.toMatchObject(refused)
    await expect(remote.push({ updates: [], pack: null })).rejects.toMatchObject(refused)
    expect(requests).toBe(0)
    const node = openRemote('https://github.com/acme/data.git', { ...options, environment: 'node' })
    await expect(node.listRefs()).rejects.toMatchObject({ code: 'remote/server-error' })
    const proxied = openRemote('https://github.com/acme/data.git', {
      ...options,
      corsProxy: 'https://p.example',
    })
    await expect(proxied.listRefs()).rejects.toMatchObject({ code: 'remote/server-error' })
    expect(requests).toBe(2)
  })
})

describe('a CORS proxy', () => {
  it('gets the address in the forms that proxies take', () => {
    const url = 'https://git.example.com/x.git/info/refs?service=git-upload-pack'
    expect(proxiedUrl(undefined, url)).toBe(url)
    expect(proxiedUrl('https://p.example/', url)).toBe(`https://p.example/${url.slice(8)}`)
    expect(proxiedUrl({ url: 'https://p.example?' }, url)).toBe(`https://p.example?${url}`)
  })

  it('gets no credentials unless the app says so', async () => {
    expect(mayCarryCredentials({ url: 'https://p.example' })).toBe(false)
    const seen: (string | undefined)[] = []
    const asked: AuthRequest[] = []
    const fetch401: typeof fetch = async (url, init) => {
      const headers = init?.headers as Record<string, string> // as our own code passes them
      seen.push(headers['Authorization'])
      expect(String(url)).toContain('https://p.example/git.example.com/')
      return new Response('', { status: 401 })
    }
    const auth = (request: AuthRequest): { username: string; password: string } => {
      asked.push(request)
      return { username: 'ada', password: 'given-secret' }
    }
    const url = 'https://ada:url-secret@git.example.com/x.git'
    const closed = openRemote(url, { fetch: fetch401, auth, corsProxy: 'https://p.example' })
    await expect(closed.listRefs()).rejects.toMatchObject({
      code: 'remote/unauthorized',
      message: expect.stringContaining('sendCredentials'),
    })
    await expect(closed.push({ updates: [], pack: null })).rejects.toMatchObject({
      code: 'remote/unauthorized',
    })
    expect(seen).toEqual([undefined, undefined])
    expect(asked).toEqual([])

    const opened = openRemote(url, {
      fetch: fetch401,
      auth,
      corsProxy: { url: 'https://p.example', sendCredentials: true },
    })
    await expect(opened.listRefs()).rejects.toMatchObject({ code: 'remote/unauthorized' })
    expect(seen.slice(2).every((header) => header?.startsWith('Basic '))).toBe(true)
    expect(asked.map(({ reason }) => reason)).toEqual(['refused', 'refused'])
  })
})

describe('requests that a host with few CORS headers must allow', () => {
  it('carry no header beyond Accept, Content-Type and Authorization in protocol v0', async () => {
    const names = new Set<string>()
    const oid = 'a'.repeat(40) as Oid
    const line = `${oid} refs/heads/main\0 multi_ack_detailed no-done\n`
    const body = `${(line.length + 4).toString(16).padStart(4, '0')}${line}0000`
    const recorder: typeof fetch = async (url, init) => {
      for (const name of Object.keys(init?.headers ?? {})) names.add(name)
      const type = String(url).includes('info/refs') ? 'advertisement' : 'result'
      return new Response(body, { headers: { 'Content-Type': `application/x-git-upload-pack-${type}` } })
    }
    const remote = openRemote('https://git.example.com/x.git', { fetch: recorder, environment: 'browser' })
    const haves = Array.from({ length: 200 }, (_, i) => i.toString(16).padStart(40, '0') as Oid)
    await remote.fetch({ wants: [oid], haves, shallow: [], onPack: () => {} }).catch(() => {})
    expect(names).toEqual(new Set(['Accept', 'Content-Type']))
  })
})

describe('progress', () => {
  it('is read from what git prints', () => {
    expect(parseProgress('Counting objects:  50% (5/10)')).toEqual({
      phase: 'counting',
      loaded: 5,
      total: 10,
    })
    expect(parseProgress('remote: Compressing objects: 100% (8/8), done.')).toEqual({
      phase: 'compressing',
      loaded: 8,
      total: 8,
    })
    expect(parseProgress('Enumerating objects: 12, done.')).toEqual({ phase: 'counting', loaded: 12 })
    expect(parseProgress('Resolving deltas:   0% (0/3)')).toEqual({ phase: 'resolving', loaded: 0, total: 3 })
    expect(parseProgress('Welcome to the host')).toBeNull()
  })

  it('is put together when a line comes in pieces', () => {
    const seen: TransferProgress[] = []
    const parse = createProgressParser({ onProgress: (progress) => seen.push(progress) })
    for (const piece of ['Counting obj', 'ects:  50% (5/10)\rCounting objects: 60% (6/10)\rCoun', 'ting'])
      parse(new TextEncoder().encode(piece))
    expect(seen).toEqual([{ phase: 'counting', loaded: 6, total: 10 }])
  })
})

describe('the branch to show first', () => {
  const a = 'a'.repeat(40) as Oid
  const b = 'b'.repeat(40) as Oid
  const refs = (...names: string[]): ReadonlyMap<string, Oid> => new Map(names.map((name) => [name, a]))

  it('is the one of HEAD, or the usual one, or the only one', () => {
    const usual = refs('refs/heads/draft', 'refs/heads/master', 'refs/heads/main')
    expect(chooseHead(usual, 'refs/heads/draft', a)).toBe('refs/heads/draft')
    expect(chooseHead(usual, 'refs/heads/gone', null)).toBe('refs/heads/main')
    expect(chooseHead(usual, null, a)).toBe('refs/heads/main')
    expect(chooseHead(usual, null, b)).toBeNull()
    expect(chooseHead(refs('refs/heads/only', 'refs/tags/v1'), null, null)).toBe('refs/heads/only')
    expect(chooseHead(refs('refs/heads/one', 'refs/heads/two'), null, null)).toBeNull()
    expect(chooseHead(refs(), 'refs/heads/trunk', null)).toBe('refs/heads/trunk')
    expect(chooseHead(refs(), null, null)).toBeNull()
  })
})
