import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { extras } from '../../extras.ts'
import { givenExtras } from '../../format/extras.ts'
import { readDatabaseSchema } from '../../format/schema/schema.ts'
import { memoryReader } from '../../git/node/node-native-git.testing.ts'
import type { GitObject, ObjectReader } from '../../git/objects/object.ts'
import type { Oid } from '../../git/objects/oid.ts'
import { hashObject } from '../../git/objects/sha1.ts'
import { editTrees } from '../../git/trees/tree-edit.ts'
import { createGitFileTree } from './git-file-tree.ts'
import { noSettings } from '../queries/hide-deleted.ts'
import { createParts, type EngineCodecs } from '../platform/plugins.ts'
import { readSchema } from './read-schema.ts'

const definition = (columns: string): string =>
  `record_file:\n  name: "{key}.json"\n  format: json\n  type: map[string]any\ncolumns:\n${columns}`

const files: Readonly<Record<string, string>> = {
  '.ingitdb/root-collections.yaml': 'one: one\ntwo: two/here\n',
  'one/.collection/definition.yaml': definition('  name: {type: string}\n'),
  'two/here/definition.yaml': definition('  size: {type: int}\n'),
  'one/$records/a.json': '{"name": "A"}\n',
  'two/here/$records/b.json': '{"size": 2}\n',
  'two/here/part/definition.yaml': definition('  of: {type: string}\n'),
  'readme.md': 'Two collections.\n',
}

/** Versions of a database as trees, and how often a tree or file of them was read. */
function createVersions(): {
  readonly reader: ObjectReader
  readonly read: Oid[]
  commit(contents: Readonly<Record<string, string | null>>, root?: Oid): Promise<Oid>
} {
  const objects = new Map<Oid, GitObject>()
  const below = memoryReader(objects)
  const read: Oid[] = []
  const put = (text: string): Oid => {
    const bytes = new TextEncoder().encode(text)
    const oid = hashObject('blob', bytes)
    objects.set(oid, { type: 'blob', bytes })
    return oid
  }
  return {
    reader: {
      ...below,
      read: (oid) => {
        read.push(oid)
        return below.read(oid)
      },
    },
    read,
    commit: async (contents, root) => {
      const edits = Object.entries(contents).map(([path, text]) =>
        text === null ? { path, delete: true as const } : { path, oid: put(text) },
      )
      const edited = await editTrees(below, root ?? null, edits)
      for (const { oid, type, bytes } of edited.objects) objects.set(oid, { type, bytes })
      return edited.root
    },
  }
}

const codecs = (): EngineCodecs => ({
  plugins: createParts(givenExtras(extras)),
  settingsOf: noSettings,
  schemas: [],
})

describe('readSchema', () => {
  it('takes over what another version has where only records differ', async () => {
    const { reader, read, commit } = createVersions()
    const first = await commit(files)
    const memory = codecs()
    const schema = await readSchema(reader, first, memory)
    const second = await commit({ 'one/$records/a.json': '{}\n', 'one/$records/c.json': '{}\n' }, first)
    read.length = 0
    expect(await readSchema(reader, second, memory)).toBe(schema)
    // Both roots and both folders of the collection whose records differ.
    expect(read).toHaveLength(4)
  })

  it('reads anew when a definition, or the folders that may hold one, are others', async () => {
    const { reader, commit } = createVersions()
    const first = await commit(files)
    const changes: Readonly<Record<string, string | null>>[] = [
      { 'one/.collection/definition.yaml': definition('  name: {type: int}\n') },
      { '.ingitdb/root-collections.yaml': 'one: one\n' },
      { 'one/.collection/subcollections/deep/definition.yaml': definition('  x: {type: string}\n') },
      { 'two/here/other/definition.yaml': definition('  y: {type: string}\n') },
      { 'two/here/part/definition.yaml': null },
      { 'one/definition.yaml': definition('  z: {type: string}\n') },
      { '.ingitdb/settings.yaml': 'default_namespace: x\n' },
    ]
    for (const change of changes) {
      const memory = codecs()
      const schema = await readSchema(reader, first, memory)
      const next = await readSchema(reader, await commit(change, first), memory)
      expect(next, JSON.stringify(change)).not.toBe(schema)
      // The older version is remembered too.
      expect(await readSchema(reader, first, memory)).toBe(schema)
    }
  })

  it('reads anew when what it remembers is gone', async () => {
    const { reader, commit } = createVersions()
    const first = await commit(files)
    const memory = codecs()
    const schema = await readSchema(reader, first, memory)
    const second = await commit({ 'one/$records/a.json': '{}\n' }, first)
    const without: ObjectReader = {
      ...reader,
      read: (oid) => (oid === first ? Promise.reject(new Error('gone')) : reader.read(oid)),
    }
    const again = await readSchema(without, second, memory)
    expect(again).toEqual(schema)
    expect(again).not.toBe(schema)
  })

  it('says of random versions what reading each of them says', async () => {
    const path = fc.constantFrom(
      ...Object.keys(files),
      'one/definition.yaml',
      'one/.collection/subcollections/deep/definition.yaml',
      'one/.collection/record.schema.json',
      'two/here/$views/top.yaml',
      'two/here/other/definition.yaml',
      'two/here/other/note.json',
      'three/definition.yaml',
    )
    const text = fc.constantFrom(
      null,
      ...Object.values(files),
      'three: three\n',
      '{}',
      definition('  q: {type: bool}\n'),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(path, text), { minLength: 1, maxLength: 8 }), async (changes) => {
        const { reader, commit } = createVersions()
        const memory = codecs()
        let root = await commit(files)
        for (const [name, content] of changes) {
          root = await commit({ [name]: content }, root)
          const alone = { plugins: memory.plugins }
          const fresh = await settle(readDatabaseSchema(createGitFileTree(reader, root), alone))
          expect(await settle(readSchema(reader, root, memory))).toEqual(fresh)
        }
      }),
      { seed: 77, numRuns: 60 },
    )
  })
})

async function settle<T>(promise: Promise<T>): Promise<T | string> {
  return promise.catch((error: unknown) => String(error))
}
