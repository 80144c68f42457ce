import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type GitServer, startGitServer } from '../../demo/server/git-server.ts'
import { EspalierError, isEspalierError } from '../../src/protocol/errors.ts'
import type { Oid } from '../git/objects/oid.ts'
import { basicHeader } from './auth.ts'
import { createScratch, makeRepository, oidOf, receive, type Scratch } from './node-fixtures.testing.ts'
import type { AuthRequest, Credentials, PushRequest, Remote } from './remote.ts'
import { createSmartHttpRemote, type SmartHttpOptions } from './smart-http.ts'

const right: Credentials = { username: 'ada', password: 'tökén-5e3d-secret' }
const wrong: Credentials = { username: 'ada', password: 'mistaken' }

let scratch: Scratch
let server: GitServer
/** Another origin (another port) with the same repositories, open to everybody. */
let other: GitServer
let tip: Oid
let push: PushRequest
let asked: AuthRequest[]

beforeAll(async () => {
  scratch = createScratch()
  tip = oidOf(makeRepository(scratch.root, 'data.git', 3), 'main')
  server = await startGitServer({ root: scratch.root, auth: right, authReads: true })
  other = await startGitServer({ root: scratch.root })
})

beforeEach(() => {
  asked = []
  server.settings.authReads = true
  server.settings.auth = right
  server.requests.length = 0
  other.requests.length = 0
  push = newBranch()
})

afterEach(() => {
  for (const one of [server, other]) {
    delete one.settings.fault
    one.settings.cors = true
  }
  delete other.settings.auth
  delete other.settings.authReads
})

afterAll(async () => {
  await Promise.all([server.close(), other.close()])
  scratch.remove()
})

let branches = 0
/** A push of what the host has already, under a new name. */
const newBranch = (): PushRequest => ({
  updates: [{ ref: `refs/heads/new-${branches++}`, oldOid: null, newOid: tip }],
  pack: [emptyPack],
})

/** A pack without objects: header, count 0, and its SHA-1. */
const emptyPack = new Uint8Array(
  Buffer.from('5041434b0000000200000000029d08823bd8a8eab510ad6ac75c823cfd3ed31e', 'hex'),
)

function open(
  answers: readonly (Credentials | null)[] | Credentials = [],
  options: Partial<SmartHttpOptions> = {},
): Remote {
  let turn = 0
  return createSmartHttpRemote({
    url: `${server.url}/data.git`,
    auth: (request) => {
      asked.push(request)
      return 'username' in answers ? answers : (answers[turn++] ?? null)
    },
    ...options,
  })
}

const withUserInfo = (url: string, { username, password }: Credentials = right): string =>
  url.replace('//', `//${encodeURIComponent(username)}:${encodeURIComponent(password)}@`)
const reasons = (): readonly string[] => asked.map(({ reason }) => reason)
const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no error',
    (error: unknown) => error,
  )
const sentSecret = (where: GitServer): boolean =>
  where.requests.some(({ headers }) => headers.authorization !== undefined)

describe('credentials', () => {
  it('are asked for once, with the reason, and then sent without being asked for', async () => {
    const remote = open(right)
    await remote.listRefs()
    await receive(remote, { wants: [tip] })
    await remote.push(push)
    expect(asked).toEqual([{ url: `${server.url}/data.git`, reason: 'required' }])
    expect(server.requests.map(({ status }) => status).filter((status) => status === 401)).toHaveLength(1)
  })

  it('are not asked for when nobody wants them', async () => {
    delete server.settings.auth
    await open(right).listRefs()
    await open(right).push(push)
    expect(asked).toEqual([])
  })

  it('are asked for a push when only pushes need them', async () => {
    server.settings.authReads = false
    const remote = open(right)
    await remote.listRefs()
    await remote.push(push)
    expect(reasons()).toEqual(['push'])
  })

  it('are asked for again when they were refused', async () => {
    await open([wrong, right]).listRefs()
    expect(reasons()).toEqual(['required', 'refused'])
  })

  it('are not asked for without an end', async () => {
    const three = ['a', 'b', 'c', 'd'].map((password) => ({ username: 'ada', password }))
    expect(await failureOf(open(three).listRefs())).toMatchObject({ code: 'remote/unauthorized' })
    expect(reasons()).toEqual(['required', 'refused', 'refused'])
    asked = []
    expect(await failureOf(open(wrong).listRefs())).toMatchObject({ code: 'remote/unauthorized' })
    expect(reasons()).toEqual(['required', 'refused'])
    asked = []
    expect(await failureOf(open([null]).listRefs())).toMatchObject({ code: 'remote/unauthorized' })
    expect(reasons()).toEqual(['required'])
  })

  it('that the app fails to give, or gives in another shape, are told as that', async () => {
    const closed = new Error('The window was closed.')
    const failing = (error: unknown): Remote =>
      open([], {
        auth: async () => {
          throw error
        },
      })
    expect(await failureOf(failing(closed).listRefs())).toMatchObject({
      code: 'remote/unauthorized',
      message: expect.stringMatching(/\{ username, password \} or null.*The window was closed\./),
      cause: closed,
    })
    const credentials = right as unknown as SmartHttpOptions['auth']
    expect(await failureOf(open([], { auth: credentials }).listRefs())).toMatchObject({
      message: expect.stringContaining('not a function'),
    })
    const ended = new EspalierError('engine/closed', 'The database was closed.')
    expect(await failureOf(failing(ended).listRefs())).toBe(ended)
    // Nothing of a wrong answer is kept: each time the app is asked as at first.
    const slip = { username: 'ada', token: right.password } as unknown as Credentials
    asked = []
    const remote = open(slip)
    for (let time = 0; time < 2; time++)
      expect(await failureOf(remote.listRefs())).toMatchObject({ code: 'remote/unauthorized' })
    expect(reasons()).toEqual(['required', 'required'])
  })

  it('that expire are asked for again', async () => {
    const remote = open([right, { username: 'ada', password: 'renewed' }])
    await remote.listRefs()
    server.settings.auth = { username: 'ada', password: 'renewed' }
    await remote.listRefs()
    expect(reasons()).toEqual(['required', 'refused'])
  })

  it('are asked for once by two requests at the same time', async () => {
    const remote = open(right)
    await Promise.all([remote.listRefs(), remote.listRefs(), remote.push(push)])
    expect(asked).toHaveLength(1)
  })

  it('from the address are used at once and never shown', async () => {
    const remote = open([], { url: withUserInfo(`${server.url}/data.git`) })
    expect(remote.url).toBe(`${server.url}/data.git`)
    await remote.listRefs()
    expect(asked).toEqual([])
    expect(server.requests[0]?.headers.authorization).toBe(basicHeader(right))
    expect(server.requests[0]?.status).toBe(200)
  })

  it('are asked for before a push where a 401 carries no CORS headers', async () => {
    // What a browser does: an answer without CORS headers is a network error.
    const browserFetch: typeof fetch = async (...args) => {
      const response = await fetch(...args)
      if (!response.headers.has('access-control-allow-origin')) throw new TypeError('Failed to fetch')
      return response
    }
    server.settings.authReads = false
    server.settings.cors = { hideOn401: true }
    const { refs } = await open(right, { fetch: browserFetch }).push(push)
    expect(refs).toMatchObject([{ status: 'ok' }])
    expect(reasons()).toEqual(['push'])
  })
})

describe('secrets', () => {
  const secrets = ['tökén-5e3d-secret', encodeURIComponent('tökén-5e3d-secret'), basicHeader(right).slice(6)]

  function expectNoSecret(error: unknown): void {
    expect(isEspalierError(error)).toBe(true)
    const seen: string[] = []
    for (let one: unknown = error; one instanceof Error; one = one.cause) {
      seen.push(one.message, one.stack ?? '', JSON.stringify(one), String(one))
    }
    for (const secret of secrets) expect(seen.join('\n')).not.toContain(secret)
  }

  it('are in no error, whatever the host or the network does', async () => {
    const said = `ERR cannot serve ${right.password} ${basicHeader(right)} ${withUserInfo('https://x/y')}\n`
    const line = (Buffer.byteLength(said) + 4).toString(16).padStart(4, '0') + said
    const contentType = 'application/x-git-upload-pack-advertisement'
    const faults = [
      { kind: 'status', status: 500 },
      { kind: 'status', status: 403 },
      { kind: 'status', status: 404 },
      { kind: 'html' },
      { kind: 'refuse-connection' },
      { kind: 'cut', afterBytes: 10 },
      { kind: 'answer', contentType, body: line },
      { kind: 'answer', contentType: 'text/odd', body: said },
      { kind: 'redirect', to: (path: string) => `${server.url}${path}` },
      { kind: 'redirect', to: () => withUserInfo('http://127.0.0.1:1/data.git') },
    ] as const
    for (const fault of faults) {
      server.settings.fault = () => fault
      const remote = open(right, { url: withUserInfo(`${server.url}/data.git`) })
      expectNoSecret(await failureOf(remote.listRefs()))
      expectNoSecret(await failureOf(receive(remote, { wants: [tip] })))
      expectNoSecret(await failureOf(remote.push(push)))
    }
  })

  it('are in no error of an address that cannot be opened', () => {
    for (const url of [
      'ftp://ada:t-secret@x/y',
      'ada:t-secret@x',
      'https://ada:t-secret@',
      'ssh://ada:t-secret@x',
    ]) {
      try {
        createSmartHttpRemote({ url })
        expect.unreachable()
      } catch (error) {
        expect(JSON.stringify(error)).not.toContain('t-secret')
      }
    }
  })

  it('in what a hook prints are blacked out', async () => {
    const ref = 'refs/heads/hooked'
    const line = (text: string): string => (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text
    const report = `${line('unpack ok\n')}${line(`ng ${ref} not with ${right.password}\n`)}0000`
    const echo: typeof fetch = async (...args) =>
      args[1]?.method !== 'POST'
        ? fetch(...args)
        : new Response(`${line(`\u0001${report}`)}0000`, {
            headers: { 'Content-Type': 'application/x-git-receive-pack-result' },
          })
    const result = await open(right, { fetch: echo }).push({
      ...push,
      updates: [{ ref, oldOid: null, newOid: tip }],
    })
    expect(result.refs).toEqual([{ ref, status: 'refused', reason: 'not with ***' }])
  })
})

describe('redirects', () => {
  const redirectAll = (to: (path: string) => string, status = 302): void => {
    server.settings.fault = ({ url }) => (url.startsWith('/moved') ? { kind: 'redirect', to, status } : null)
  }
  const movedUrl = (): string => `${server.url}/moved/data.git`

  it.each([301, 302, 307, 308])(
    'within the origin are followed once (%d), credentials included',
    async (status) => {
      redirectAll((path) => path.replace('/moved', ''), status)
      for (const url of [movedUrl(), withUserInfo(movedUrl())]) {
        asked = []
        server.requests.length = 0
        const remote = open(right, { url })
        await remote.listRefs()
        await receive(remote, { wants: [tip] })
        await remote.push(newBranch())
        expect(asked.length).toBe(url === movedUrl() ? 1 : 0)
        const posts = server.requests.filter(({ method }) => method === 'POST')
        expect(posts.map(({ url }) => url)).toEqual([
          '/data.git/git-upload-pack',
          '/data.git/git-receive-pack',
        ])
      }
    },
  )

  it('to another origin never carry a token there', async () => {
    redirectAll((path) => other.url + path.replace('/moved', ''))
    for (const url of [movedUrl(), withUserInfo(movedUrl())]) {
      const remote = open(right, { url })
      await remote.listRefs()
      await receive(remote, { wants: [tip] })
      await remote.push(newBranch())
      expect(other.requests.length).toBeGreaterThan(3)
      expect(sentSecret(other)).toBe(false)
    }
    expect(asked).toEqual([])
  })

  it('to another origin that needs credentials ask for its own', async () => {
    const theirs: Credentials = { username: 'bob', password: 'of-the-other' }
    other.settings.auth = theirs
    other.settings.authReads = true
    redirectAll((path) => other.url + path.replace('/moved', ''))
    const remote = open(theirs, { url: withUserInfo(movedUrl()) })
    await remote.listRefs()
    await receive(remote, { wants: [tip] })
    expect(asked).toEqual([{ url: `${other.url}/data.git`, reason: 'required' }])
    const sent = new Set(other.requests.map(({ headers }) => headers.authorization))
    expect(sent).toEqual(new Set([undefined, basicHeader(theirs)]))
    const here = server.requests.map(({ headers }) => headers.authorization)
    expect(here).not.toContain(basicHeader(theirs))
  })

  it('without an end give remote/redirect, with and without credentials', async () => {
    redirectAll((path) => path)
    for (const url of [movedUrl(), withUserInfo(movedUrl())]) {
      expect(await failureOf(open(right, { url }).listRefs())).toMatchObject({ code: 'remote/redirect' })
    }
  })

  it('that come back with other paths end too', async () => {
    let turn = 0
    redirectAll(() => `/moved/${turn++}/info/refs?service=git-upload-pack`)
    for (const url of [movedUrl(), withUserInfo(movedUrl())]) {
      expect(await failureOf(open(right, { url }).listRefs())).toMatchObject({ code: 'remote/redirect' })
    }
  })

  it('of a transfer are refused', async () => {
    server.settings.fault = ({ kind }) =>
      kind === 'git-upload-pack' ? { kind: 'redirect', to: (path) => other.url + path, status: 307 } : null
    expect(await failureOf(receive(open(right), { wants: [tip] }))).toMatchObject({ code: 'remote/redirect' })
    server.settings.fault = ({ kind }) =>
      kind === 'git-receive-pack' ? { kind: 'redirect', to: (path) => other.url + path, status: 307 } : null
    expect(await failureOf(open(right).push(push))).toMatchObject({ code: 'remote/redirect' })
    expect(other.requests).toEqual([])
  })

  it('to a login page say that it is a page', async () => {
    other.settings.fault = () => ({ kind: 'html' })
    redirectAll(() => `${other.url}/login`)
    expect(await failureOf(open(right, { url: movedUrl() }).listRefs())).toMatchObject({
      code: 'remote/protocol',
    })
    other.settings.fault = () => ({ kind: 'status', status: 401 })
    expect(await failureOf(open(right, { url: withUserInfo(movedUrl()) }).listRefs())).toMatchObject({
      code: 'remote/redirect',
    })
    expect(sentSecret(other)).toBe(false)
    expect(asked).toEqual([])
  })

  it('from https to http are refused', async () => {
    const downgrade: typeof fetch = async () => {
      const response = new Response('', { status: 200 })
      Object.defineProperty(response, 'url', {
        value: 'http://git.example.com/data.git/info/refs?service=git-upload-pack',
      })
      return response
    }
    const remote = createSmartHttpRemote({ url: 'https://git.example.com/data.git', fetch: downgrade })
    expect(await failureOf(remote.listRefs())).toMatchObject({ code: 'remote/redirect' })
  })
})
