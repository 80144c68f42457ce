import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createMemoryStorage } from '../../storage/memory-storage.ts'
import type { Storage } from '../../storage/storage.ts'
import { writeBundle } from './bundle-writer.ts'
import { createCommit } from '../objects/commit.ts'
import { compact } from './compaction.ts'
import { reachableObjects } from '../history/history-reachable.ts'
import { createNativeRepository, memoryReader } from '../node/node-native-git.testing.ts'
import type { NewObject } from '../objects/object.ts'
import { createObjectStore } from './object-store.ts'
import type { ObjectStore } from './object-store.ts'
import type { Oid } from '../objects/oid.ts'
import { createRandom, randomHistory } from '../history/random-history.testing.ts'
import { createRefs, symbolicRef } from '../refs/refs.ts'
import { hashObject } from '../objects/sha1.ts'
import { editTrees } from '../trees/tree-edit.ts'
import type { TreeEdit } from '../trees/tree-edit.ts'

const native = createNativeRepository()
afterAll(() => native.remove())
const ada = { name: 'Ada', email: 'ada@example.com', timestamp: 1_700_000_000 }
const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const blob = (text: string): NewObject => ({
  oid: hashObject('blob', encode(text)),
  type: 'blob',
  bytes: encode(text),
})

interface Repository {
  readonly storage: Storage
  readonly store: ObjectStore
  head: Oid | null
  root: Oid | null
}

async function commit(
  repository: Repository,
  edits: readonly TreeEdit[],
  blobs: readonly NewObject[],
): Promise<void> {
  const { storage, store, head, root } = repository
  const trees = await editTrees(store, root, edits, { deltaDepth: (oid) => store.deltaDepth(oid) })
  const bytes = createCommit({
    tree: trees.root,
    parents: head === null ? [] : [head],
    author: ada,
    message: 'x',
  })
  const oid = hashObject('commit', bytes)
  const row = await store.pack([...blobs, ...trees.objects, { oid, type: 'commit', bytes }])
  const outcome = await storage.commit({
    require: [{ kind: 'ref', name: 'refs/heads/main', value: head }],
    writes: [
      { kind: 'putPack', row },
      { kind: 'setRef', name: 'refs/heads/main', value: oid },
      { kind: 'setRef', name: 'HEAD', value: symbolicRef('refs/heads/main') },
    ],
  })
  expect(outcome.ok).toBe(true)
  store.adopt(row)
  repository.head = oid
  repository.root = trees.root
}

/** A first commit of 300 files, twenty small ones, and one that no ref reaches. */
async function sample(): Promise<Repository & { readonly lost: Oid }> {
  const storage = createMemoryStorage()
  const repository: Repository = { storage, store: await createObjectStore(storage), head: null, root: null }
  const text = (i: number, n: number): string =>
    JSON.stringify({ id: i, version: n, text: 'words '.repeat(20) })
  const first = Array.from({ length: 300 }, (_, i) => blob(text(i, 0)))
  await commit(
    repository,
    first.map(({ oid }, i) => ({ path: `data/r${String(i).padStart(4, '0')}.json`, oid })),
    first,
  )
  for (let n = 1; n <= 20; n++) {
    const changed = blob(text(n, n))
    await commit(
      repository,
      [{ path: `data/r${String(n).padStart(4, '0')}.json`, oid: changed.oid }],
      [changed],
    )
  }
  const lost = blob('nobody needs this')
  const row = await repository.store.pack([lost])
  await storage.commit({ writes: [{ kind: 'putPack', row }] })
  repository.store.adopt(row)
  return { ...repository, lost: lost.oid }
}

async function export_(repository: Repository): Promise<void> {
  const state = await repository.storage.readState()
  const file = join(native.dir, 'export.bundle')
  const store = await createObjectStore(repository.storage)
  writeFileSync(file, Buffer.concat(await writeBundle(store, createRefs(state.refs))))
  native.git(['bundle', 'verify', '-q', file])
  const clone = join(native.dir, `clone-${Math.random().toString(36).slice(2)}`)
  native.git(['clone', '-q', '--bare', file, clone])
  expect(native.git(['-C', clone, 'fsck', '--strict', '--full'])).toBe('')
  expect(native.git(['-C', clone, 'rev-parse', 'HEAD']).trim()).toBe(repository.head)
  expect(native.git(['-C', clone, 'rev-list', '--count', 'HEAD']).trim()).toBe('21')
}

describe('compact', () => {
  it('merges packs, drops what nothing reaches, and loses nothing else', async () => {
    const repository = await sample()
    const { storage, store, head, lost } = repository
    await export_(repository)
    const roots = head === null ? [] : [head]
    const before = await reachableObjects(store, roots)
    const state = await storage.readState()
    const result = await compact(storage, store, { roots, epoch: state.epoch })
    expect(result).toMatchObject({ status: 'done', epoch: state.epoch + 1, objects: before.size, dropped: 1 })
    if (result.status !== 'done') return
    expect(result.bytesAfter).toBeLessThan(result.bytesBefore / 2)
    expect(store.packs()).toHaveLength(1)
    expect(store.has(lost)).toBe(false)
    const reopened = await createObjectStore(storage)
    expect(await reachableObjects(reopened, roots)).toEqual(before)
    for (const oid of before)
      expect(hashObject((await reopened.read(oid)).type, (await reopened.read(oid)).bytes)).toBe(oid)
    await export_(repository)
    // Compacting again finds nothing to do.
    expect(await compact(storage, store, { roots, epoch: state.epoch + 1 })).toEqual({ status: 'unneeded' })
  })

  it('changes nothing when somebody else was faster', async () => {
    const repository = await sample()
    const { storage, store, head } = repository
    const roots = head === null ? [] : [head]
    const before = await storage.readState()
    for (const request of [
      { roots, epoch: before.epoch + 1 },
      {
        roots,
        epoch: before.epoch,
        require: [{ kind: 'ref' as const, name: 'refs/heads/main', value: null }],
      },
    ]) {
      expect(await compact(storage, store, request)).toMatchObject({ status: 'overtaken' })
      expect((await storage.readState()).packs.length).toBe(before.packs.length)
    }
    const controller = new AbortController()
    controller.abort(new Error('enough'))
    await expect(
      compact(storage, store, { roots, epoch: before.epoch, signal: controller.signal }),
    ).rejects.toThrow('enough')
  })

  it('is before or after when any storage call fails', async () => {
    for (let k = 1; ; k++) {
      const repository = await sample()
      const { storage, head } = repository
      const roots = head === null ? [] : [head]
      let calls = 0
      let failed = false
      const failing = new Proxy(storage, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name)
          if (typeof value !== 'function') return value
          return async (...args: unknown[]): Promise<unknown> => {
            if (++calls === k) {
              failed = true
              throw new Error('broken')
            }
            return (await Reflect.apply(value, target, args)) as unknown
          }
        },
      })
      const store = await createObjectStore(failing).catch(() => null)
      const epoch = (await storage.readState()).epoch
      if (store !== null) await compact(failing, store, { roots, epoch }).catch(() => null)
      const reopened = await createObjectStore(storage)
      const objects = await reachableObjects(reopened, roots)
      for (const oid of objects) await reopened.read(oid)
      expect([1, 22]).toContain(reopened.packs().length)
      if (!failed) break
    }
  })

  it('keeps large packs, and the bases that their deltas stand on', async () => {
    const repository = await sample()
    const { storage, store, head } = repository
    const roots = head === null ? [] : [head]
    const large = store.packs().toSorted((a, b) => b.bytes.sizeBytes - a.bytes.sizeBytes)
    const result = await compact(storage, store, {
      roots: [...roots],
      epoch: (await storage.readState()).epoch,
      maximumPackBytes: (large[0]?.bytes.sizeBytes ?? 0) - 1,
    })
    expect(result.status).toBe('done')
    expect(store.packs()).toHaveLength(2)
    for (const oid of await reachableObjects(store, roots)) await store.read(oid)
  })
})

describe('writeBundle', () => {
  it('exports a random history that git clones whole, from any reader', async () => {
    native.git(['fast-import', '--quiet', '--force'], randomHistory(createRandom(41), 40))
    const rows = native
      .git(['for-each-ref', '--format=%(refname) %(objectname)'])
      .trim()
      .split('\n')
      .map((line) => ({ name: line.split(' ')[0] ?? '', value: line.split(' ')[1] ?? '' }))
    const refs = createRefs([...rows, { name: 'HEAD', value: symbolicRef('refs/heads/b9') }])
    const file = join(native.dir, 'random.bundle')
    writeFileSync(file, Buffer.concat(await writeBundle(memoryReader(native.objects()), refs)))
    const clone = join(native.dir, 'random-clone')
    native.git(['clone', '-q', '--mirror', file, clone])
    expect(native.git(['-C', clone, 'fsck', '--strict', '--full'])).toBe('')
    expect(native.git(['-C', clone, 'for-each-ref'])).toBe(native.git(['for-each-ref']))
  })

  it('refuses a history that is not complete', async () => {
    const refs = createRefs([{ name: 'shallow', value: '1'.repeat(40) }])
    await expect(writeBundle(memoryReader(new Map()), refs)).rejects.toMatchObject({
      code: 'git/history-missing',
    })
    await expect(writeBundle(memoryReader(new Map()), createRefs([]))).rejects.toMatchObject({
      code: 'git/ref-missing',
    })
  })
})
