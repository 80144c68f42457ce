import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { useGitHost } from '../../test/support/git-host.ts'
import type { Oid } from '../git/objects/oid.ts'
import { addCommits, git, makeRepository, oidOf, packObjects } from './node-fixtures.testing.ts'
import type { PushRequest, Remote } from './remote.ts'
import { createSmartHttpRemote } from './smart-http.ts'

const host = useGitHost()
let origin: string
let ours: string
let base: Oid
let next: Oid
let count = 0

beforeEach(() => {
  count++
  origin = makeRepository(host.path, `origin${count}.git`, 3)
  base = oidOf(origin, 'main')
  git(host.path, ['clone', '-q', '--bare', origin, `ours${count}.git`])
  ours = join(host.path, `ours${count}.git`)
  next = addCommits(ours, 'refs/heads/main', 1, 'next')
  delete host.server.settings.fault
  host.server.requests.length = 0
})

const open = (): Remote => createSmartHttpRemote({ url: `${host.server.url}/origin${count}.git` })
const update = (ref: string, oldOid: Oid | null, newOid: Oid | null): PushRequest['updates'][number] => ({
  ref,
  oldOid,
  newOid,
})
const pack = (tip: Oid = next): readonly Uint8Array[] => [packObjects(ours, [tip], [base])]
const refValue = (ref: string): string => git(origin, ['for-each-ref', '--format=%(objectname)', ref])

function addHook(name: string, script: string): void {
  const file = join(origin, 'hooks', name)
  writeFileSync(file, `#!/bin/sh\n${script}\n`)
  chmodSync(file, 0o755)
}

describe('push', () => {
  it('moves a branch forward, and the host passes its own check', async () => {
    const result = await open().push({ updates: [update('refs/heads/main', base, next)], pack: pack() })
    expect(result.refs).toEqual([{ ref: 'refs/heads/main', status: 'ok' }])
    expect(refValue('refs/heads/main')).toBe(next)
    expect(git(origin, ['fsck', '--strict'])).toBe('')
  })

  it('takes the pack in pieces', async () => {
    const [whole = new Uint8Array()] = pack()
    const pieces = [whole.subarray(0, 10), whole.subarray(10, 11), whole.subarray(11)]
    await open().push({ updates: [update('refs/heads/main', base, next)], pack: pieces })
    expect(refValue('refs/heads/main')).toBe(next)
  })

  it('asks for the refs while the pack is being made, and sends nothing when it cannot be made', async () => {
    const remote = open()
    let resolve: (pieces: readonly Uint8Array[]) => void = () => {}
    const making = new Promise<readonly Uint8Array[]>((done) => (resolve = done))
    const pushed = remote.push({
      updates: [update('refs/heads/main', base, next)],
      pack: making,
      onProgress: ({ phase }) => phase === 'connecting' && resolve(pack()),
    })
    expect((await pushed).refs).toEqual([{ ref: 'refs/heads/main', status: 'ok' }])
    const last = addCommits(ours, 'refs/heads/main', 1, 'last')
    const updates = [update('refs/heads/main', next, last)]
    const failed = Promise.reject(new Error('no such object'))
    await expect(remote.push({ updates, pack: failed })).rejects.toThrow('no such object')
    expect(refValue('refs/heads/main')).toBe(next)
    await remote.push({ updates, pack: pack(last) })
    expect(refValue('refs/heads/main')).toBe(last)
  })

  it('creates and deletes branches', async () => {
    const remote = open()
    await remote.push({ updates: [update('refs/heads/new', null, next)], pack: pack() })
    expect(refValue('refs/heads/new')).toBe(next)
    const result = await remote.push({ updates: [update('refs/heads/new', next, null)], pack: null })
    expect(result.refs).toEqual([{ ref: 'refs/heads/new', status: 'ok' }])
    expect(refValue('refs/heads/new')).toBe('')
  })

  it('needs one request from the second time on', async () => {
    const remote = open()
    await remote.push({ updates: [update('refs/heads/main', base, next)], pack: pack() })
    host.server.requests.length = 0
    const last = addCommits(ours, 'refs/heads/main', 1, 'last')
    await remote.push({ updates: [update('refs/heads/main', next, last)], pack: pack(last) })
    expect(refValue('refs/heads/main')).toBe(last)
    expect(host.server.requests.filter(({ method }) => method === 'GET')).toEqual([])
  })

  it('sends a small body for a small change', async () => {
    await open().push({ updates: [update('refs/heads/main', base, next)], pack: pack() })
    const sent = host.server.requests.reduce((sum, { requestBytes }) => sum + requestBytes, 0)
    expect(sent).toBeLessThan(2000)
  })

  it('says that the remote moved on, and sends nothing', async () => {
    const theirs = addCommits(origin, 'refs/heads/main', 1, 'theirs')
    const result = await open().push({ updates: [update('refs/heads/main', base, next)], pack: pack() })
    expect(result.refs).toMatchObject([{ ref: 'refs/heads/main', status: 'diverged' }])
    expect(refValue('refs/heads/main')).toBe(theirs)
    expect(host.server.requests.map(({ method }) => method)).toEqual(['GET'])
  })

  it('says so too when the host finds out (the remote moved between two pushes)', async () => {
    const remote = open()
    await remote.push({ updates: [update('refs/heads/main', base, next)], pack: pack() })
    const theirs = addCommits(origin, 'refs/heads/main', 1, 'theirs')
    const last = addCommits(ours, 'refs/heads/main', 1, 'last')
    const result = await remote.push({ updates: [update('refs/heads/main', next, last)], pack: pack(last) })
    expect(result.refs).toMatchObject([{ ref: 'refs/heads/main', status: 'diverged' }])
    expect(refValue('refs/heads/main')).toBe(theirs)
  })

  it('never overwrites a branch that was created meanwhile', async () => {
    const theirs = addCommits(origin, 'refs/heads/new', 1, 'theirs')
    const result = await open().push({ updates: [update('refs/heads/new', null, next)], pack: pack() })
    expect(result.refs).toMatchObject([{ status: 'diverged' }])
    expect(refValue('refs/heads/new')).toBe(theirs)
  })

  it('is all or nothing with several refs', async () => {
    addCommits(origin, 'refs/heads/taken', 1, 'theirs')
    const remote = open()
    const updates = [update('refs/heads/main', base, next), update('refs/heads/taken', null, next)]
    const result = await remote.push({ updates, pack: pack() })
    expect(result.refs.map(({ status }) => status)).toEqual(['refused', 'diverged'])
    expect(refValue('refs/heads/main')).toBe(base)

    const loose = await remote.push({ updates, pack: pack(), atomic: false })
    expect(loose.refs.map(({ status }) => status)).toEqual(['ok', 'diverged'])
    expect(refValue('refs/heads/main')).toBe(next)
  })

  it('is all or nothing on the host too', async () => {
    addHook('update', '[ "$1" = refs/heads/locked ] && { echo "locked is protected"; exit 1; }; exit 0')
    const updates = [update('refs/heads/main', base, next), update('refs/heads/locked', null, next)]
    const result = await open().push({ updates, pack: pack() })
    expect(result.refs.map(({ status }) => status)).toEqual(['refused', 'refused'])
    expect(refValue('refs/heads/main')).toBe(base)
  })

  it('reports a hook that refuses, with its words', async () => {
    addHook('pre-receive', 'echo "Ask the data team first."; exit 1')
    const result = await open().push({ updates: [update('refs/heads/main', base, next)], pack: pack() })
    expect(result.refs).toEqual([
      {
        ref: 'refs/heads/main',
        status: 'refused',
        reason: expect.stringContaining('Ask the data team first.'),
      },
    ])
    expect(refValue('refs/heads/main')).toBe(base)
  })

  it('reports a pack that the host does not take', async () => {
    const broken = [new TextEncoder().encode('PACK this is none')]
    const result = await open().push({ updates: [update('refs/heads/main', base, next)], pack: broken })
    expect(result.refs).toMatchObject([{ status: 'refused' }])
    expect(refValue('refs/heads/main')).toBe(base)
  })

  it('reports progress of the upload', async () => {
    const phases: string[] = []
    await open().push({
      updates: [update('refs/heads/main', base, next)],
      pack: pack(),
      onProgress: ({ phase }) => phases.push(phase),
    })
    expect(phases).toContain('sending')
  })
})

describe('a push whose answer is lost', () => {
  const faults = [
    ['the connection breaks after the host has applied it', { kind: 'lose-response' }],
    ['the answer is cut', { kind: 'cut', afterBytes: 12 }],
    ['the answer ends early but politely', { kind: 'cut', afterBytes: 12, polite: true }],
  ] as const

  it.each(faults)('says that it may have happened when %s, and a retry recognises it', async (_, fault) => {
    const remote = open()
    const request: PushRequest = { updates: [update('refs/heads/main', base, next)], pack: pack() }
    host.server.settings.fault = ({ kind }) => (kind === 'git-receive-pack' ? fault : null)
    await expect(remote.push(request)).rejects.toMatchObject({
      code: 'remote/network',
      data: { maybeApplied: true },
    })
    expect(refValue('refs/heads/main')).toBe(next)
    delete host.server.settings.fault
    host.server.requests.length = 0
    expect((await remote.push(request)).refs).toEqual([{ ref: 'refs/heads/main', status: 'ok' }])
    expect((await open().push(request)).refs).toEqual([{ ref: 'refs/heads/main', status: 'ok' }])
    expect(host.server.requests.map(({ method }) => method)).toEqual(['GET', 'GET'])
  })

  it('recognises a deletion that has happened', async () => {
    git(origin, ['branch', 'old', 'main'])
    const request: PushRequest = { updates: [update('refs/heads/old', base, null)], pack: null }
    host.server.settings.fault = ({ kind }) =>
      kind === 'git-receive-pack' ? { kind: 'lose-response' } : null
    await expect(open().push(request)).rejects.toMatchObject({ data: { maybeApplied: true } })
    delete host.server.settings.fault
    expect((await open().push(request)).refs).toMatchObject([{ status: 'ok' }])
  })
})
