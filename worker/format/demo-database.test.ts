import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import type { CollectionDefinition, DatabaseSchema } from '../../src/protocol/schema.ts'
import { createMemoryFileTree } from './memory-file-tree.ts'
import { codecFor, type RecordCodec } from './record-codec.ts'
import { matchRecordPath, recordPath } from './record-keys.ts'
import { matchRecordFile } from './record-layout.ts'
import { recordSetCodecFor, type RecordSetCodec } from './record-set-codec.ts'
import { isJsonMap } from './record-value.ts'
import { readDatabaseSchema } from './schema/schema.ts'
import { everyFormat as plugins } from './format-extras.ts'

const bundle = path.resolve(process.env['ESPALIER_SHARED'] ?? '../shared', 'data/demo-ingitdb.bundle')
const present = existsSync(bundle)
if (!present) process.stderr.write(`demo database not tested: ${bundle} is missing (set ESPALIER_SHARED)\n`)

describe.runIf(present)('the demo database', () => {
  let folder = ''
  let files: { readonly [file: string]: Uint8Array } = {}
  let schema: DatabaseSchema

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'espalier-format-'))
    const git = (...args: readonly string[]): string =>
      execFileSync('git', args, { cwd: folder, encoding: 'utf8' })
    // The bundle's HEAD names a ref that it does not hold.
    git('-c', 'core.autocrlf=false', 'clone', '-q', '--no-checkout', bundle, 'demo')
    git('-C', 'demo', '-c', 'core.autocrlf=false', 'checkout', '-q', '--detach', 'origin/main')
    files = readFolder(path.join(folder, 'demo'))
    schema = await readDatabaseSchema(createMemoryFileTree(files), { plugins })
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const records = (): readonly DemoRecord[] =>
    [...schema.collections.values()].flatMap((definition) => recordsOf(definition, files))

  const sets = (): readonly { file: string; bytes: Uint8Array; codec: RecordSetCodec }[] =>
    [...schema.collections.values()].flatMap((definition) => {
      const codec = recordSetCodecFor(definition, { plugins })
      if (codec === undefined) return []
      return Object.entries(files).flatMap(([file, bytes]) =>
        matchRecordFile(definition, file) ? [{ file, bytes, codec }] : [],
      )
    })

  it('lists its 18 collections and 1 subcollection without any issue', () => {
    expect(schema.issues).toEqual([])
    expect(schema.collections.size).toBe(19)
    expect([...schema.collections.values()].filter(({ readable }) => !readable.ok)).toEqual([])
    expect(schema.settings.languages.map(({ code }) => code)).toEqual(['en', 'ru', 'es', 'fr', 'de'])
  })

  it('resolves every foreign key inside its module', () => {
    const columns = [...schema.collections.values()].flatMap(({ columns }) => columns)
    const keys = columns.filter(({ foreignKey }) => foreignKey !== undefined)
    expect(keys.length).toBeGreaterThan(10)
    expect(keys.filter(({ references }) => references === undefined)).toEqual([])
  })

  it('gives every single-record file the value that its own parser reads', () => {
    expect(records()).toHaveLength(212)
    expect(records().filter(({ file }) => file.endsWith('.md'))).toHaveLength(30)
    for (const { file, bytes, codec, definition, key } of records()) {
      const text = new TextDecoder().decode(bytes)
      const oracle = oracleOf(file, text)
      expect({ file, value: codec.parse(bytes) }).toEqual({ file, value: oracle })
      expect(recordPath(definition, key)).toBe(file)
    }
    const byCodec = records().map(({ codec, bytes }) => codec.parseMany([bytes])[0])
    expect(byCodec).toEqual(records().map(({ codec, bytes }) => codec.parse(bytes)))
  })

  it('changes exactly one line for every scalar that is edited, and gives back the same bytes when it is restored', () => {
    let edited = 0
    for (const { file, bytes, codec } of records()) {
      const value = codec.parse(bytes)
      expect(codec.edit(bytes, structuredClone(value))).toBe(bytes)
      for (const { next, old } of scalarEdits(value)) {
        const changed = codec.edit(bytes, next)
        expect({ file, value: codec.parse(changed) }).toEqual({ file, value: next })
        expect({ file, old, lines: changedLines(bytes, changed) }).toEqual({ file, old, lines: 1 })
        expect({ file, bytes: codec.edit(changed, value) }).toEqual({ file, bytes })
        edited++
      }
    }
    expect(edited).toBeGreaterThan(1000)
  })

  it('does so for every record of every list and dictionary as well', () => {
    let known = 0
    let edited = 0
    for (const { file, bytes, codec } of sets()) {
      const { records, faults } = codec.parse(bytes)
      expect({ file, faults }).toEqual({ file, faults: [] })
      for (const [key, value] of records) {
        known++
        expect(codec.edit(bytes, new Map([[key, structuredClone(value)]]))).toBe(bytes)
        for (const { name, next } of scalarEdits(value)) {
          // The key of a list's row stands in its fields.
          if (value[name] === key) continue
          const changed = codec.edit(bytes, new Map([[key, next]]))
          expect({ file, value: codec.parse(changed).records.get(key) }).toEqual({ file, value: next })
          expect({ file, key, lines: changedLines(bytes, changed) }).toEqual({ file, key, lines: 1 })
          expect({ file, bytes: codec.edit(changed, new Map([[key, value]])) }).toEqual({ file, bytes })
          edited++
        }
      }
    }
    // With those of the files of one record that is all of them.
    expect(records().length + known).toBe(314)
    expect(edited).toBeGreaterThan(200)
  })

  it('touches only its own lines when a field is added and removed again', () => {
    for (const { file, bytes, codec } of records()) {
      const value = codec.parse(bytes)
      for (const added of ['text', ['a', 1], { en: 'a', tags: [] }] as readonly Json[]) {
        const grown = codec.edit(bytes, { ...value, zz_new: added })
        expect({ file, bytes: codec.edit(grown, value) }).toEqual({ file, bytes })
      }
    }
  })
})

function oracleOf(file: string, text: string): unknown {
  if (file.endsWith('.json')) return JSON.parse(text)
  if (!file.endsWith('.md')) return parseYaml(text)
  // The demo's products name their body so.
  const [, front = '', description] = /^---\n([^]*?)\n---\n([^]*)$/.exec(text) ?? []
  return { ...(parseYaml(front) as object), description }
}

interface DemoRecord {
  readonly file: string
  readonly bytes: Uint8Array
  readonly codec: RecordCodec
  readonly key: string
  readonly definition: CollectionDefinition
}

function recordsOf(
  definition: CollectionDefinition,
  files: { readonly [file: string]: Uint8Array },
): readonly DemoRecord[] {
  const codec = codecFor(definition, { plugins })
  if (codec === undefined) return []
  const prefix = `${definition.recordsDir}/`
  return Object.entries(files).flatMap(([file, bytes]) => {
    const key = file.startsWith(prefix) ? matchRecordPath(definition, file.slice(prefix.length)) : undefined
    return key === undefined ? [] : [{ file, bytes, codec, key, definition }]
  })
}

interface ScalarEdit {
  readonly name: string
  readonly next: RecordValue
  readonly old: Json
}

/** The record once for every scalar in it, with that one changed. */
function scalarEdits(value: RecordValue): readonly ScalarEdit[] {
  return Object.entries(value).flatMap(([name, item]) =>
    isJsonMap(item)
      ? scalarEdits(item).map((edit) => ({ ...edit, name, next: { ...value, [name]: edit.next } }))
      : Array.isArray(item)
        ? []
        : [
            {
              name,
              next: { ...value, [name]: changed(item) },
              old: item,
            },
          ],
  )
}

function changed(value: Json): Json {
  if (typeof value === 'string')
    return /^\d{4}-\d\d-\d\d/.test(value) ? `1999${value.slice(4)}` : `${value} changed`
  if (typeof value === 'number') return value === 0 ? 1 : -value
  return typeof value === 'boolean' ? !value : 1
}

function changedLines(before: Uint8Array, after: Uint8Array): number {
  const lines = (bytes: Uint8Array): readonly string[] => new TextDecoder().decode(bytes).split('\n')
  const [old, now] = [lines(before), lines(after)]
  return old.length === now.length ? now.filter((line, index) => line !== old[index]).length : -1
}

function readFolder(root: string): { readonly [file: string]: Uint8Array } {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  return Object.fromEntries(
    entries
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((file) => !file.includes(`${path.sep}.git${path.sep}`))
      .map((file) => [
        path.relative(root, file).split(path.sep).join('/'),
        new Uint8Array(readFileSync(file)),
      ]),
  )
}
