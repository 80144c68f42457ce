import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { GitObject, ObjectReader } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'
import { concatBytes } from '../objects/object-text.ts'
import { hashObject } from '../objects/sha1.ts'
import { diffTrees } from './tree-diff.ts'
import { formatEntry, treeMode } from './tree.ts'

const encoder = new TextEncoder()
const nameOf = (n: number): string => `item-${String(n).padStart(4, '0')}${n % 7 === 0 ? '-long' : ''}.json`
const blobOf = (n: number, version: number): Oid => hashObject('blob', encoder.encode(`${n} ${version}`))

/** The files of a folder: a version of each. */
type Files = ReadonlyMap<number, number>

/** The bytes lie at an odd place of their buffer, as those that were inflated into a shared slab do. */
function treeAt(files: Files, offset: number): Uint8Array {
  const entries = [...files]
    .sort(([a], [b]) => (nameOf(a) < nameOf(b) ? -1 : 1))
    .map(([n, version]) => formatEntry(treeMode.file, encoder.encode(nameOf(n)), blobOf(n, version)))
  const bytes = concatBytes(entries)
  const buffer = new Uint8Array(bytes.length + offset + 3)
  buffer.set(bytes, offset)
  return buffer.subarray(offset, offset + bytes.length)
}

const folders = fc
  .record({
    count: fc.integer({ min: 0, max: 400 }),
    changed: fc.array(fc.nat(400), { maxLength: 6 }),
    removed: fc.array(fc.nat(400), { maxLength: 2 }),
    added: fc.array(fc.integer({ min: 401, max: 420 }), { maxLength: 2 }),
    first: fc.boolean(),
  })
  .map(({ count, changed, removed, added, first }): readonly [Files, Files] => {
    const old = new Map<number, number>(Array.from({ length: count }, (_, i) => [i * 2, 0]))
    const now = new Map(old)
    for (const n of changed) if (now.has(n)) now.set(n, 1)
    for (const n of removed) now.delete(n)
    for (const n of added) now.set(n, 1)
    if (first) now.set(1, 1)
    return [old, now]
  })

it('finds the files that differ, wherever the trees lie in memory', async () => {
  await fc.assert(
    fc.asyncProperty(folders, fc.nat(3), fc.nat(3), async ([old, now], oldAt, newAt) => {
      const contents = new Map<Oid, GitObject>()
      const put = (files: Files, offset: number): Oid => {
        const bytes = treeAt(files, offset)
        const oid = hashObject('tree', bytes)
        contents.set(oid, { type: 'tree', bytes })
        return oid
      }
      const reader: ObjectReader = {
        read: async (oid) => contents.get(oid) as GitObject,
        has: async (oid) => contents.has(oid),
      }
      const found = await diffTrees(reader, put(old, oldAt), put(now, newAt))
      const expected = [...new Set([...old.keys(), ...now.keys()])]
        .filter((n) => old.get(n) !== now.get(n))
        .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
        .map((n) => ({
          path: nameOf(n),
          oldOid: old.has(n) ? blobOf(n, old.get(n) as number) : null,
          newOid: now.has(n) ? blobOf(n, now.get(n) as number) : null,
        }))
      expect(found.map(({ path, oldOid, newOid }) => ({ path, oldOid, newOid }))).toEqual(expected)
    }),
    { seed: 9, numRuns: 150 },
  )
})
