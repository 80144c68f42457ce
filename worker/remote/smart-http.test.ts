import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { useGitHost } from '../../test/support/git-host.ts'
import type { Oid } from '../git/objects/oid.ts'
import { addCommits, git, makeRepository, oidOf, receive, storePack } from './node-fixtures.testing.ts'
import type { Remote, TransferProgress } from './remote.ts'
import { createSmartHttpRemote } from './smart-http.ts'

const host = useGitHost()
let origin: string
let main: Oid
let draft: Oid

beforeAll(() => {
  origin = makeRepository(host.path, 'data.git', 40)
  makeRepository(host.path, 'empty.git', 0)
  main = oidOf(origin, 'main')
  git(origin, ['branch', 'draft', 'main~5'])
  draft = addCommits(origin, 'refs/heads/draft', 3, 'draft')
  git(origin, ['tag', 'light', 'main~1'])
  git(origin, ['tag', '-a', '-m', 'one', 'v1', 'main~2'])
})

describe.each([0, 2] as const)('smart HTTP, protocol v%d', (protocol) => {
  const open = (name = 'data.git'): Remote =>
    createSmartHttpRemote({ url: `${host.server.url}/${name}`, protocol })
  const emptyClone = (label: string): string => makeRepository(host.path, `${label}-${protocol}.git`, 0)

  it('lists branches, tags with their targets, and HEAD', async () => {
    const { refs, peeled, head, headOid } = await open().listRefs()
    expect([...refs.keys()].toSorted()).toEqual([
      'refs/heads/draft',
      'refs/heads/main',
      'refs/tags/light',
      'refs/tags/v1',
    ])
    expect(refs.get('refs/heads/main')).toBe(main)
    expect(refs.get('refs/tags/v1')).toBe(oidOf(origin, 'v1'))
    expect(peeled.get('refs/tags/v1')).toBe(oidOf(origin, 'v1^{}'))
    expect(peeled.size).toBe(1)
    expect([head, headOid]).toEqual(['refs/heads/main', main])
  })

  it('gives an empty list for an empty repository', async () => {
    const { refs, headOid } = await open('empty.git').listRefs()
    expect([refs.size, headOid]).toEqual([0, null])
  })

  it('clones everything, annotated tags included', async () => {
    const remote = open()
    const { refs } = await remote.listRefs()
    const clone = emptyClone('full')
    expect(storePack(clone, await receive(remote, { wants: [...refs.values()] }))).toEqual([])
    for (const [ref, oid] of refs) git(clone, ['update-ref', ref, oid])
    expect(git(clone, ['fsck', '--strict', '--no-dangling'])).toBe('')
    expect(git(clone, ['rev-list', '--all'])).toBe(git(origin, ['rev-list', '--all']))
  })

  it('sends an annotated tag along with the commit that it names', async () => {
    const clone = emptyClone('tags')
    storePack(clone, await receive(open(), { wants: [main] }))
    expect(git(clone, ['cat-file', '-t', oidOf(origin, 'v1')])).toBe('tag')
  })

  it('clones the tip, deepens, then completes the history', async () => {
    const remote = open()
    const clone = emptyClone('shallow')
    const tip = await receive(remote, { wants: [main], depth: 1 })
    expect([tip.shallow, tip.unshallow]).toEqual([[main], []])
    let boundary = storePack(clone, tip)
    git(clone, ['update-ref', 'refs/heads/main', main])
    expect(git(clone, ['rev-list', '--count', 'main'])).toBe('1')

    const deeper = await receive(remote, { wants: [main], haves: [main], shallow: boundary, depth: 3 })
    boundary = storePack(clone, deeper, boundary)
    expect(boundary).toEqual([oidOf(origin, 'main~2')])
    expect(git(clone, ['rev-list', '--count', 'main'])).toBe('3')

    const rest = await receive(remote, { wants: [main], haves: [main], shallow: boundary, depth: 'infinite' })
    expect(rest.unshallow).toEqual(boundary)
    expect(storePack(clone, rest, boundary)).toEqual([])
    expect(git(clone, ['rev-list', 'main'])).toBe(git(origin, ['rev-list', 'main']))
    expect(git(clone, ['fsck', '--strict', '--no-dangling'])).toBe('')
  })

  it('fetches new commits into a shallow clone without moving its boundary', async () => {
    const clone = emptyClone('shallow-pull')
    const old = oidOf(origin, 'draft~1')
    const boundary = storePack(clone, await receive(open(), { wants: [old], depth: 1 }))
    const next = await receive(open(), { wants: [draft], haves: [old], shallow: boundary })
    expect([next.shallow, next.unshallow]).toEqual([[], []])
    expect(storePack(clone, next, boundary)).toEqual([old])
    git(clone, ['update-ref', 'refs/heads/draft', draft])
    expect(git(clone, ['rev-list', '--count', 'draft'])).toBe('2')
    expect(git(clone, ['fsck', '--strict', '--no-dangling'])).toBe('')
  })

  it('fetches only what is missing', async () => {
    const clone = emptyClone('pull')
    const all = await receive(open(), { wants: [main] })
    storePack(clone, all)
    host.server.requests.length = 0
    const more = await receive(open(), { wants: [draft], haves: [main] })
    storePack(clone, more)
    git(clone, ['update-ref', 'refs/heads/draft', draft])
    expect(git(clone, ['fsck', '--strict', '--no-dangling'])).toBe('')
    expect(more.pack.length).toBeLessThan(all.pack.length / 3)
    expect(host.server.requests.filter(({ kind }) => kind === 'git-upload-pack')).toHaveLength(1)
  })

  it('is not confused by commits that only we have', async () => {
    const clone = emptyClone('local')
    storePack(clone, await receive(open(), { wants: [main] }))
    git(clone, ['update-ref', 'refs/heads/main', main])
    const local = addCommits(clone, 'refs/heads/main', 5, 'local')
    const own = git(clone, ['rev-list', local, `^${main}`]).split('\n') as Oid[]
    storePack(clone, await receive(open(), { wants: [draft], haves: [...own, main] }))
    git(clone, ['update-ref', 'refs/heads/draft', draft])
    expect(git(clone, ['fsck', '--strict', '--no-dangling'])).toBe('')
  })

  it('negotiates in rounds with very many haves, and compresses the requests', async () => {
    const clone = emptyClone('rounds')
    storePack(clone, await receive(open(), { wants: [main] }))
    git(clone, ['update-ref', 'refs/heads/main', main])
    const local = addCommits(clone, 'refs/heads/main', 1200, 'long')
    const haves = git(clone, ['rev-list', local]).split('\n') as Oid[]
    host.server.requests.length = 0
    const received = await receive(open(), { wants: [draft], haves })
    storePack(clone, received)
    git(clone, ['update-ref', 'refs/heads/draft', draft])
    expect(git(clone, ['fsck', '--strict', '--no-dangling'])).toBe('')
    expect(received.pack.length).toBeLessThan(4000)
    const rounds = host.server.requests.filter(({ kind }) => kind === 'git-upload-pack')
    expect(rounds.length).toBeGreaterThan(1)
    expect(rounds.every(({ headers }) => headers['content-encoding'] === 'gzip')).toBe(true)
  })

  it('gets everything when nothing of many haves is known there', async () => {
    const stranger = makeRepository(host.path, `stranger-${protocol}.git`, 0)
    const tip = addCommits(stranger, 'refs/heads/main', 600, 'other')
    const haves = git(stranger, ['rev-list', tip]).split('\n') as Oid[]
    storePack(stranger, await receive(open(), { wants: [main], haves }))
    git(stranger, ['update-ref', 'refs/heads/theirs', main])
    expect(git(stranger, ['fsck', '--strict', '--no-dangling'])).toBe('')
  })

  it('reports what happens, and counts received bytes', async () => {
    const seen: TransferProgress[] = []
    const { pack } = await receive(open(), { wants: [main], onProgress: (progress) => seen.push(progress) })
    expect(new Set(seen.map(({ phase }) => phase))).toEqual(
      new Set(['connecting', 'counting', 'compressing', 'receiving']),
    )
    expect(seen.at(-1)).toEqual({ phase: 'receiving', loaded: pack.length })
  })

  it('waits for a slow consumer, and hands its failure on unchanged', async () => {
    let running = 0
    await open().fetch({
      wants: [main],
      haves: [],
      shallow: [],
      onPack: async () => {
        expect(running++).toBe(0)
        await new Promise((resolve) => setImmediate(resolve))
        running--
      },
    })
    const failure = new Error('disk full')
    await expect(
      receive(open(), {
        wants: [main],
        onPack: () => {
          throw failure
        },
      }),
    ).rejects.toBe(failure)
  })

  it('fetches nothing when nothing is wanted', async () => {
    host.server.requests.length = 0
    expect(await receive(open(), { wants: [] })).toMatchObject({ shallow: [], unshallow: [] })
    expect(host.server.requests).toEqual([])
  })

  it('refuses a depth that is none', async () => {
    for (const depth of [0, -1, 1.5, Number.NaN]) {
      await expect(receive(open(), { wants: [main], depth })).rejects.toMatchObject({
        code: 'engine/bad-argument',
      })
    }
  })

  it('passes the words of the host on when it does not have what is wanted', async () => {
    const unknown = 'f'.repeat(40) as Oid
    await expect(receive(open(), { wants: [unknown] })).rejects.toMatchObject({
      code: 'remote/protocol',
      data: { hostMessage: expect.stringContaining('not our ref') },
    })
  })

  it('asks with one request for the refs and one for the objects', async () => {
    host.server.requests.length = 0
    const remote = open()
    const { refs } = await remote.listRefs()
    await receive(remote, { wants: [refs.get('refs/heads/main') as Oid] })
    expect(host.server.requests.map(({ method }) => method)).toEqual(
      protocol === 0 ? ['GET', 'POST'] : ['GET', 'POST', 'POST'],
    )
    const sendsVersion = host.server.requests.every(({ headers }) => headers['git-protocol'] === 'version=2')
    expect(sendsVersion).toBe(protocol === 2)
  })
})

const emptyTree = (folder: string): string => git(folder, ['hash-object', '-t', 'tree', '-w', '--stdin'], '')

it('refuses SHA-256 repositories in both protocols', async () => {
  const folder = join(host.path, 'sha256.git')
  git(host.path, ['init', '-q', '--bare', '--object-format=sha256', '-b', 'main', folder])
  git(folder, ['update-ref', 'refs/heads/main', git(folder, ['commit-tree', '-m', 'x', emptyTree(folder)])])
  for (const protocol of [0, 2] as const) {
    await expect(
      createSmartHttpRemote({ url: `${host.server.url}/sha256.git`, protocol }).listRefs(),
    ).rejects.toMatchObject({ code: 'git/sha256-unsupported' })
  }
})
