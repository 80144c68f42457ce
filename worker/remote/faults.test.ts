import { createServer } from 'node:net'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { GitFault, GitRequestKind } from '../../demo/server/git-faults.ts'
import { useGitHost } from '../../test/support/git-host.ts'
import { isEspalierError } from '../../src/protocol/errors.ts'
import type { Oid } from '../git/objects/oid.ts'
import { addCommits, git, makeRepository, oidOf, packObjects, receive } from './node-fixtures.testing.ts'
import type { PushRequest, Remote } from './remote.ts'
import { createSmartHttpRemote } from './smart-http.ts'

const host = useGitHost()
let tip: Oid
let push: PushRequest

beforeAll(() => {
  const origin = makeRepository(host.path, 'data.git', 4)
  tip = oidOf(origin, 'main')
  git(host.path, ['clone', '-q', '--bare', origin, 'ours.git'])
  const ours = `${host.path}/ours.git`
  const next = addCommits(ours, 'refs/heads/main', 1, 'next')
  push = {
    updates: [{ ref: 'refs/heads/main', oldOid: tip, newOid: next }],
    pack: [packObjects(ours, [next], [tip])],
  }
})

afterEach(() => {
  delete host.server.settings.fault
})

const open = (protocol: 0 | 2 = 0): Remote =>
  createSmartHttpRemote({ url: `${host.server.url}/data.git`, protocol })
const failAt = (where: GitRequestKind, fault: GitFault): void => {
  host.server.settings.fault = ({ kind }) => (kind === where ? fault : null)
}
const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no error',
    (error: unknown) => error,
  )

const statuses = [
  [400, 'remote/protocol'],
  [401, 'remote/unauthorized'],
  [403, 'remote/forbidden'],
  [404, 'remote/not-found'],
  [413, 'remote/too-large'],
  [429, 'remote/rate-limited'],
  [500, 'remote/server-error'],
  [503, 'remote/server-error'],
] as const

describe('a host that answers with a status', () => {
  it.each(statuses)('%d gives %s, wherever it happens', async (status, code) => {
    const fault: GitFault = { kind: 'status', status }
    const expected = { code, data: { status, url: `${host.server.url}/data.git` } }
    failAt('info/refs', fault)
    expect(await failureOf(open().listRefs())).toMatchObject(expected)
    expect(await failureOf(receive(open(), { wants: [tip] }))).toMatchObject(expected)
    expect(await failureOf(open().push(push))).toMatchObject(expected)
    failAt('git-upload-pack', fault)
    expect(await failureOf(receive(open(), { wants: [tip] }))).toMatchObject(expected)
    expect(await failureOf(open(2).listRefs())).toMatchObject(expected)
    failAt('git-receive-pack', fault)
    const error = await failureOf(open().push(push))
    expect(error).toMatchObject(expected)
    expect(error).toMatchObject(status >= 500 ? { data: { maybeApplied: true } } : {})
  })

  it('429 and 403 tell how long to wait, in seconds or as a date', async () => {
    const wait = async (status: number, value: string): Promise<unknown> => {
      failAt('info/refs', { kind: 'status', status, headers: { 'Retry-After': value } })
      return failureOf(open().listRefs())
    }
    const expected = { code: 'remote/rate-limited', data: { retryAfterSeconds: 7 } }
    expect(await wait(429, '7')).toMatchObject(expected)
    expect(await wait(403, '7')).toMatchObject(expected)
    const past = await wait(429, 'Thu, 01 Jan 2015 00:00:00 GMT')
    expect(past).toMatchObject({ data: { retryAfterSeconds: 0 } })
  })

  it('404 for a repository that is not there, from the real server', async () => {
    const remote = createSmartHttpRemote({ url: `${host.server.url}/nothing.git` })
    expect(await failureOf(remote.listRefs())).toMatchObject({ code: 'remote/not-found' })
  })
})

describe('a host that does not speak git', () => {
  const places: readonly GitRequestKind[] = ['info/refs', 'git-upload-pack', 'git-receive-pack']

  it('is told from one that does when it answers with a page', async () => {
    for (const where of places) {
      failAt(where, { kind: 'html' })
      const isPush = where === 'git-receive-pack'
      const error = await failureOf(isPush ? open().push(push) : receive(open(), { wants: [tip] }))
      expect(error).toMatchObject({ code: isPush ? 'remote/network' : 'remote/protocol' })
      expect(JSON.stringify(error)).toContain('web page')
    }
  })

  it.each(['', '0', '0000', 'zzzz', '000', '001e# service=git-upload-pack\n0000', 'ffff', '0005x0000'])(
    'with the right content type and the bytes "%s"',
    async (body) => {
      failAt('info/refs', {
        kind: 'answer',
        contentType: 'application/x-git-upload-pack-advertisement',
        body,
      })
      const error = await failureOf(receive(open(), { wants: [tip] }))
      const code: unknown = (error as { code?: unknown }).code
      if (body === '0000') expect(code).toBe('remote/empty')
      else expect(code).toMatch(/^remote\/(truncated|protocol)$/)
    },
  )

  it('passes an ERR line on', async () => {
    failAt('info/refs', {
      kind: 'answer',
      contentType: 'application/x-git-upload-pack-advertisement',
      body: '0013ERR go away now\n',
    })
    expect(await failureOf(open().listRefs())).toMatchObject({
      code: 'remote/protocol',
      data: { hostMessage: 'go away now' },
    })
  })
})

describe('a connection', () => {
  it('that cannot be made gives remote/network, which names CORS', async () => {
    const probe = createServer()
    await new Promise<void>((resolve) => {
      probe.listen(0, '127.0.0.1', resolve)
    })
    const { port } = probe.address() as { port: number } // a listening TCP server has one
    await new Promise((resolve) => {
      probe.close(resolve)
    })
    const remote = createSmartHttpRemote({ url: `http://127.0.0.1:${port}/data.git` })
    const expected = { code: 'remote/network', message: expect.stringContaining('CORS') }
    expect(await failureOf(remote.listRefs())).toMatchObject(expected)
    expect(await failureOf(remote.push(push))).toMatchObject(expected)
  })

  it('that breaks before any answer gives remote/network', async () => {
    for (const where of ['info/refs', 'git-upload-pack'] as const) {
      failAt(where, { kind: 'refuse-connection' })
      expect(await failureOf(receive(open(), { wants: [tip] }))).toMatchObject({ code: 'remote/network' })
    }
  })

  it.each([0, 1, 9, 40, 200])('that breaks after %d bytes gives remote/truncated', async (afterBytes) => {
    for (const polite of [true, false]) {
      failAt('git-upload-pack', { kind: 'cut', afterBytes, polite })
      expect(await failureOf(receive(open(), { wants: [tip] }))).toMatchObject({ code: 'remote/truncated' })
      failAt('info/refs', { kind: 'cut', afterBytes, polite })
      expect(await failureOf(open().listRefs())).toMatchObject({ code: 'remote/truncated' })
    }
  })

  it('that hangs is given up by the signal, at every step', async () => {
    for (const where of ['info/refs', 'git-upload-pack'] as const) {
      failAt(where, { kind: 'stall' })
      const controller = new AbortController()
      const call = failureOf(receive(open(), { wants: [tip], signal: controller.signal }))
      await expect.poll(() => host.server.requests.at(-1)?.kind).toBe(where)
      controller.abort()
      expect(await call).toMatchObject({ code: 'remote/aborted' })
    }
    failAt('git-receive-pack', { kind: 'stall' })
    const controller = new AbortController()
    const call = failureOf(open().push({ ...push, signal: controller.signal }))
    await expect.poll(() => host.server.requests.at(-1)?.kind).toBe('git-receive-pack')
    controller.abort()
    expect(await call).toMatchObject({ code: 'remote/aborted', data: { maybeApplied: true } })
  })

  it('is closed when the signal fires in the middle of a pack, or has fired before', async () => {
    const controller = new AbortController()
    const onPack = (): void => controller.abort()
    const { signal } = controller
    expect(await failureOf(receive(open(), { wants: [tip], onPack, signal }))).toMatchObject({
      code: 'remote/aborted',
    })
    expect(await failureOf(open().listRefs({ signal }))).toMatchObject({ code: 'remote/aborted' })
  })
})

describe('an answer that ends early', () => {
  /** Records real answers once, then serves them cut at any byte without a server. */
  async function record(protocol: 0 | 2, call: (remote: Remote) => Promise<unknown>): Promise<Recording> {
    const answers: { type: string; body: Uint8Array<ArrayBuffer> }[] = []
    const recorder: typeof fetch = async (...args) => {
      const response = await fetch(...args)
      const body = new Uint8Array(await response.arrayBuffer())
      const type = response.headers.get('content-type') ?? ''
      answers.push({ type, body })
      return new Response(body, { headers: { 'Content-Type': type } })
    }
    const url = `${host.server.url}/data.git`
    await call(createSmartHttpRemote({ url, protocol, fetch: recorder }))
    const cutAt = (answer: number, bytes: number): Remote => {
      let turn = 0
      const player: typeof fetch = async () => {
        const { type, body } = answers[turn] ?? { type: '', body: new Uint8Array() }
        const cut = turn++ === answer ? body.slice(0, bytes) : body
        return new Response(cut, { headers: { 'Content-Type': type } })
      }
      return createSmartHttpRemote({ url, protocol, fetch: player })
    }
    return { sizes: answers.map(({ body }) => body.length), cutAt }
  }

  interface Recording {
    readonly sizes: readonly number[]
    readonly cutAt: (answer: number, bytes: number) => Remote
  }

  it.each([
    [0, undefined],
    [0, 2],
    [2, undefined],
    [2, 2],
  ] as const)('is an error at every byte of a fetch (v%d, depth %s)', async (protocol, depth) => {
    const request = { wants: [tip], ...(depth !== undefined && { depth }) }
    const call = async (remote: Remote): Promise<unknown> => {
      await remote.listRefs()
      return receive(remote, request)
    }
    const { sizes, cutAt } = await record(protocol, call)
    expect(sizes).toHaveLength(protocol === 0 ? 2 : 3)
    const others: unknown[] = []
    for (const [answer, size] of sizes.entries()) {
      for (let k = 0; k < size; k++) {
        const error = await failureOf(call(cutAt(answer, k)))
        if (!isEspalierError(error, 'remote/truncated')) others.push({ answer, k, error })
      }
    }
    expect(others).toEqual([])
  })

  it('is a lost answer at every byte of the report of a push', async () => {
    const ref = 'refs/heads/recorded'
    const create: PushRequest = { updates: [{ ref, oldOid: null, newOid: tip }], pack: [] }
    const empty = packObjects(`${host.path}/ours.git`, [], [])
    const call = (remote: Remote): Promise<unknown> => remote.push({ ...create, pack: [empty] })
    const { sizes, cutAt } = await record(0, call)
    const [advertised = 0, report = 0] = sizes
    for (let k = 0; k < advertised; k++) {
      expect(await failureOf(call(cutAt(0, k)))).toMatchObject({ code: 'remote/truncated' })
    }
    for (let k = 0; k < report; k++) {
      expect(await failureOf(call(cutAt(1, k))), `cut at ${k}`).toMatchObject({
        code: 'remote/network',
        data: { maybeApplied: true },
      })
    }
  })
})
