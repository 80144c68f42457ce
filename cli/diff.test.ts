import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { open } from '../src/node.ts'
import { git, smallDatabase, temporaryFolder, writeFiles } from '../test/support/git-repositories.ts'
import { runCli } from './run.testing.ts'

let folder: ReturnType<typeof temporaryFolder>
let path: string

beforeEach(() => {
  folder = temporaryFolder()
  path = join(folder.path, 'data')
  mkdirSync(path)
  git(path, 'init', '-q', '-b', 'main')
  writeFiles(path, smallDatabase)
  git(path, 'add', '-A')
  git(path, 'commit', '-q', '-m', 'Start')
  writeFiles(path, {
    'units/$records/metre.yaml': '# another comment\nsymbol: m\nfactor: 1.0\n',
    'units/$records/yard.yaml': 'symbol: yd\n',
    'geo/countries/$records/ie.json': '{ "name": "Ireland", "population": 1, "names": { "de": "Éire" } }\n',
  })
  rmSync(join(path, 'units/$records/foot.yaml'))
})

afterEach(() => folder.remove())

const text = `modified geo.countries/ie
  population: 5262382 → 1
  names.de: "Irland" → "Éire"
removed units/foot
added units/yard
1 added, 1 removed, 1 modified
`

test('diff shows records and fields, of the folder and of commits', async () => {
  expect(await runCli(path, ['diff'])).toEqual({ code: 0, out: text, err: '' })
  git(path, 'add', '-A')
  git(path, 'commit', '-q', '-m', 'Edit')
  expect(await runCli(path, ['diff', 'HEAD~1', 'HEAD'])).toEqual({ code: 0, out: text, err: '' })
  expect((await runCli(path, ['diff'])).out).toBe('0 added, 0 removed, 0 modified\n')
  expect((await runCli(path, ['diff', 'nothing'])).code).toBe(3)
})

test('diff --format json gives what a change set is', async () => {
  const { out } = await runCli(path, ['diff', 'main', '--collection', 'units', '--format', 'json'])
  expect(JSON.parse(out)).toMatchObject({
    version: 1,
    to: null,
    records: [
      { collection: 'units', key: 'foot', kind: 'removed', before: { symbol: 'ft', factor: 0.3048 } },
      { collection: 'units', key: 'yard', kind: 'added', after: { symbol: 'yd' }, fields: [] },
    ],
  })
})

test('a range names both sides, and begins with three dots where they have come from', async () => {
  const bundle = join(folder.path, 'all.bundle')
  git(path, 'stash', '-q', '-u')
  git(path, 'switch', '-q', '-c', 'draft')
  writeFiles(path, { 'units/$records/inch.yaml': 'symbol: in\nfactor: 0.0254\n' })
  git(path, 'mv', 'units/$records/foot.yaml', 'units/$records/pes.yaml')
  git(path, 'add', '-A')
  git(path, 'commit', '-q', '-m', 'Draft')
  git(path, 'switch', '-q', 'main')
  writeFiles(path, { 'units/$records/metre.yaml': 'symbol: M\nfactor: 1.0\n' })
  git(path, 'commit', '-q', '-a', '-m', 'Main')
  expect((await runCli(path, ['diff', 'main...draft'])).out).toBe(
    'added units/inch\nmoved units/pes from foot\n1 added, 0 removed, 0 modified, 1 moved\n',
  )
  expect((await runCli(path, ['diff', '...draft'])).out).toContain('1 added')
  const two = await runCli(path, ['diff', 'main..draft', '--json'])
  expect((await runCli(path, ['diff', 'main', 'draft', '--json'])).out).toBe(two.out)
  expect((await runCli(path, ['diff', 'main..draft', 'x'])).code).toBe(2)
  git(path, 'bundle', 'create', '-q', bundle, 'main', 'draft')
  const db = await open('https://example.com/all.git', { bundle: new Uint8Array(readFileSync(bundle)) })
  const { records } = JSON.parse(two.out) as { records: readonly unknown[] }
  expect(records).toEqual(await db.diff('main..draft'))
  expect((await runCli(path, ['diff', 'main..draft', '--json', '-d', bundle])).out).toContain('"moved"')
  await db.close()
})

test('definitions of the folder count, committed or not', async () => {
  git(path, 'checkout', '-q', '.')
  git(path, 'clean', '-fdq')
  writeFiles(path, {
    '.ingitdb/root-collections.yaml': 'geo.countries: geo/countries\nunits: units\nnew: new\n',
    'new/.collection/definition.yaml': smallDatabase['units/.collection/definition.yaml'] ?? '',
    'new/$records/one.yaml': 'symbol: o\n',
    'node_modules/x/index.js': 'x',
  })
  expect((await runCli(path, ['diff'])).out).toBe('added new/one\n1 added, 0 removed, 0 modified\n')
})
