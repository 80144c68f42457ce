import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Oid } from '../git/objects/oid.ts'
import { createBundleRemote } from './bundle-remote.ts'
import { createDumbRemote } from './dumb-remote.ts'
import {
  addCommits,
  createScratch,
  git,
  makeRepository,
  oidOf,
  receive,
  type Scratch,
  storePack,
} from './node-fixtures.testing.ts'
import { type StaticServer, startStaticServer } from './node-static-server.testing.ts'
import { openRemote } from './open-remote.ts'
import type { Remote } from './remote.ts'

let scratch: Scratch
let server: StaticServer
let origin: string
let main: Oid

beforeAll(async () => {
  scratch = createScratch()
  origin = makeRepository(scratch.root, 'data.git', 25)
  main = oidOf(origin, 'main')
  git(origin, ['branch', 'draft', 'main~5'])
  git(origin, ['tag', '-a', '-m', 'one', 'v1', 'main~2'])
  for (const version of [2, 3]) {
    git(origin, ['bundle', 'create', '-q', `--version=${version}`, `../v${version}.bundle`, '--all'])
  }
  git(origin, ['bundle', 'create', '-q', '../part.bundle', 'main', '^main~3'])
  git(origin, ['bundle', 'create', '-q', '../nohead.bundle', 'draft'])
  server = await startStaticServer(scratch.root)
})

afterAll(async () => {
  await server.close()
  scratch.remove()
})

let clones = 0

async function cloneAndCheck(remote: Remote, from = origin): Promise<void> {
  const { refs } = await remote.listRefs()
  const clone = makeRepository(scratch.root, `clone${clones++}.git`, 0)
  storePack(clone, await receive(remote, { wants: [...refs.values()] }))
  for (const [ref, oid] of refs) git(clone, ['update-ref', ref, oid])
  expect(git(clone, ['fsck', '--strict', '--no-dangling'])).toBe('')
  expect(git(clone, ['show-ref'])).toBe(git(from, ['show-ref']))
}

const bundleBytes = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(join(scratch.root, name)))

describe('a bundle', () => {
  it.each([2, 3])('of version %d is a read-only remote with all refs and history', async (version) => {
    const remote = createBundleRemote({ url: `${server.url}/v${version}.bundle` })
    server.requests.length = 0
    await cloneAndCheck(remote)
    expect(server.requests).toHaveLength(1)
    expect([remote.canPush, remote.canShallow]).toEqual([false, false])
    await expect(remote.push({ updates: [], pack: null })).rejects.toMatchObject({ code: 'remote/read-only' })
  })

  it('opens from bytes and from a file, without any request', async () => {
    server.requests.length = 0
    const data = bundleBytes('v2.bundle')
    await cloneAndCheck(createBundleRemote({ url: 'data.bundle', data }))
    await cloneAndCheck(createBundleRemote({ url: 'data.bundle', data: new Blob([data]) }))
    expect(server.requests).toEqual([])
  })

  it('may be fetched from more than once, and without listing first', async () => {
    const remote = createBundleRemote({ url: `${server.url}/v2.bundle` })
    const first = await receive(remote, { wants: [main] })
    const second = await receive(remote, { wants: [main] })
    expect(first.pack).toEqual(second.pack)
    await remote.listRefs()
    await cloneAndCheck(remote)
  })

  it('shows its branch when its HEAD names none', async () => {
    const data = bundleBytes('nohead.bundle')
    expect((await createBundleRemote({ url: 'x', data }).listRefs()).head).toBe('refs/heads/draft')
  })

  it('dissolves a shallow boundary, because it holds the whole history', async () => {
    const remote = createBundleRemote({ url: `${server.url}/v2.bundle` })
    const { unshallow } = await receive(remote, { wants: [main], shallow: [main], depth: 'infinite' })
    expect(unshallow).toEqual([main])
  })

  it('with prerequisites opens only where they are', async () => {
    const remote = createBundleRemote({ url: 'part.bundle', data: bundleBytes('part.bundle') })
    await expect(receive(remote, { wants: [main] })).rejects.toMatchObject({
      code: 'git/history-missing',
      message: expect.stringContaining('--all'),
    })
    const base = oidOf(origin, 'main~3')
    const clone = makeRepository(scratch.root, 'part.git', 0)
    storePack(clone, await receive(openRemote(`${server.url}/v2.bundle`), { wants: [base] }))
    storePack(clone, await receive(remote, { wants: [main], haves: [base] }))
    git(clone, ['update-ref', 'refs/heads/main', main])
    expect(git(clone, ['fsck', '--strict', '--no-dangling'])).toBe('')
  })

  it('with a filter, other object ids, or no header is refused with the reason', async () => {
    const open = (text: string): Promise<unknown> =>
      createBundleRemote({ url: 'x.bundle', data: new TextEncoder().encode(text) }).listRefs()
    await expect(open('# v3 git bundle\n@filter=blob:none\n\n')).rejects.toMatchObject({
      code: 'git/unsupported',
    })
    await expect(open('# v3 git bundle\n@object-format=sha256\n\n')).rejects.toMatchObject({
      code: 'git/sha256-unsupported',
    })
    await expect(open('# v9 git bundle\n\n')).rejects.toMatchObject({ code: 'remote/protocol' })
    await expect(open('hello\n')).rejects.toMatchObject({ code: 'remote/protocol' })
    await expect(open('')).rejects.toMatchObject({ code: 'remote/protocol' })
    await expect(open(`# v2 git bundle\n${'x'.repeat(200)}\n\n`)).rejects.toMatchObject({
      code: 'remote/protocol',
    })
  })

  it('cut anywhere in its head says so', async () => {
    const whole = bundleBytes('v3.bundle')
    const headEnd = Buffer.from(whole).indexOf('\n\n') + 2
    for (let k = 1; k <= headEnd; k++) {
      const remote = createBundleRemote({ url: 'x', data: whole.slice(0, k) })
      const error = await receive(remote, { wants: [main] }).catch((error: unknown) => error)
      expect(error, `cut at ${k}`).toMatchObject({
        code: expect.stringMatching(/^remote\/(truncated|protocol)$/),
      })
    }
  })

  it('of the demo database opens on main', async ({ skip }) => {
    const file = join(process.env['ESPALIER_SHARED'] ?? '../shared', 'data/demo-ingitdb.bundle')
    if (!existsSync(file)) skip('the demo bundle is not on this machine')
    const remote = createBundleRemote({ url: 'demo', data: new Uint8Array(readFileSync(file)) })
    const { refs, head } = await remote.listRefs()
    expect(head).toBe('refs/heads/main')
    const clone = makeRepository(scratch.root, 'demo.git', 0)
    storePack(clone, await receive(remote, { wants: [...refs.values()] }))
    git(clone, ['update-ref', 'refs/heads/main', refs.get('refs/heads/main') ?? ''])
    expect(git(clone, ['fsck', '--no-dangling'])).toBe('')
  })
})

describe("a bare repository's files on a static host", () => {
  const open = (name: string): Remote => createDumbRemote({ url: `${server.url}/${name}` })

  it('opens with loose objects only', async () => {
    const folder = makeRepository(scratch.root, 'loose.git', 0)
    git(origin, ['push', '-q', folder, 'refs/heads/*:refs/heads/*', 'refs/tags/*:refs/tags/*'])
    git(
      folder,
      ['unpack-objects', '-q'],
      new Uint8Array((await receive(openRemote(`${server.url}/v2.bundle`), { wants: [main] })).pack),
    )
    git(folder, ['update-server-info'])
    await cloneAndCheck(open('loose.git'))
  })

  it('opens with packed refs and one pack', async () => {
    git(scratch.root, ['clone', '-q', '--mirror', origin, 'packed.git'])
    const folder = join(scratch.root, 'packed.git')
    git(folder, ['gc', '-q'])
    git(folder, ['update-server-info'])
    await cloneAndCheck(open('packed.git'))
    const { head, peeled } = await open('packed.git').listRefs()
    expect(head).toBe('refs/heads/main')
    expect(peeled.size).toBe(1)
  })

  it('opens with several packs that share objects, and loose objects on top', async () => {
    git(scratch.root, ['clone', '-q', '--mirror', origin, 'mixed.git'])
    const folder = join(scratch.root, 'mixed.git')
    const second = addCommits(folder, 'refs/heads/second', 150, 'second')
    git(folder, ['repack', '-q', '-d'])
    storePack(folder, await receive(openRemote(`${server.url}/v2.bundle`), { wants: [main] }))
    const tree = git(folder, ['rev-parse', `${second}^{tree}`])
    const top = git(folder, ['commit-tree', '-p', second, '-m', 'loose', tree])
    git(folder, ['update-ref', 'refs/heads/second', top])
    git(folder, ['update-server-info'])
    await cloneAndCheck(open('mixed.git'), folder)
  })

  it('names the object that the host lacks', async () => {
    const folder = makeRepository(scratch.root, 'broken.git', 0)
    git(folder, [
      'update-ref',
      '--no-deref',
      'HEAD',
      git(folder, ['commit-tree', '-m', 'x', emptyTree(folder)]),
    ])
    const commit = oidOf(folder, 'HEAD')
    writeFileSync(join(folder, 'objects', '4b', '825dc642cb6eb9a060e54bf8d69288fbee4904'), 'no zlib')
    git(scratch.root, ['--git-dir', folder, 'update-server-info'])
    await expect(receive(open('broken.git'), { wants: [commit] })).rejects.toMatchObject({
      code: 'git/object-corrupt',
    })
    const unknown = 'e'.repeat(40) as Oid
    await expect(receive(open('broken.git'), { wants: [unknown] })).rejects.toMatchObject({
      code: 'git/object-missing',
      data: { oid: unknown },
    })
  })

  const emptyTree = (folder: string): string =>
    git(folder, ['hash-object', '-t', 'tree', '-w', '--stdin'], '')
})

describe('openRemote', () => {
  it('finds out by itself that an address is static files, and keeps to it', async () => {
    git(scratch.root, ['clone', '-q', '--mirror', origin, 'found.git'])
    git(join(scratch.root, 'found.git'), ['update-server-info'])
    const remote = openRemote(`${server.url}/found.git`)
    await cloneAndCheck(remote)
    expect([remote.canPush, remote.canShallow]).toEqual([false, false])
    await expect(
      remote.push({ updates: [{ ref: 'refs/heads/x', oldOid: null, newOid: main }], pack: [] }),
    ).rejects.toMatchObject({ code: 'remote/read-only' })
  })

  it('finds static files without info/refs through HEAD and packed-refs', async () => {
    git(scratch.root, ['clone', '-q', '--mirror', origin, 'plain.git'])
    const folder = join(scratch.root, 'plain.git')
    git(folder, ['gc', '-q'])
    git(folder, ['update-server-info'])
    git(folder, ['update-ref', 'refs/heads/main', oidOf(folder, 'main~1')])
    rmSync(join(folder, 'info', 'refs'))
    const { refs } = await openRemote(`${server.url}/plain.git`).listRefs()
    expect(refs.get('refs/heads/main')).toBe(oidOf(origin, 'main~1'))
    expect(refs.get('refs/heads/draft')).toBe(oidOf(origin, 'draft'))
  })

  it('says that nothing is there, also where every unknown path is a page', async () => {
    await expect(openRemote(`${server.url}/nowhere.git`).listRefs()).rejects.toMatchObject({
      code: 'remote/not-found',
    })
    server.fallbackPage = '<!doctype html><title>App</title>'
    await expect(openRemote(`${server.url}/nowhere.git`).listRefs()).rejects.toMatchObject({
      code: 'remote/protocol',
      message: expect.stringContaining('web page'),
    })
    server.fallbackPage = null
  })

  it('takes bundles by their name, by a link with a query, and from bytes', async () => {
    await cloneAndCheck(openRemote(`${server.url}/v2.bundle`))
    const signed = openRemote(`${server.url}/v3.bundle?signature=abcdef123456`)
    await cloneAndCheck(signed)
    expect(signed.url).toBe(`${server.url}/v3.bundle`)
    await cloneAndCheck(openRemote('dropped file', { data: bundleBytes('v2.bundle') }))
  })

  it.each([
    'git@example.com:acme/data.git',
    'ssh://git@example.com/x',
    'ftp://example.com/x',
    'nonsense',
    '',
  ])('refuses the address "%s" at once', (url) => {
    expect(() => openRemote(url)).toThrowError(expect.objectContaining({ code: 'remote/bad-url' }))
  })
})
