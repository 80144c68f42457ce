import { afterAll, describe, expect, it } from 'vitest'
import { createMemoryStorage } from '../../storage/memory-storage.ts'
import type { PackRow } from '../../storage/storage.ts'
import { createCommit } from '../objects/commit.ts'
import { missingObjects } from './missing-objects.ts'
import { packForPush } from './missing-objects-pack.ts'
import { createNativeRepository, memoryReader } from '../node/node-native-git.testing.ts'
import type { NewObject } from '../objects/object.ts'
import { createObjectStore } from './object-store.ts'
import type { Oid } from '../objects/oid.ts'
import { createRandom, randomHistory } from '../history/random-history.testing.ts'
import { hashObject } from '../objects/sha1.ts'
import { deltaChainsOf } from '../trees/tree-delta-chain.ts'
import { editTrees } from '../trees/tree-edit.ts'
import type { TreeEdit } from '../trees/tree-edit.ts'

const repositories = [createNativeRepository(), createNativeRepository()] as const
const [source, target] = repositories
afterAll(() => repositories.forEach((repository) => repository.remove()))
const lines = (text: string): string[] => text.split('\n').filter(Boolean)
const ada = { name: 'Ada', email: 'ada@example.com', timestamp: 1_700_000_000 }
const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('packForPush', () => {
  it('makes thin packs that native git completes, for random pushes', async () => {
    const random = createRandom(31)
    source.git(['fast-import', '--quiet', '--force'], randomHistory(random, 60))
    const reader = memoryReader(source.objects())
    const have: Oid[] = []
    const tips = lines(source.git(['for-each-ref', '--format=%(objectname)', 'refs/heads/'])) as Oid[]
    for (let i = 0; i < 8; i++) {
      const want = [random.pick(tips), random.pick(tips)]
      const missing = await missingObjects(reader, { want, have })
      if (missing.length > 0) {
        const { pieces } = await packForPush(reader, missing)
        target.git(['index-pack', '--stdin', '--fix-thin', '--strict'], Buffer.concat(pieces))
      }
      want.forEach((oid, k) => target.git(['update-ref', `refs/heads/p${i}-${k}`, oid]))
      have.push(...want)
    }
    expect(target.git(['fsck', '--strict', '--full', '--no-dangling'])).toBe('')
  })

  it('needs less than 5 kB for one record of a flat folder of 100,000', async () => {
    const store = await createObjectStore(createMemoryStorage())
    async function commit(
      edits: readonly TreeEdit[],
      root: Oid | null,
      parents: readonly Oid[],
      blobs: NewObject[],
    ) {
      const trees = await editTrees(store, root, edits, { deltaDepth: (oid) => store.deltaDepth(oid) })
      const bytes = createCommit({ tree: trees.root, parents, author: ada, message: 'x' })
      const oid = hashObject('commit', bytes)
      store.adopt(await store.pack([...blobs, ...trees.objects, { oid, type: 'commit', bytes }]))
      return { oid, root: trees.root }
    }
    const blob = (text: string): NewObject => ({
      oid: hashObject('blob', encode(text)),
      type: 'blob',
      bytes: encode(text),
    })
    const path = (i: number): string => `data/record-${String(i).padStart(6, '0')}.json`
    const first = blob('{"value":1}\n')
    const one = await commit(
      Array.from({ length: 100_000 }, (_, i) => ({ path: path(i), oid: first.oid })),
      null,
      [],
      [first],
    )
    const second = blob(JSON.stringify({ value: 2, text: 'x'.repeat(300) }))
    const two = await commit([{ path: path(50_000), oid: second.oid }], one.root, [one.oid], [second])
    const base = await packForPush(store, await missingObjects(store, { want: [one.oid], have: [] }))
    target.git(['index-pack', '--stdin', '--strict'], Buffer.concat(base.pieces))
    const missing = await missingObjects(store, { want: [two.oid], have: [one.oid] })
    expect(missing.map(({ type }) => type).sort()).toEqual(['blob', 'commit', 'tree', 'tree'])
    // The folder went into the store as a delta: it is sent so, and neither version is read.
    const read = async (oid: Oid) => {
      const object = await store.read(oid)
      expect(object.bytes.length).toBeLessThan(1_000_000)
      return object
    }
    const push = await packForPush({ ...store, read }, missing)
    expect(push.sizeBytes).toBeLessThan(1500)
    target.git(['index-pack', '--stdin', '--fix-thin', '--strict'], Buffer.concat(push.pieces))
    target.git(['update-ref', 'refs/heads/flat', two.oid])
    expect(target.git(['fsck', '--strict', '--no-dangling', two.oid])).toBe('')
    expect(target.git(['diff-tree', '-r', '--name-only', one.oid, two.oid]).trim()).toBe(path(50_000))
  })

  it('sends what one commit wrote as it lies in the store, unless the other side lacks something more', async () => {
    const store = await createObjectStore(createMemoryStorage())
    const path = (i: number): string => `data/record-${String(i).padStart(4, '0')}.json`
    const version = (v: number) =>
      Array.from({ length: 300 }, (_, i) => {
        const bytes = encode(`{"record":${i},"version":${v}}\n`)
        return { path: path(i), bytes, oid: hashObject('blob', bytes), type: 'blob' as const }
      })
    const commits: { oid: Oid; root: Oid; row: PackRow }[] = []
    for (const v of [1, 2, 3]) {
      const files = version(v)
      const last = commits.at(-1)
      const trees = await editTrees(store, last?.root ?? null, files, deltaChainsOf(store))
      const bytes = createCommit({
        tree: trees.root,
        parents: last ? [last.oid] : [],
        author: ada,
        message: `${v}`,
      })
      const oid = hashObject('commit', bytes)
      const row = await store.pack([...files, ...trees.objects, { oid, type: 'commit', bytes }])
      store.adopt(row)
      commits.push({ oid, root: trees.root, row })
    }
    const [one, two, three] = commits.map(({ oid }) => oid) as [Oid, Oid, Oid] // three versions
    const push = async (want: Oid, have: readonly Oid[]) =>
      Buffer.concat((await packForPush(store, await missingObjects(store, { want: [want], have }))).pieces)
    target.git(['index-pack', '--stdin', '--strict'], await push(one, []))
    expect(Buffer.compare(await push(two, [one]), commits[1]?.row.inline ?? new Uint8Array())).toBe(0)
    const both = await push(three, [one])
    expect(both.readUInt32BE(8)).toBe(2 * (300 + 3))
    target.git(['index-pack', '--stdin', '--fix-thin', '--strict'], both)
    target.git(['update-ref', 'refs/heads/whole', three])
    expect(target.git(['fsck', '--strict', '--no-dangling', three])).toBe('')
  })

  it('writes a complete pack when the other side takes no thin ones', async () => {
    const store = await createObjectStore(createMemoryStorage())
    const text = 'line of a list file\n'.repeat(500)
    const blobs = [text, `${text}more\n`, `first\n${text}more\n`].map((t) => ({
      oid: hashObject('blob', encode(t)),
      bytes: encode(t),
      type: 'blob' as const,
    }))
    const commits: Oid[] = []
    let root: Oid | null = null
    for (const blob of blobs) {
      const trees = await editTrees(store, root, [{ path: 'list.csv', oid: blob.oid }])
      const bytes = createCommit({ tree: trees.root, parents: commits.slice(-1), author: ada, message: 'x' })
      const oid = hashObject('commit', bytes)
      store.adopt(await store.pack([blob, ...trees.objects, { oid, type: 'commit', bytes }]))
      commits.push(oid)
      root = trees.root
    }
    const want = commits.slice(2)
    const complete = await packForPush(
      store,
      await missingObjects(store, { want, have: commits.slice(0, 1) }),
      { thin: false },
    )
    target.git(['index-pack', '--stdin'], Buffer.concat(complete.pieces))
    const thin = await packForPush(store, await missingObjects(store, { want, have: commits.slice(0, 1) }))
    expect(thin.sizeBytes).toBeLessThan(1000)
    expect(complete.sizeBytes).toBeGreaterThan(text.length)
    expect(complete.sizeBytes).toBeLessThan(2 * text.length)
  })

  it('sends chains of ready deltas, and starts them with a whole tree where the pack must be complete', async () => {
    const store = await createObjectStore(createMemoryStorage())
    const file = hashObject('blob', encode('x'))
    const commits: { oid: Oid; root: Oid }[] = []
    for (let version = 0; version < 3; version++) {
      const bytes = encode(version === 0 ? 'x' : `version ${version}`)
      const blob: NewObject = { oid: hashObject('blob', bytes), type: 'blob', bytes }
      const edits: TreeEdit[] =
        version === 0
          ? Array.from({ length: 500 }, (_, i) => ({ path: `r${String(i).padStart(4, '0')}`, oid: file }))
          : [{ path: 'r0007', oid: blob.oid }]
      const trees = await editTrees(store, commits.at(-1)?.root ?? null, edits, {
        deltaDepth: (oid) => store.deltaDepth(oid),
      })
      const commit = createCommit({
        tree: trees.root,
        parents: commits.slice(-1).map(({ oid }) => oid),
        author: ada,
        message: `${version}`,
      })
      const oid = hashObject('commit', commit)
      store.adopt(await store.pack([blob, ...trees.objects, { oid, type: 'commit', bytes: commit }]))
      commits.push({ oid, root: trees.root })
    }
    const [first, , last] = commits.map(({ oid }) => oid)
    // A remote that knows only the first commit gets the second tree as its delta, and the third as one of that.
    const missing = await missingObjects(store, { want: [last as Oid], have: [first as Oid] })
    const thin = await packForPush(store, missing)
    const complete = await packForPush(store, missing, { thin: false })
    expect(thin.sizeBytes).toBeLessThan(1500)
    expect(complete.sizeBytes).toBeGreaterThan(500 * 30)
    target.git(['index-pack', '--stdin'], Buffer.concat(complete.pieces))
    const everything = await packForPush(
      store,
      await missingObjects(store, { want: [last as Oid], have: [] }),
    )
    target.git(['index-pack', '--stdin', '--strict'], Buffer.concat(everything.pieces))
    target.git(['index-pack', '--stdin', '--fix-thin', '--strict'], Buffer.concat(thin.pieces))
    target.git(['update-ref', 'refs/heads/ready', last as Oid])
    expect(target.git(['fsck', '--strict', '--no-dangling', last as Oid])).toBe('')
  })

  it('compresses what is large, small and large objects alike', async () => {
    const store = await createObjectStore(createMemoryStorage())
    const large = Array.from({ length: 40_000 }, (_, i) => `row ${i}, value ${i * 7919}\n`).join('')
    const texts = Array.from({ length: 2000 }, (_, i) => JSON.stringify({ id: i, text: 'abc '.repeat(1200) }))
    const blobs = [large, ...texts].map((text): NewObject => {
      const bytes = encode(text)
      return { oid: hashObject('blob', bytes), type: 'blob', bytes }
    })
    store.adopt(await store.pack(blobs))
    const missing = blobs.map(({ oid, type }) => ({ oid, type }))
    const { pieces, sizeBytes } = await packForPush(store, missing)
    expect(sizeBytes).toBeLessThan(3_000_000)
    target.git(['index-pack', '--stdin', '--strict'], Buffer.concat(pieces))
    expect(target.git(['cat-file', 'blob', blobs[0]?.oid ?? ''])).toBe(large)
    expect(target.git(['cat-file', 'blob', blobs[1500]?.oid ?? ''])).toBe(texts[1499])
  })
})
