import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { useGitHost } from '../test/support/git-host.ts'
import { smallDatabase, writeFiles } from '../test/support/git-repositories.ts'
import { eachOnDatabase } from './database.testing.ts'
import { runCli } from './run.testing.ts'

const host = useGitHost()
const database = eachOnDatabase({ inGit: false })
const { read, write } = database

const filesBelow = (dir: string): readonly string[] =>
  (readdirSync(dir, { recursive: true }) as string[])
    .filter((name) => statSync(join(dir, name)).isFile())
    .sort()

test('init writes a database that is valid, and never over anything', async () => {
  const first = await runCli(database.folder, ['init', 'fresh'])
  expect(first).toMatchObject({ code: 0, err: '' })
  expect(filesBelow(join(database.folder, 'fresh'))).toEqual(['.ingitdb/root-collections.yaml'])
  expect(await runCli(database.folder, ['validate', 'fresh'])).toMatchObject({
    code: 0,
    out: expect.stringContaining('0 collections'),
  })
  expect(await runCli(database.folder, ['init', 'fresh'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('Nothing was written'),
  })
})

test('init --example gives a collection with a record, valid and typed', async () => {
  expect((await runCli(database.folder, ['init', 'fresh', '--example'])).code).toBe(0)
  expect(await runCli(database.folder, ['validate', 'fresh'])).toMatchObject({
    code: 0,
    out: 'Valid: 1 collection, 1 record, no issues.\n',
  })
  expect((await runCli(database.folder, ['types', 'fresh'])).out).toContain(
    "readonly status: 'open' | 'done'",
  )
})

test('a first collection can be added to an empty database', async () => {
  await runCli(database.folder, ['init', 'fresh'])
  const change = {
    kind: 'create-collection',
    id: 'units',
    definition: {
      recordFile: { name: '{key}.yaml', format: 'yaml', type: 'map[string]any' },
      columns: { symbol: { type: 'string', required: true } },
    },
  }
  const argv = ['schema', 'apply', '-', '--database', 'fresh', '--write']
  const outcome = await runCli(database.folder, argv, { input: JSON.stringify([change]) })
  expect(outcome).toMatchObject({ code: 0, err: '' })
  expect((await runCli(database.folder, ['describe', '--database', 'fresh'])).out).toMatch(
    /^units\s+0 records/,
  )
  expect((await runCli(database.folder, ['validate', 'fresh'])).code).toBe(0)
})

test('init --infer proposes definitions, writes them only with --write, and keeps the bytes of the records', async () => {
  const plain = join(database.folder, 'plain')
  writeFiles(plain, {
    'people/ada.json': '{ "name": "Ada",   "born": 1815 }\n',
    'people/grace.json': '{ "name": "Grace", "born": 1906 }\n',
    'units.csv': 'id,symbol\nmetre,m\nfoot,ft\n',
  })
  const before = filesBelow(plain)
  const plan = await runCli(database.folder, ['init', 'plain', '--infer'])
  expect(plan).toMatchObject({ code: 0, out: expect.stringContaining('add --write') })
  expect(filesBelow(plain)).toEqual(before)
  expect(await runCli(database.folder, ['init', 'plain', '--infer', '--write'])).toMatchObject({
    code: 0,
    err: '',
  })
  expect(existsSync(join(plain, '.ingitdb/root-collections.yaml'))).toBe(true)
  const ada = filesBelow(plain).find((name) => name.endsWith('ada.json')) ?? ''
  expect(readFileSync(join(plain, ada), 'utf8')).toBe('{ "name": "Ada",   "born": 1815 }\n')
  expect(await runCli(database.folder, ['validate', 'plain'])).toMatchObject({
    code: 0,
    out: expect.stringContaining('4 records'),
  })
})

test('types are written once, checked in CI, and taken from any source', async () => {
  expect(await runCli(database.path, ['types', '--out', 'out/schema.ts'])).toEqual({
    code: 0,
    out: 'Wrote out/schema.ts.\n',
    err: '',
  })
  const old = new Date(1_600_000_000_000)
  utimesSync(join(database.path, 'out/schema.ts'), old, old)
  expect((await runCli(database.path, ['types', '--out', 'out/schema.ts'])).out).toContain('up to date')
  expect(statSync(join(database.path, 'out/schema.ts')).mtimeMs).toBe(old.getTime())
  expect((await runCli(database.path, ['types', '--check', '--out', 'out/schema.ts'])).code).toBe(0)
  expect((await runCli(database.path, ['types'])).out).toBe(read('out/schema.ts'))

  const definition = 'units/.collection/definition.yaml'
  write({ [definition]: read(definition).replace('symbol:', 'sign:') })
  expect(await runCli(database.path, ['types', '--check', '-o', 'out/schema.ts'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('not up to date'),
  })
  expect(read('out/schema.ts')).toContain('symbol')

  const { out } = await runCli(database.path, ['types', host.make('remote').url])
  expect(out).toBe(read('out/schema.ts'))
})

test('broken definitions give no types, but what is wrong with them', async () => {
  write({ 'units/.collection/definition.yaml': 'columns: [\n' })
  const { code, out, err } = await runCli(database.path, ['types'])
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toContain('units/.collection/definition.yaml')
})

test('describe lists collections, and shows one with its rules and relations', async () => {
  write({
    '.ingitdb/root-collections.yaml': 'geo.countries: geo/countries\nunits: units\ncities: cities\n',
    'cities/.collection/definition.yaml':
      'record_file: { name: cities.csv, format: csv, type: "[]map[string]any" }\ncolumns:\n' +
      '  id: { type: string, required: true }\n  country: { type: string, foreign_key: geo.countries }\ncolumns_order: [id, country]\n',
    'cities/cities.csv': 'id,country\ndublin,ie\n',
  })
  const list = await runCli(database.path, ['describe'])
  expect(list.code).toBe(0)
  expect(list.out).toMatch(/^geo\.countries\s+3 records\s+3 columns\s+json \{key\}\.json\s+Countries$/m)
  expect(list.out).toMatch(/^cities\s+1 record\s/m)
  const one = await runCli(database.path, ['describe', 'geo.countries'])
  expect(one.out).toMatch(/^ {2}name\s+string\s+required$/m)
  expect(one.out).toContain('Referred to by\n  cities.country\n')
  expect((await runCli(database.path, ['describe', 'cities'])).out).toContain('→ geo.countries')
  expect(await runCli(database.path, ['describe', 'nope'])).toMatchObject({ code: 2, out: '' })
})

test('describe prints JSON, and the rules as JSON Schema', async () => {
  const { out } = await runCli(database.path, ['describe', '--format', 'json'])
  expect(JSON.parse(out)).toMatchObject({
    version: 1,
    inferred: false,
    collections: [
      { id: 'geo.countries', count: 3, referredBy: [] },
      { id: 'units', count: 2 },
    ],
  })
  const schema = JSON.parse(
    (await runCli(database.path, ['describe', 'units', '--json-schema'])).out,
  ) as object
  expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' })
})

const addColumn = [
  { kind: 'add-column', collection: 'units', name: 'since', column: { type: 'int' }, fill: 1959 },
  { kind: 'rename-column', collection: 'units', name: 'symbol', to: 'sign' },
]

test('schema plan and apply list what would change; only apply --write changes it, line by line', async () => {
  write({ 'changes.json': JSON.stringify(addColumn) })
  const before = filesBelow(database.path).map((name) => read(name))
  for (const action of ['plan', 'apply']) {
    const outcome = await runCli(database.path, ['schema', action, 'changes.json'])
    expect(outcome).toMatchObject({
      code: 0,
      out: expect.stringContaining('Nothing was written: add --write.'),
    })
    expect(outcome.out).toContain('units/$records/foot.yaml')
  }
  expect(filesBelow(database.path).map((name) => read(name))).toEqual(before)
  const applied = await runCli(database.path, [
    'schema',
    'apply',
    'changes.json',
    '--write',
    '--format',
    'json',
  ])
  expect(JSON.parse(applied.out)).toMatchObject({ version: 1, refused: false, written: true, records: 2 })
  expect(read('units/$records/foot.yaml')).toContain('sign: "ft"\nfactor: 0.3048 # exactly\n')
  expect(read('units/$records/foot.yaml')).toContain('since: 1959')
  expect((await runCli(database.path, ['validate'])).code).toBe(0)
})

test('a change that would break something is refused: exit 1, nothing written', async () => {
  write({
    'changes.json': JSON.stringify({
      kind: 'alter-column',
      collection: 'units',
      name: 'symbol',
      set: { type: 'int' },
    }),
  })
  const before = filesBelow(database.path)
  const outcome = await runCli(database.path, ['schema', 'apply', 'changes.json', '--write'])
  expect(outcome).toMatchObject({ code: 1, out: expect.stringContaining('Refused') })
  expect(filesBelow(database.path)).toEqual(before)
  const input = JSON.stringify({ kind: 'drop-column', collection: 'units', name: 'nothing' })
  expect((await runCli(database.path, ['schema', 'apply', '-', '--write'], { input })).code).toBe(2)
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
    expect(await runCli(database.path, ['schema', 'plan', '-'], { input }), input).toMatchObject({
      code: 2,
      err: expect.stringMatching(message),
    })
  expect((await runCli(database.path, ['schema', 'plan', 'missing.json'])).err).toContain(
    'missing.json cannot be read',
  )
})

test('schema split makes one file per record of a list file', async () => {
  write({
    'units/.collection/definition.yaml':
      'record_file:\n  name: units.json\n  format: json\n  type: "[]map[string]any"\ncolumns:\n  symbol:\n    type: string\n',
    'units/units.json': '[\n  { "$ID": "metre", "symbol": "m" },\n  { "$ID": "foot", "symbol": "ft" }\n]\n',
  })
  const outcome = await runCli(database.path, ['schema', 'split', 'units', '--write'])
  expect(outcome).toMatchObject({ code: 0, err: '' })
  expect(existsSync(join(database.path, 'units/units.json'))).toBe(false)
  expect(JSON.parse(read('units/$records/metre.json'))).toMatchObject({ symbol: 'm' })
  expect((await runCli(database.path, ['validate'])).code).toBe(0)
})

test('plans never write through a symbolic link', async () => {
  const outside = join(database.folder, 'outside')
  writeFiles(outside, { 'keep.txt': 'kept' })
  symlinkSync(outside, join(database.path, 'gauges'))
  const change = {
    kind: 'create-collection',
    id: 'gauges',
    definition: {
      recordFile: { name: '{key}.yaml', format: 'yaml', type: 'map[string]any' },
      columns: { symbol: { type: 'string' } },
    },
  }
  const outcome = await runCli(database.path, ['schema', 'apply', '-', '--write'], {
    input: JSON.stringify(change),
  })
  expect(outcome).toMatchObject({ code: 3, err: expect.stringContaining('git/unsafe-path') })
  expect(filesBelow(outside)).toEqual(['keep.txt'])
  expect(read('.ingitdb/root-collections.yaml')).toBe(smallDatabase['.ingitdb/root-collections.yaml'])
})
