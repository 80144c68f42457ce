import { afterAll, describe, expect, it } from 'vitest'
import { createNativeRepository, memoryReader } from '../node/node-native-git.testing.ts'
import type { GitObject } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'
import { createRandom, oddNames, randomHistory, randomPath } from '../history/random-history.testing.ts'
import { hashObject } from '../objects/sha1.ts'
import { checkTree, findEntry, formatTree, parseTree, treeMode } from './tree.ts'
import { editTrees } from './tree-edit.ts'
import type { TreeEdit } from './tree-edit.ts'

const native = createNativeRepository()
afterAll(() => native.remove())

const blob = (text: string): { oid: Oid; bytes: Uint8Array } => {
  const bytes = new TextEncoder().encode(text)
  return { oid: hashObject('blob', bytes), bytes }
}
const empty = memoryReader(new Map())

async function store(
  objects: Map<Oid, GitObject>,
  root: Oid | null,
  edits: readonly TreeEdit[],
): Promise<Oid> {
  const edited = await editTrees(memoryReader(objects), root, edits, { allowTwins: true })
  for (const object of edited.objects) objects.set(object.oid, object)
  return edited.root
}

describe('editTrees', () => {
  it('makes the same trees as git for random edits of random histories', async () => {
    const random = createRandom(7)
    native.git(['fast-import', '--quiet', '--force'], randomHistory(random, 30))
    const objects = native.objects()
    const contents = oddNames.map((name) => blob(name))
    for (const content of contents) {
      native.writeLoose([{ ...content, type: 'blob' }])
      objects.set(content.oid, { type: 'blob', bytes: content.bytes })
    }
    const made: { root: Oid; expected: string[] }[] = []
    for (const line of native.git(['log', '--all', '--format=%T']).trim().split('\n')) {
      let root = line as Oid
      const files = new Map(
        native
          .git(['ls-tree', '-rz', root])
          .split('\0')
          .filter(Boolean)
          .map((row) => [row.slice(row.indexOf('\t') + 1), row] as const),
      )
      for (let round = 0; round < 4; round++) {
        const edits = new Map<string, TreeEdit>()
        for (let k = random.below(5); k >= 0; k--) {
          const path =
            random.next() < 0.5 && files.size > 0 ? random.pick([...files.keys()]) : randomPath(random)
          const clash = [...files.keys(), ...edits.keys()].filter(
            (p) => p !== path && (p.startsWith(`${path}/`) || path.startsWith(`${p}/`)),
          )
          if (random.next() < 0.3) {
            if (clash.some((p) => p.startsWith(path))) continue
            edits.set(path, { path, delete: true })
            files.delete(path)
            continue
          }
          // What stands in the way is deleted in the same go: a file becomes a folder and back.
          for (const p of clash) {
            edits.set(p, { path: p, delete: true })
            files.delete(p)
          }
          const { oid } = random.pick(contents)
          edits.set(path, { path, oid })
          files.set(path, `100644 blob ${oid}\t${path}`)
        }
        root = await store(objects, root, [...edits.values()])
        made.push({ root, expected: [...files.values()].sort() })
      }
    }
    native.writeLoose([...objects].map(([oid, object]) => ({ oid, ...object })))
    for (const { root, expected } of made) {
      expect(native.git(['ls-tree', '-rz', root]).split('\0').filter(Boolean).sort()).toEqual(expected)
      for (const entry of walk(objects, root)) expect(checkTree(entry)).toBeNull()
    }
    expect(native.git(['fsck', '--strict', '--no-dangling', '--full'])).toBe('')
  })

  it('changes nothing for edits that change nothing', async () => {
    const objects = new Map<Oid, GitObject>()
    const a = blob('a')
    const root = await store(objects, null, [{ path: 'x/y', oid: a.oid }])
    const edited = await editTrees(memoryReader(objects), root, [
      { path: 'x/y', oid: a.oid },
      { path: 'nothing/here', delete: true },
    ])
    expect(edited).toEqual({ root, objects: [] })
  })

  it('ends in the empty tree when the last file goes', async () => {
    const objects = new Map<Oid, GitObject>()
    const root = await store(objects, null, [{ path: 'x/y/z', oid: blob('a').oid }])
    const edited = await editTrees(memoryReader(objects), root, [{ path: 'x/y/z', delete: true }])
    expect(edited.root).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904')
  })

  it('refuses a file where a folder is and the other way round', async () => {
    const objects = new Map<Oid, GitObject>()
    const { oid } = blob('a')
    const root = await store(objects, null, [
      { path: 'folder/file', oid },
      { path: 'file', oid },
    ])
    const reader = memoryReader(objects)
    for (const edits of [
      [{ path: 'folder', oid }],
      [{ path: 'file/below', oid }],
      [{ path: 'folder', delete: true as const }],
      [
        { path: 'new', oid },
        { path: 'new/below', oid },
      ],
    ]) {
      await expect(editTrees(reader, root, edits)).rejects.toMatchObject({ code: 'git/path-conflict' })
    }
  })

  it('refuses to write unsafe paths and twins, and deletes them all the same', async () => {
    const { oid } = blob('a')
    for (const path of [
      '../x',
      'a/../b',
      '/abs',
      'a//b',
      '.git/config',
      'a/.GIT',
      'GIT~1',
      '.g\u200cit',
      'a\0b',
      'a/',
      '',
      '.',
      'a\\b',
    ]) {
      await expect(editTrees(empty, null, [{ path, oid }]), path).rejects.toMatchObject({
        code: 'git/unsafe-path',
      })
    }
    for (const [one, two] of [
      ['ie', 'IE'],
      ['\u00e9', 'e\u0301'],
      ['k', '\u212a'],
    ] as const) {
      const objects = new Map<Oid, GitObject>()
      const root = await store(objects, null, [{ path: `x/${one}`, oid }])
      const reader = memoryReader(objects)
      await expect(editTrees(reader, root, [{ path: `x/${two}`, oid }])).rejects.toMatchObject({
        code: 'git/unsafe-path',
      })
      const renamed = await editTrees(reader, root, [
        { path: `x/${one}`, delete: true },
        { path: `x/${two}`, oid },
      ])
      expect(renamed.objects).toHaveLength(2)
    }
    const hostile = formatTree([{ name: '.git', mode: treeMode.file, oid }])
    const root = hashObject('tree', hostile)
    const edited = await editTrees(memoryReader(new Map([[root, { type: 'tree', bytes: hostile }]])), root, [
      { path: '.git', delete: true },
    ])
    expect(edited.root).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904')
  })

  it('leaves names alone that are not UTF-8', async () => {
    const { oid } = blob('a')
    const name = Uint8Array.of(0x61, 0xff, 0xfe)
    const bytes = formatTree([
      { name, mode: treeMode.file, oid },
      { name: 'b', mode: treeMode.file, oid },
    ])
    const root = hashObject('tree', bytes)
    const edited = await editTrees(memoryReader(new Map([[root, { type: 'tree', bytes }]])), root, [
      { path: 'a', oid: blob('b').oid },
      { path: 'b', delete: true },
    ])
    const tree = edited.objects[0]?.bytes ?? new Uint8Array()
    expect(findEntry(tree, name)?.oid).toBe(oid)
    expect(parseTree(tree)).toHaveLength(2)
  })

  it('emits a small delta for a large tree while the chain is short', async () => {
    const objects = new Map<Oid, GitObject>()
    const { oid } = blob('a')
    const name = (i: number): string => `r${String(i).padStart(6, '0')}.json`
    const root = await store(
      objects,
      null,
      Array.from({ length: 30_000 }, (_, i) => ({ path: name(i), oid })),
    )
    const old = objects.get(root)?.bytes ?? new Uint8Array()
    const edits: TreeEdit[] = [
      { path: name(0), delete: true },
      { path: name(11_111), oid: blob('b').oid },
      { path: name(29_999), oid: blob('c').oid, mode: treeMode.executable },
      { path: 'new', oid },
    ]
    for (const [depth, expected] of [
      [0, true],
      [31, true],
      [32, false],
      [Infinity, false],
    ] as const) {
      const edited = await editTrees(memoryReader(objects), root, edits, { deltaDepth: () => depth })
      const [tree] = edited.objects
      expect(tree?.delta !== undefined).toBe(expected)
      if (tree?.delta === undefined) continue
      expect(tree.delta.bytes.length).toBeLessThan(250)
      expect(tree.delta.base).toBe(root)
      expect(Buffer.compare(applyDelta(old, tree.delta.bytes), tree.bytes)).toBe(0)
    }
  })

  it('refuses to edit a tree that is out of order', async () => {
    const { oid } = blob('a')
    const sorted = formatTree([
      { name: 'a', mode: treeMode.file, oid },
      { name: 'b', mode: treeMode.file, oid },
    ])
    const bytes = new Uint8Array([
      ...sorted.subarray(sorted.length / 2),
      ...sorted.subarray(0, sorted.length / 2),
    ])
    const root = hashObject('tree', bytes)
    const reader = memoryReader(new Map([[root, { type: 'tree', bytes }]]))
    await expect(editTrees(reader, root, [{ path: 'c', oid }])).rejects.toMatchObject({
      code: 'git/object-corrupt',
    })
  })
})

function* walk(objects: ReadonlyMap<Oid, GitObject>, root: Oid): Generator<Uint8Array> {
  const bytes = objects.get(root)?.bytes
  if (bytes === undefined) throw new Error(`missing ${root}`)
  yield bytes
  for (const entry of parseTree(bytes)) if (entry.mode === treeMode.tree) yield* walk(objects, entry.oid)
}

/** A delta applied byte by byte as gitformat-pack(5) says: independent of the code under test. */
function applyDelta(base: Uint8Array, delta: Uint8Array): Uint8Array {
  let at = 0
  const size = (): number => {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = delta[at++] ?? 0
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 128
    }
  }
  expect(size()).toBe(base.length)
  const result = new Uint8Array(size())
  let to = 0
  while (at < delta.length) {
    const op = delta[at++] ?? 0
    if (op < 0x80) {
      result.set(delta.subarray(at, at + op), to)
      at += op
      to += op
      continue
    }
    let offset = 0
    let count = 0
    for (let i = 0; i < 4; i++) if (op & (1 << i)) offset += (delta[at++] ?? 0) * 256 ** i
    for (let i = 0; i < 3; i++) if (op & (16 << i)) count += (delta[at++] ?? 0) * 256 ** i
    result.set(base.subarray(offset, offset + (count || 0x10000)), to)
    to += count || 0x10000
  }
  expect(to).toBe(result.length)
  return result
}
