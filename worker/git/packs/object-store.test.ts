import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as isomorphicGit from 'isomorphic-git'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NativeRepository } from '../../../test/support/native-git.ts'
import {
  createNativeRepository,
  createRepositoryWithDeltas,
  readAllObjects,
} from '../../../test/support/native-git.ts'
import { isEspalierError } from '../../../src/protocol/errors.ts'
import { createMemoryDisk, createMemoryStorage } from '../../storage/memory-storage.ts'
import type { PackRow } from '../../storage/storage.ts'
import { createDelta } from '../deltas/delta-create.ts'
import type { GitObject, NewObject } from '../objects/object.ts'
import type { ObjectStore } from './object-store.ts'
import { createObjectStore } from './object-store.ts'
import type { Oid } from '../objects/oid.ts'
import { oidToBytes, parseOid } from '../objects/oid.ts'
import { readPackBytes } from './pack-bytes.ts'
import { writePack } from './pack-writer.ts'
import { hashObject } from '../objects/sha1.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const newObject = (type: NewObject['type'], bytes: Uint8Array): NewObject => ({
  type,
  bytes,
  oid: hashObject(type, bytes),
})

async function ingest(store: ObjectStore, pack: Uint8Array): Promise<PackRow | null> {
  const receiving = store.ingest()
  for (let at = 0; at < pack.length; at += 5000) await receiving.write(pack.subarray(at, at + 5000))
  const received = await receiving.finish()
  await received?.stored
  return received?.row ?? null
}

async function packFile(store: ObjectStore, id: string): Promise<Uint8Array> {
  const pack = store.packs().find((candidate) => candidate.id === id)
  if (pack === undefined) throw new Error('No such pack.')
  return await readPackBytes(pack.bytes, 0, pack.bytes.sizeBytes)
}

describe('a store that received a pack', () => {
  let repository: NativeRepository
  let objects: ReturnType<typeof readAllObjects>
  beforeAll(() => {
    repository = createRepositoryWithDeltas()
    objects = readAllObjects(repository)
  })
  afterAll(() => repository.remove())

  it('reads every object as git does: at once, one by one, and after opening again', async () => {
    const disk = createMemoryDisk()
    const storage = createMemoryStorage(disk)
    const store = await createObjectStore(storage)
    const row = await ingest(store, repository.pack().pack)
    if (row === null) throw new Error('The pack is not empty.')
    store.adopt(row)
    expect((await storage.commit({ writes: [{ kind: 'putPack', row }] })).ok).toBe(true)
    const oids = [...objects.keys()].map(parseOid)
    const readMany = async (from: ObjectStore, keep: boolean): Promise<readonly GitObject[]> => {
      const read: GitObject[] = []
      const visit = (index: number, object: GitObject): void => {
        const expected = objects.get(oids[index] ?? '')
        expect(object.type).toBe(expected?.type)
        expect(Buffer.compare(object.bytes, expected?.bytes ?? Buffer.from('?'))).toBe(0)
        read[index] = object
      }
      await from.readMany(oids, visit, { keep })
      expect(read.filter(Boolean)).toHaveLength(oids.length)
      return read
    }
    const checkMany = async (from: ObjectStore): Promise<void> => {
      await readMany(from, false)
      const kept = await readMany(from, true)
      const again = await readMany(from, false)
      // What is kept is not inflated again.
      if (from.packs().every(({ warm }) => warm === undefined))
        expect(again.filter((object, n) => object === kept[n])).toHaveLength(oids.length)
    }
    await checkMany(store)
    store.trim()
    await checkMany(store)
    const again = await createObjectStore(createMemoryStorage(disk))
    await checkMany(again)
    for (const oid of oids) {
      const object = await again.read(oid)
      expect(Buffer.compare(object.bytes, objects.get(oid)?.bytes ?? Buffer.from('?'))).toBe(0)
      expect(again.has(oid)).toBe(true)
    }
    const raw = new Uint8Array(40)
    oidToBytes(oids[3] as Oid, raw, 0)
    oidToBytes(oids[1] as Oid, raw, 20)
    const seen: number[] = []
    await again.readMany(raw, (index) => seen.push(index))
    expect(seen.toSorted()).toEqual([0, 1])
  })

  it('tells the depth of delta chains as git does', async () => {
    const store = await createObjectStore(createMemoryStorage())
    const row = await ingest(store, repository.pack().pack)
    if (row === null) throw new Error('The pack is not empty.')
    store.adopt(row)
    const lines = repository.git(['verify-pack', '-v', repository.pack().path]).toString().split('\n')
    let deltas = 0
    for (const line of lines) {
      const [oid = '', type = '', , , , depth = '0'] = line.split(/ +/)
      if (!/^[0-9a-f]{40}$/.test(oid) || type === '') continue
      expect(await store.deltaDepth(parseOid(oid))).toBe(Number(depth))
      if (depth !== '0') deltas++
    }
    expect(deltas).toBeGreaterThan(20)
  })

  it('copies entries into another pack as they are, and native git reads it', async () => {
    const store = await createObjectStore(createMemoryStorage())
    const row = await ingest(store, repository.pack().pack)
    if (row === null) throw new Error('The pack is not empty.')
    store.adopt(row)
    const [pack] = store.packs()
    if (pack === undefined) throw new Error('The pack was adopted.')
    const entries = []
    for (let position = 0; position < pack.index.count; position++) {
      entries.push({ oid: pack.index.oidAt(position), ...(await store.reader.readRaw(pack, position)) })
    }
    const { buffer, index } = writePack(entries)
    const other = createNativeRepository({ bare: true })
    try {
      other.git(['index-pack', '--stdin'], buffer.segmentContent(0))
      expect(Buffer.compare(other.pack().index, index)).toBe(0)
      expect(readAllObjects(other).size).toBe(objects.size)
    } finally {
      other.remove()
    }
  })

  it('answers null for a pack without objects, and keeps nothing of a damaged one', async () => {
    const storage = createMemoryStorage()
    const store = await createObjectStore(storage)
    const empty = writePack([]).buffer.segmentContent(0) ?? new Uint8Array()
    expect(await ingest(store, empty)).toBe(null)
    const damaged = Uint8Array.from(repository.pack().pack)
    damaged[5000] = (damaged[5000] ?? 0) ^ 1
    const error: unknown = await ingest(store, damaged).then(
      () => undefined,
      (caught: unknown) => caught,
    )
    expect(isEspalierError(error, 'git/pack-corrupt')).toBe(true)
    expect(store.packs()).toEqual([])
    expect((await storage.readState()).packs).toEqual([])
  })

  it('completes a thin pack with the bases that it has', async () => {
    const store = await createObjectStore(createMemoryStorage())
    const old = new Uint8Array(
      repository.git(['pack-objects', '--stdout', '--revs', '--delta-base-offset'], 'main~3\n'),
    )
    const thin = new Uint8Array(
      repository.git(['pack-objects', '--stdout', '--thin', '--revs'], 'main\n^main~3\n'),
    )
    const first = await ingest(store, old)
    if (first) store.adopt(first)
    const second = await ingest(store, thin)
    if (second === null) throw new Error('The pack is not empty.')
    store.adopt(second)
    const other = createNativeRepository({ bare: true })
    try {
      other.git(['index-pack', '--stdin'], await packFile(store, second.id))
      expect(Buffer.compare(other.pack().index, second.index)).toBe(0)
    } finally {
      other.remove()
    }
    for (const [oid, { bytes }] of objects) {
      if (store.has(parseOid(oid)))
        expect(Buffer.compare((await store.read(parseOid(oid))).bytes, bytes)).toBe(0)
    }
  })

  it('streams large packs in segments and reads them back from the storage', async () => {
    const big = createNativeRepository()
    try {
      let state = 7
      for (let i = 0; i < 3; i++) {
        const noise = new Uint8Array(2_500_000).map(() => {
          state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
          return state >>> 24
        })
        big.write(`noise-${i}`, noise)
      }
      big.git(['add', '-A'])
      big.git(['commit', '-q', '-m', 'Noise'])
      big.git(['repack', '-adfq'])
      const disk = createMemoryDisk()
      const storage = createMemoryStorage(disk)
      const store = await createObjectStore(storage)
      const row = await ingest(store, big.pack().pack)
      if (row === null) throw new Error('The pack is not empty.')
      expect(row.segmentCount).toBe(2)
      expect(row.inline).toBe(null)
      await storage.commit({ writes: [{ kind: 'putPack', row }] })
      const again = await createObjectStore(createMemoryStorage(disk))
      for (const [oid, { bytes }] of readAllObjects(big)) {
        expect(Buffer.compare((await again.read(parseOid(oid))).bytes, bytes)).toBe(0)
      }
    } finally {
      big.remove()
    }
  })
})

describe('a store that makes packs', () => {
  it('leaves out what it has and what is given twice, and says what is missing', async () => {
    const store = await createObjectStore(createMemoryStorage())
    const a = newObject('blob', encode('a'))
    const b = newObject('blob', encode('b'))
    const first = await store.pack([a, a])
    store.adopt(first)
    const second = await store.pack([a, b, b])
    store.adopt(second)
    expect(store.packs().map(({ index }) => index.count)).toEqual([1, 1])
    expect(new TextDecoder().decode((await store.read(b.oid)).bytes)).toBe('b')
    const missing = hashObject('blob', encode('c'))
    expect(store.has(missing)).toBe(false)
    await expect(store.read(missing)).rejects.toMatchObject({ code: 'git/object-missing' })
    await expect(store.readMany([a.oid, missing], () => {})).rejects.toMatchObject({
      code: 'git/object-missing',
    })
  })

  it('sees packs that another tab stored, and forgets those that went', async () => {
    const disk = createMemoryDisk()
    const mine = await createObjectStore(createMemoryStorage(disk))
    const storage = createMemoryStorage(disk)
    const other = await createObjectStore(storage)
    const object = newObject('blob', encode('from the other tab'))
    const row = await other.pack([object])
    await storage.commit({ writes: [{ kind: 'putPack', row }] })
    expect(mine.has(object.oid)).toBe(false)
    await mine.refresh()
    expect(mine.has(object.oid)).toBe(true)
    await storage.commit({ writes: [{ kind: 'deletePack', id: row.id }] })
    await mine.refresh()
    expect(mine.has(object.oid)).toBe(false)
  })

  it('keeps ready deltas across packs, and git and isomorphic-git read the result', async () => {
    const store = await createObjectStore(createMemoryStorage())
    const entries = (changed: number): Uint8Array =>
      Buffer.concat(
        Array.from({ length: 300 }, (_, i) => {
          const blobId = hashObject('blob', encode(i === changed ? `changed ${changed}` : 'same'))
          return Buffer.concat([encode(`100644 f${String(i).padStart(4, '0')}\0`), oidToBytes(blobId)])
        }),
      )
    const blobs = [-1, 5, 9].map((changed) =>
      newObject('blob', encode(changed < 0 ? 'same' : `changed ${changed}`)),
    )
    const trees = [-1, 5, 9].map((changed) => newObject('tree', entries(changed)))
    const commits: NewObject[] = []
    const rows: PackRow[] = []
    for (let i = 0; i < 3; i++) {
      const tree = trees[i] as NewObject
      const base = trees[i - 1]
      const parent = commits[i - 1]
      const text = `tree ${tree.oid}\n${parent ? `parent ${parent.oid}\n` : ''}author A <a@example.com> 1700000000 +0000\ncommitter A <a@example.com> 1700000000 +0000\n\nCommit ${i}\n`
      commits.push(newObject('commit', encode(text)))
      const stored = base
        ? { ...tree, delta: { base: base.oid, bytes: createDelta(base.bytes, tree.bytes) } }
        : tree
      const row = await store.pack([blobs[i] as NewObject, stored, commits[i] as NewObject])
      store.adopt(row)
      rows.push(row)
    }
    expect(rows[2]?.sizeBytes).toBeLessThan(600)
    expect(await store.deltaDepth((trees[2] as NewObject).oid)).toBe(2)
    expect(
      Buffer.compare((await store.read((trees[2] as NewObject).oid)).bytes, (trees[2] as NewObject).bytes),
    ).toBe(0)

    // The three packs as one, as an export would write them.
    const { buffer, index, packHash } = writePack([...blobs, ...trees, ...commits], { compress: true })
    const folder = mkdtempSync(join(tmpdir(), 'espalier-'))
    try {
      const name = join(folder, 'objects', 'pack', `pack-${Buffer.from(packHash).toString('hex')}`)
      mkdirSync(join(folder, 'objects', 'pack'), { recursive: true })
      mkdirSync(join(folder, 'refs', 'heads'), { recursive: true })
      writeFileSync(`${name}.pack`, buffer.segmentContent(0) ?? '')
      writeFileSync(`${name}.idx`, index)
      writeFileSync(join(folder, 'HEAD'), 'ref: refs/heads/main\n')
      writeFileSync(join(folder, 'refs', 'heads', 'main'), `${commits[2]?.oid}\n`)
      writeFileSync(join(folder, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n')
      const log = await isomorphicGit.log({ fs, gitdir: folder, ref: 'main' })
      expect(log.map(({ commit }) => commit.message)).toEqual(['Commit 2\n', 'Commit 1\n', 'Commit 0\n'])
      const read = await isomorphicGit.readBlob({
        fs,
        gitdir: folder,
        oid: log[0]?.oid ?? '',
        filepath: 'f0009',
      })
      expect(new TextDecoder().decode(read.blob)).toBe('changed 9')
      const native = createNativeRepository({ bare: true })
      try {
        native.git(['index-pack', '--stdin'], readFileSync(`${name}.pack`))
        // The delta packs are thin among themselves: git completes them from what it has.
        for (const row of rows) native.git(['unpack-objects', '-q'], row.inline ?? new Uint8Array())
        native.git(['update-ref', 'refs/heads/main', commits[2]?.oid ?? ''])
        native.git(['fsck', '--strict', '--full'])
      } finally {
        native.remove()
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('a chain of deltas', () => {
  it('is read in one sweep with two looks at each object at most', async () => {
    const versions = Array.from({ length: 40 }, (_, n) =>
      newObject('blob', encode(`${'line\n'.repeat(50)}${n}\n`)),
    )
    const objects = versions.map((object, n): NewObject => {
      const old = versions[n - 1]
      return old
        ? { ...object, delta: { base: old.oid, bytes: createDelta(old.bytes, object.bytes) } }
        : object
    })
    const store = await createObjectStore(createMemoryStorage())
    store.adopt(await store.pack(objects))
    const pack = store.packs()[0]
    if (pack === undefined) throw new Error('No pack.')
    const { bytes } = pack
    let looks = 0
    const watched = {
      ...pack,
      bytes: {
        ...bytes,
        peek: (segment: number) => {
          looks++
          return bytes.peek(segment)
        },
      },
    }
    for (const { oid, bytes } of versions) {
      const offset = pack.index.offsetAt(pack.index.find(oidToBytes(oid), 0))
      expect((await store.reader.read(watched, offset)).bytes).toEqual(bytes)
    }
    expect(looks).toBeLessThanOrEqual(2 * versions.length)
  })
})
