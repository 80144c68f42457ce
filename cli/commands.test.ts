import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  makeBareRepository,
  smallDatabase,
  temporaryFolder,
  writeFiles,
} from '../test/support/git-repositories.ts'
import { startGitServer } from '../demo/server/git-server.ts'
import { runCli } from './run.testing.ts'

let folder: ReturnType<typeof temporaryFolder>
let path: string

beforeEach(() => {
  folder = temporaryFolder()
  path = join(folder.path, 'data')
  mkdirSync(path)
  writeFiles(path, smallDatabase)
})

afterEach(() => folder.remove())

const read = (name: string): string => readFileSync(join(path, name), 'utf8')
const filesBelow = (dir: string): readonly string[] =>
  (readdirSync(dir, { recursive: true }) as string[])
    .filter((name) => statSync(join(dir, name)).isFile())
    .sort()

test('init writes a database that is valid, and never over anything', async () => {
  const first = await runCli(folder.path, ['init', 'fresh'])
  expect(first).toMatchObject({ code: 0, err: '' })
  expect(filesBelow(join(folder.path, 'fresh'))).toEqual(['.ingitdb/root-collections.yaml'])
  expect(await runCli(folder.path, ['validate', 'fresh'])).toMatchObject({
    code: 0,
    out: expect.stringContaining('0 collections'),
  })
  expect(await runCli(folder.path, ['init', 'fresh'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('Nothing was written'),
  })
})

test('init --example gives a collection with a record, valid and typed', async () => {
  expect((await runCli(folder.path, ['init', 'fresh', '--example'])).code).toBe(0)
  expect(await runCli(folder.path, ['validate', 'fresh'])).toMatchObject({
    code: 0,
    out: 'Valid: 1 collection, 1 record, no issues.\n',
  })
  expect((await runCli(folder.path, ['types', 'fresh'])).out).toContain("readonly status: 'open' | 'done'")
})

test('a first collection can be added to an empty database', async () => {
  await runCli(folder.path, ['init', 'fresh'])
  const change = {
    kind: 'create-collection',
    id: 'units',
    definition: {
      recordFile: { name: '{key}.yaml', format: 'yaml', type: 'map[string]any' },
      columns: { symbol: { type: 'string', required: true } },
    },
  }
  const argv = ['schema', 'apply', '-', '--database', 'fresh', '--write']
  const outcome = await runCli(folder.path, argv, { input: JSON.stringify([change]) })
  expect(outcome).toMatchObject({ code: 0, err: '' })
  expect((await runCli(folder.path, ['describe', '--database', 'fresh'])).out).toMatch(/^units\s+0 records/)
  expect((await runCli(folder.path, ['validate', 'fresh'])).code).toBe(0)
})

test('init --infer proposes definitions, writes them only with --write, and keeps the bytes of the records', async () => {
  const plain = join(folder.path, 'plain')
  writeFiles(plain, {
    'people/ada.json': '{ "name": "Ada",   "born": 1815 }\n',
    'people/grace.json': '{ "name": "Grace", "born": 1906 }\n',
    'units.csv': 'id,symbol\nmetre,m\nfoot,ft\n',
  })
  const before = filesBelow(plain)
  const plan = await runCli(folder.path, ['init', 'plain', '--infer'])
  expect(plan).toMatchObject({ code: 0, out: expect.stringContaining('add --write') })
  expect(filesBelow(plain)).toEqual(before)
  expect(await runCli(folder.path, ['init', 'plain', '--infer', '--write'])).toMatchObject({
    code: 0,
    err: '',
  })
  expect(existsSync(join(plain, '.ingitdb/root-collections.yaml'))).toBe(true)
  const ada = filesBelow(plain).find((name) => name.endsWith('ada.json')) ?? ''
  expect(readFileSync(join(plain, ada), 'utf8')).toBe('{ "name": "Ada",   "born": 1815 }\n')
  expect(await runCli(folder.path, ['validate', 'plain'])).toMatchObject({
    code: 0,
    out: expect.stringContaining('4 records'),
  })
})

test('types are written once, checked in CI, and taken from any source', async () => {
  expect(await runCli(path, ['types', '--out', 'out/schema.ts'])).toEqual({
    code: 0,
    out: 'Wrote out/schema.ts.\n',
    err: '',
  })
  const old = new Date(1_600_000_000_000)
  utimesSync(join(path, 'out/schema.ts'), old, old)
  expect((await runCli(path, ['types', '--out', 'out/schema.ts'])).out).toContain('up to date')
  expect(statSync(join(path, 'out/schema.ts')).mtimeMs).toBe(old.getTime())
  expect((await runCli(path, ['types', '--check', '--out', 'out/schema.ts'])).code).toBe(0)
  expect((await runCli(path, ['types'])).out).toBe(read('out/schema.ts'))

  const definition = 'units/.collection/definition.yaml'
  writeFiles(path, { [definition]: read(definition).replace('symbol:', 'sign:') })
  expect(await runCli(path, ['types', '--check', '-o', 'out/schema.ts'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('not up to date'),
  })
  expect(read('out/schema.ts')).toContain('symbol')

  makeBareRepository(folder.path, 'remote')
  const server = await startGitServer({ root: folder.path })
  try {
    const { out } = await runCli(path, ['types', `${server.url}/remote.git`])
    expect(out).toBe(read('out/schema.ts'))
  } finally {
    await server.close()
  }
})

test('broken definitions give no types, but what is wrong with them', async () => {
  writeFiles(path, { 'units/.collection/definition.yaml': 'columns: [\n' })
  const { code, out, err } = await runCli(path, ['types'])
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toContain('units/.collection/definition.yaml')
})

test('describe lists collections, and shows one with its rules and relations', async () => {
  writeFiles(path, {
    '.ingitdb/root-collections.yaml': 'geo.countries: geo/countries\nunits: units\ncities: cities\n',
    'cities/.collection/definition.yaml':
      'record_file: { name: cities.csv, format: csv, type: "[]map[string]any" }\ncolumns:\n' +
      '  id: { type: string, required: true }\n  country: { type: string, foreign_key: geo.countries }\ncolumns_order: [id, country]\n',
    'cities/cities.csv': 'id,country\ndublin,ie\n',
  })
  const list = await runCli(path, ['describe'])
  expect(list.code).toBe(0)
  expect(list.out).toMatch(/^geo\.countries\s+3 records\s+3 columns\s+json \{key\}\.json\s+Countries$/m)
  expect(list.out).toMatch(/^cities\s+1 record\s/m)
  const one = await runCli(path, ['describe', 'geo.countries'])
  expect(one.out).toMatch(/^ {2}name\s+string\s+required$/m)
  expect(one.out).toContain('Referred to by\n  cities.country\n')
  expect((await runCli(path, ['describe', 'cities'])).out).toContain('→ geo.countries')
  expect(await runCli(path, ['describe', 'nope'])).toMatchObject({ code: 2, out: '' })
})

test('describe prints JSON, and the rules as JSON Schema', async () => {
  const { out } = await runCli(path, ['describe', '--format', 'json'])
  expect(JSON.parse(out)).toMatchObject({
    version: 1,
    inferred: false,
    collections: [
      { id: 'geo.countries', count: 3, referredBy: [] },
      { id: 'units', count: 2 },
    ],
  })
  const schema = JSON.parse((await runCli(path, ['describe', 'units', '--json-schema'])).out) as object
  expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' })
})

const addColumn = [
  { kind: 'add-column', collection: 'units', name: 'since', column: { type: 'int' }, fill: 1959 },
  { kind: 'rename-column', collection: 'units', name: 'symbol', to: 'sign' },
]

test('schema plan and apply list what would change; only apply --write changes it, line by line', async () => {
  writeFiles(path, { 'changes.json': JSON.stringify(addColumn) })
  const before = filesBelow(path).map((name) => read(name))
  for (const action of ['plan', 'apply']) {
    const outcome = await runCli(path, ['schema', action, 'changes.json'])
    expect(outcome).toMatchObject({
      code: 0,
      out: expect.stringContaining('Nothing was written: add --write.'),
    })
    expect(outcome.out).toContain('units/$records/foot.yaml')
  }
  expect(filesBelow(path).map((name) => read(name))).toEqual(before)
  const applied = await runCli(path, ['schema', 'apply', 'changes.json', '--write', '--format', 'json'])
  expect(JSON.parse(applied.out)).toMatchObject({ version: 1, refused: false, written: true, records: 2 })
  expect(read('units/$records/foot.yaml')).toContain('sign: "ft"\nfactor: 0.3048 # exactly\n')
  expect(read('units/$records/foot.yaml')).toContain('since: 1959')
  expect((await runCli(path, ['validate'])).code).toBe(0)
})

test('a change that would break something is refused: exit 1, nothing written', async () => {
  writeFiles(path, {
    'changes.json': JSON.stringify({
      kind: 'alter-column',
      collection: 'units',
      name: 'symbol',
      set: { type: 'int' },
    }),
  })
  const before = filesBelow(path)
  const outcome = await runCli(path, ['schema', 'apply', 'changes.json', '--write'])
  expect(outcome).toMatchObject({ code: 1, out: expect.stringContaining('Refused') })
  expect(filesBelow(path)).toEqual(before)
  const input = JSON.stringify({ kind: 'drop-column', collection: 'units', name: 'nothing' })
  expect((await runCli(path, ['schema', 'apply', '-', '--write'], { input })).code).toBe(2)
})

test('a file of changes that makes no sense is wrong usage', async () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['nonsense', /not JSON/],
    ['[5]', /Change 1 of - is no object/],
    ['[{"kind":"explode"}]', /kind "explode"/],
    ['[{"kind":"__proto__"}]', /kind "__proto__"/],
    ['{"kind":"drop-column","collection":"units"}', /needs "name"/],
    ['{"kind":"add-column","collection":"units","name":"x","column":3}', /needs "column"/],
    ['{"kind":"rename-collection","collection":"a","to":"b","references":"maybe"}', /"update" or "restrict"/],
  ]
  for (const [input, message] of wrong)
    expect(await runCli(path, ['schema', 'plan', '-'], { input }), input).toMatchObject({
      code: 2,
      err: expect.stringMatching(message),
    })
  expect((await runCli(path, ['schema', 'plan', 'missing.json'])).err).toContain(
    'missing.json cannot be read',
  )
})

test('schema split makes one file per record of a list file', async () => {
  writeFiles(path, {
    'units/.collection/definition.yaml':
      'record_file:\n  name: units.json\n  format: json\n  type: "[]map[string]any"\ncolumns:\n  symbol:\n    type: string\n',
    'units/units.json': '[\n  { "$ID": "metre", "symbol": "m" },\n  { "$ID": "foot", "symbol": "ft" }\n]\n',
  })
  const outcome = await runCli(path, ['schema', 'split', 'units', '--write'])
  expect(outcome).toMatchObject({ code: 0, err: '' })
  expect(existsSync(join(path, 'units/units.json'))).toBe(false)
  expect(JSON.parse(read('units/$records/metre.json'))).toMatchObject({ symbol: 'm' })
  expect((await runCli(path, ['validate'])).code).toBe(0)
})

test('plans never write through a symbolic link', async () => {
  const outside = join(folder.path, 'outside')
  writeFiles(outside, { 'keep.txt': 'kept' })
  symlinkSync(outside, join(path, 'gauges'))
  const change = {
    kind: 'create-collection',
    id: 'gauges',
    definition: {
      recordFile: { name: '{key}.yaml', format: 'yaml', type: 'map[string]any' },
      columns: { symbol: { type: 'string' } },
    },
  }
  const outcome = await runCli(path, ['schema', 'apply', '-', '--write'], { input: JSON.stringify(change) })
  expect(outcome).toMatchObject({ code: 3, err: expect.stringContaining('git/unsafe-path') })
  expect(filesBelow(outside)).toEqual(['keep.txt'])
  expect(read('.ingitdb/root-collections.yaml')).toBe(smallDatabase['.ingitdb/root-collections.yaml'])
})
