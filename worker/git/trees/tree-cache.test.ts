import { describe, expect, it } from 'vitest'
import { createMemoryStorage } from '../../storage/memory-storage.ts'
import { memoryReader } from '../node/node-native-git.testing.ts'
import type { NewObject } from '../objects/object.ts'
import { createObjectStore } from '../packs/object-store.ts'
import type { Oid } from '../objects/oid.ts'
import { hashObject } from '../objects/sha1.ts'
import { createTreeCache } from './tree-cache.ts'
import { deltaChainsOf } from './tree-delta-chain.ts'
import { editTrees } from './tree-edit.ts'

const blob = (text: string): NewObject => {
  const bytes = new TextEncoder().encode(text)
  return { oid: hashObject('blob', bytes), type: 'blob', bytes }
}

describe('a large tree', () => {
  it('costs little in each of a hundred commits, and its delta chains stay short', async () => {
    const store = await createObjectStore(createMemoryStorage())
    const cache = createTreeCache(store)
    const files = 2000
    const path = (i: number): string => `record-${String(i).padStart(5, '0')}.json`
    let root: Oid | null = null
    for (let n = 0; n < 100; n++) {
      const content = blob(`version ${n}`)
      const numbers = n === 0 ? Array.from({ length: files }, (_, i) => i) : [(n * 7919) % files]
      const edits = numbers.map((i) => ({ path: path(i), oid: content.oid }))
      const edited = await editTrees(cache, root, edits, deltaChainsOf(store))
      const row = await store.pack([content, ...edited.objects])
      store.adopt(row)
      for (const { oid, bytes } of edited.objects) cache.keep(oid, bytes)
      root = edited.root
      expect(await store.deltaDepth(root)).toBeLessThanOrEqual(32)
      if (n > 0) expect(row.sizeBytes).toBeLessThan(4000)
      expect(hashObject('tree', (await store.read(root)).bytes)).toBe(root)
    }
  })
})

describe('createTreeCache', () => {
  it('answers trees from memory and drops the least recently used ones', async () => {
    const trees = ['a', 'b', 'c'].map((name) => {
      const bytes = new Uint8Array(400).fill(name.charCodeAt(0))
      return { oid: hashObject('tree', bytes), type: 'tree' as const, bytes }
    })
    let reads = 0
    const below = memoryReader(new Map(trees.map((tree) => [tree.oid, tree])))
    const reader = {
      ...below,
      read: (oid: Oid) => {
        reads++
        return below.read(oid)
      },
    }
    const cache = createTreeCache(reader, 1000)
    const [a, b, c] = trees.map(({ oid }) => oid) as [Oid, Oid, Oid]
    await cache.read(a)
    await cache.read(b)
    await cache.read(a)
    expect(reads).toBe(2)
    await cache.read(c)
    await cache.read(a)
    expect(reads).toBe(3)
    await cache.read(b)
    expect(reads).toBe(4)
    await expect(cache.read('1'.repeat(40) as Oid)).rejects.toMatchObject({ code: 'git/object-missing' })
  })
})
