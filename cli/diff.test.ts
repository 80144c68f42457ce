import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { open } from '../src/node.ts'
import { commitAll, git, smallDatabase } from '../test/support/git-repositories.ts'
import { eachOnDatabase } from './database.testing.ts'
import { runCli } from './run.testing.ts'

const database = eachOnDatabase({ inGit: true })
const { write } = database

beforeEach(() => {
  write({
    'units/$records/metre.yaml': '# another comment\nsymbol: m\nfactor: 1.0\n',
    'units/$records/yard.yaml': 'symbol: yd\n',
    'geo/countries/$records/ie.json': '{ "name": "Ireland", "population": 1, "names": { "de": "Éire" } }\n',
  })
  rmSync(join(database.path, 'units/$records/foot.yaml'))
})

const text = `modified geo.countries/ie
  population: 5262382 → 1
  names.de: "Irland" → "Éire"
removed units/foot
added units/yard
1 added, 1 removed, 1 modified
`

/** Writes files into the work tree as it was committed. */
function writeAnew(files: Parameters<typeof write>[0]): void {
  git(database.path, 'checkout', '-q', '.')
  git(database.path, 'clean', '-fdq')
  write(files)
}

test('diff shows records and fields, of the folder and of commits', async () => {
  expect(await runCli(database.path, ['diff'])).toEqual({ code: 0, out: text, err: '' })
  commitAll(database.path, 'Edit')
  expect(await runCli(database.path, ['diff', 'HEAD~1', 'HEAD'])).toEqual({ code: 0, out: text, err: '' })
  expect((await runCli(database.path, ['diff'])).out).toBe('0 added, 0 removed, 0 modified\n')
  expect((await runCli(database.path, ['diff', 'nothing'])).code).toBe(3)
  expect(await runCli(database.path, ['diff', '--collection', 'nothing'])).toMatchObject({ code: 2, out: '' })
})

test('diff --format json gives what a change set is', async () => {
  const { out } = await runCli(database.path, ['diff', 'main', '--collection', 'units', '--format', 'json'])
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
  const bundle = join(database.folder, 'all.bundle')
  git(database.path, 'stash', '-q', '-u')
  git(database.path, 'switch', '-q', '-c', 'draft')
  write({ 'units/$records/inch.yaml': 'symbol: in\nfactor: 0.0254\n' })
  git(database.path, 'mv', 'units/$records/foot.yaml', 'units/$records/pes.yaml')
  commitAll(database.path, 'Draft')
  git(database.path, 'switch', '-q', 'main')
  write({ 'units/$records/metre.yaml': 'symbol: M\nfactor: 1.0\n' })
  git(database.path, 'commit', '-q', '-a', '-m', 'Main')
  expect((await runCli(database.path, ['diff', 'main...draft'])).out).toBe(
    'added units/inch\nmoved units/pes from foot\n1 added, 0 removed, 0 modified, 1 moved\n',
  )
  expect((await runCli(database.path, ['diff', '...draft'])).out).toContain('1 added')
  const two = await runCli(database.path, ['diff', 'main..draft', '--json'])
  expect((await runCli(database.path, ['diff', 'main', 'draft', '--json'])).out).toBe(two.out)
  expect((await runCli(database.path, ['diff', 'main..draft', 'x'])).code).toBe(2)
  git(database.path, 'bundle', 'create', '-q', bundle, 'main', 'draft')
  const db = await open('https://example.com/all.git', { bundle: new Uint8Array(readFileSync(bundle)) })
  const { records } = JSON.parse(two.out) as { records: readonly unknown[] }
  expect(records).toEqual(await db.diff('main..draft'))
  expect((await runCli(database.path, ['diff', 'main..draft', '--json', '-d', bundle])).out).toContain(
    '"moved"',
  )
  await db.close()
})

test('definitions of the folder count, committed or not', async () => {
  writeAnew({
    '.ingitdb/root-collections.yaml': 'geo.countries: geo/countries\nunits: units\nnew: new\n',
    'new/.collection/definition.yaml': smallDatabase['units/.collection/definition.yaml'] ?? '',
    'new/$records/one.yaml': 'symbol: o\n',
    'node_modules/x/index.js': 'x',
  })
  expect((await runCli(database.path, ['diff'])).out).toBe(
    'added collection new\n  added column symbol: string\n  added column factor: float\nadded new/one\n' +
      '1 added, 0 removed, 0 modified; schema: 1 added, 0 removed, 0 modified\n',
  )
})

test('diff tells how definitions differ', async () => {
  writeAnew({
    'units/.collection/definition.yaml':
      'titles:\n  en: Units\nrecord_file:\n  name: "{key}.yaml"\n  format: yaml\n  type: "map[string]any"\ncolumns:\n  symbol:\n    type: string\n    required: true\n  since:\n    type: int\n    min_value: 1700\n',
  })
  const { out } = await runCli(database.path, ['diff'])
  expect(out).toBe(`modified collection units
  modified column symbol
    required: false → true
  added column since: int, minValue 1700
  removed column factor: float
  titles.en: absent → "Units"
0 added, 0 removed, 0 modified; schema: 0 added, 0 removed, 1 modified
`)
  const json = JSON.parse((await runCli(database.path, ['diff', '--json'])).out) as { schema: unknown }
  expect(json).toMatchObject({
    records: [],
    schema: {
      collections: [{ collection: 'units', kind: 'modified', properties: ['titles'] }],
    },
  })
  expect((await runCli(database.path, ['diff', '--collection', 'geo.countries'])).out).not.toContain('schema')
  expect((await runCli(database.path, ['diff', '--key', 'foot'])).out).toBe(
    '0 added, 0 removed, 0 modified\n',
  )
  expect((await runCli(database.path, ['diff', '--stat'])).out).toContain('schema: 0 added')
})

test('diff keeps to keys and fields, counts rows and cells, and gives patches', async () => {
  const out = async (...argv: readonly string[]): Promise<string> =>
    (await runCli(database.path, ['diff', ...argv])).out
  expect(await out('--key', 'yard', '--key', 'foot')).toBe(
    'removed units/foot\nadded units/yard\n1 added, 1 removed, 0 modified\n',
  )
  expect(await out('--field', 'names.de')).toBe(
    'modified geo.countries/ie\n  names.de: "Irland" → "Éire"\n0 added, 0 removed, 1 modified\n',
  )
  expect(await out('--stat', '--collection', 'units')).toBe(
    'units\n  rows: 1 unmodified, 1 added, 1 deleted, 0 modified (2 → 2)\n  cells: 1 added, 2 deleted, 0 modified (4 → 3)\n',
  )
  expect(await out('--stat')).toContain(
    'total\n  rows: 3 unmodified, 1 added, 1 deleted, 1 modified (5 → 5)\n',
  )
  const counted = JSON.parse(await out('--stat', '--json')) as { stat: object }
  expect(counted).not.toHaveProperty('records')
  expect(counted.stat).toMatchObject({ rowsModified: 1, cellsModified: 2, collections: [{}, {}] })
  const { records } = JSON.parse(await out('--patch', '--key', 'ie', '--json')) as {
    records: readonly object[]
  }
  expect(records).toMatchObject([
    {
      patch: [
        { op: 'replace', path: '/population', value: 1 },
        { op: 'replace', path: '/names/de', value: 'Éire' },
      ],
    },
  ])
  expect(await out('--patch', '--key', 'ie')).toContain('  {"op":"replace","path":"/population","value":1}\n')
  expect((await runCli(database.path, ['diff', '--patch', '--stat'])).code).toBe(2)
})

test('diff tells which definition keeps it from comparing records', async () => {
  writeAnew({
    'units/.collection/definition.yaml':
      'record_file:\n  name: "{key}.yaml"\n  format: none\n  type: "map[string]any"\ncolumns: {}\n',
  })
  const file = 'units/.collection/definition.yaml'
  expect((await runCli(database.path, ['diff'])).out).toContain(
    `${file}: after: The records of units cannot be compared`,
  )
  const { problems } = JSON.parse((await runCli(database.path, ['diff', '--json'])).out) as {
    problems: unknown
  }
  expect(problems).toMatchObject([{ file, side: 'after', code: 'format/bad-definition' }])
})
