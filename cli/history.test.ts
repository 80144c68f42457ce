import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../src/client/database.ts'
import { open } from '../src/node.ts'
import type { LogEntry } from '../src/protocol/history.ts'
import { git, smallDatabase, temporaryFolder, writeFiles } from '../test/support/git-repositories.ts'
import { runCli } from './run.testing.ts'

const ie = 'geo/countries/$records/ie.json'
const foot = 'units/$records/foot.yaml'
const folder = temporaryFolder()
const path = join(folder.path, 'data')
let db: Database

/** A history with a merge, partly packed, and a field with a working change. */
beforeAll(async () => {
  mkdirSync(path)
  git(path, 'init', '-q', '-b', 'main')
  writeFiles(path, smallDatabase)
  commit('Start')
  git(path, 'tag', 'v1')
  git(path, 'switch', '-q', '-c', 'draft')
  edit(ie, '5262382', '5300000')
  commit('Count the Irish')
  git(path, 'switch', '-q', 'main')
  edit(foot, '0.3048', '0.305')
  commit('Round the foot', 'Ada')
  git(path, 'gc', '-q')
  git(path, 'merge', '-q', '--no-edit', 'draft')
  edit(ie, 'Irland', 'Éire')
  commit('Names')
  db = await openCopy(path)
})

afterAll(async () => {
  await db.close()
  folder.remove()
})

async function openCopy(repository: string): Promise<Database> {
  const file = join(folder.path, 'copy.bundle')
  git(repository, 'bundle', 'create', '-q', file, '--all')
  return open('https://example.com/copy.git', { bundle: new Uint8Array(readFileSync(file)), branch: 'main' })
}

let clock = 1_700_000_000
function commit(message: string, author = 'Grace'): void {
  clock += 86_400
  git(path, 'add', '-A')
  const date = `${clock} +0100`
  execFileSync('git', ['commit', '-q', '-m', message, '--author', `${author} <${author}@example.com>`], {
    cwd: path,
    env: {
      PATH: process.env['PATH'] ?? '',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
      GIT_COMMITTER_NAME: 'Grace',
      GIT_COMMITTER_EMAIL: 'grace@example.com',
    },
  })
}

function edit(file: string, from: string, to: string): void {
  const text = readFileSync(join(path, file), 'utf8')
  expect(text).toContain(from)
  writeFileSync(join(path, file), text.replace(from, to))
}

async function json(argv: readonly string[], cwd = path): Promise<Record<string, unknown>> {
  const { code, out, err } = await runCli(cwd, [...argv, '--json'])
  expect(err).toBe('')
  expect(code).toBe(0)
  return JSON.parse(out) as Record<string, unknown>
}

async function idsOf(...argv: readonly string[]): Promise<readonly string[]> {
  const { commits } = await json(['log', ...argv])
  return (commits as readonly LogEntry[]).map(({ oid }) => oid)
}

function native(...argv: readonly string[]): readonly string[] {
  return git(path, 'log', '--format=%H', ...argv)
    .split('\n')
    .filter((line) => line !== '')
}

test('log lists what git log lists, whatever it is filtered by', async () => {
  expect(await idsOf()).toEqual(native())
  expect(await idsOf('v1')).toEqual(native('v1'))
  expect(await idsOf('--limit', '2')).toEqual(native('-n', '2'))
  expect(await idsOf('--author', 'ada')).toEqual(native('--author', 'Ada'))
  expect(await idsOf('--text', 'IRISH')).toEqual(native('--grep', 'Irish'))
  expect(await idsOf('--since', '2023-11-17T00:00:00Z')).toEqual(native('--since', '2023-11-17T00:00:00Z'))
  expect(await idsOf('--until', '2023-11-17T00:00:00Z')).toEqual(native('--until', '2023-11-17T00:00:00Z'))
  expect(await idsOf('--record', 'geo.countries/ie')).toEqual(native('--', ie))
  expect(await idsOf('--collection', 'units')).toEqual(native('--', 'units/$records'))
  expect((await idsOf('--record', 'units/foot')).length).toBe(2)
  expect(await idsOf('--since', '3 days ago')).toEqual([])
})

test('log, history and blame say what the SDK says', async () => {
  expect((await json(['log']))['commits']).toEqual(await db.log())
  const lanes = (entries: readonly LogEntry[]): unknown =>
    entries.map(({ graph }) => [graph?.lane, graph?.parentLanes])
  expect(lanes((await json(['log', '--graph']))['commits'] as LogEntry[])).toEqual(
    lanes(await db.log({ graph: true })),
  )
  const countries = db.collection('geo.countries')
  expect((await json(['history', 'geo.countries', 'ie']))['versions']).toEqual(await countries.history('ie'))
  expect((await json(['history', 'geo.countries/ie', 'population']))['versions']).toEqual(
    await countries.history('ie', { fields: ['population'] }),
  )
  expect((await json(['blame', 'geo.countries', 'ie']))['fields']).toEqual(await countries.blame('ie'))
})

test('blame names the commits that git blame names, and what is not committed', async () => {
  // One field on each line, so that lines stand for fields.
  const lines = git(path, 'blame', '-s', '-l', '--root', ie).split('\n')
  const { fields } = (await json(['blame', 'geo.countries/ie'])) as {
    fields: readonly { field: string; commit: { oid: string } | null }[]
  }
  for (const { field, commit } of fields)
    expect(lines.find((line) => line.includes(`"${field}"`))).toContain(commit?.oid)
  edit(ie, '"Ireland"', '"Eire"')
  const { out } = await runCli(path, ['blame', 'geo.countries', 'ie'])
  git(path, 'checkout', '-q', ie)
  expect(out).toMatch(
    /^uncommitted +name: "Eire"\n[0-9a-f]{10} {2}2023-11-16 .*Grace {2}population: 5300000\n/,
  )
  expect(await runCli(path, ['blame', 'units', 'inch'])).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('(record/missing)'),
  })
  expect((await runCli(path, ['blame', 'units', 'foot', '--commit', 'v1'])).out).toContain('factor: 0.3048')
})

test('they are for people to read', async () => {
  const id = native('-n', '1')[0]?.slice(0, 10) ?? ''
  expect((await runCli(path, ['log', '-n', '1'])).out).toBe(`${id} 2023-11-18 23:13  Grace  Names (main)\n`)
  const drawing = (await runCli(path, ['log', '--graph'])).out
  expect(drawing.replaceAll(/[0-9a-f]{10}.*/g, 'x')).toBe('* x\n* x\n|\\\n* | x\n| * x\n|/\n* x\n')
  expect((await runCli(path, ['history', 'units', 'foot'])).out).toMatch(
    /Ada {4}Round the foot {2}modified\n {2}factor: 0.3048 → 0.305\n.*Start {2}added\n {2}symbol: absent → "ft"\n/,
  )
})

test('a long value is cut for people, and whole in JSON', async () => {
  const long = 'x'.repeat(1000)
  edit(foot, '"ft"', `"${long}"`)
  const { out } = await runCli(path, ['diff'])
  const { records } = await json(['diff'])
  git(path, 'checkout', '-q', foot)
  expect(out).toMatch(/ {2}symbol: "ft" → "x{159}… \(1002 characters\)\n/)
  expect(records).toMatchObject([{ after: { symbol: long } }])
  expect((await runCli(path, ['history', 'units', 'foot', 'nothing'])).out).toBe(
    'No commit has changed nothing of units/foot.\n',
  )
})

test('a database below the top of its repository has the same history', async () => {
  const top = join(folder.path, 'top')
  git(folder.path, 'clone', '-q', path, top)
  mkdirSync(join(top, 'reference/data'), { recursive: true })
  for (const name of ['.ingitdb', 'geo', 'units'])
    renameSync(join(top, name), join(top, 'reference/data', name))
  git(top, 'add', '-A')
  git(top, 'commit', '-q', '-m', 'Move')
  const data = join(top, 'reference/data')
  writeFileSync(join(data, 'units/$records/foot.yaml'), 'symbol: ft\n')
  git(top, 'commit', '-q', '-a', '-m', 'Less')
  const { versions } = (await json(['history', 'units', 'foot'], data)) as {
    versions: readonly { kind: string; commit: { oid: string } }[]
  }
  expect(versions.map(({ kind, commit: { oid } }) => [kind, oid])).toEqual(
    git(top, 'log', '--format=%H', '--', 'reference/data/units/$records/foot.yaml')
      .trim()
      .split('\n')
      .map((oid, at) => [at === 0 ? 'modified' : 'added', oid]),
  )
  rmSync(top, { recursive: true })
})

test('bundles and bare repositories have history too', async () => {
  const bundle = join(folder.path, 'all.bundle')
  git(path, 'bundle', 'create', '-q', bundle, '--all')
  const bare = join(folder.path, 'bare.git')
  git(folder.path, 'clone', '-q', '--bare', path, bare)
  for (const database of [bundle, bare]) {
    expect(await idsOf('-d', database)).toEqual(native())
    const { fields } = await json(['blame', 'geo.countries', 'ie', '-d', database])
    expect(fields).toEqual(await db.collection('geo.countries').blame('ie'))
  }
})

test('what cannot be answered says why', async () => {
  const wrong: readonly (readonly [number, readonly string[], RegExp])[] = [
    [2, ['history'], /<collection> is missing: The id/],
    [2, ['history', 'units'], /Name the record/],
    [2, ['history', 'nothing', 'x'], /record\/collection-missing/],
    [2, ['blame', 'units/foot', 'factor', 'x'], /one argument too many/],
    [2, ['log', '--limit', '0'], /--limit/],
    [2, ['log', '--since', 'soon'], /--since takes/],
    [2, ['log', '--graph', '--author', 'ada'], /--graph/],
    [2, ['log', '--record', 'ie'], /collection/],
    [2, ['log', '--record', 'units/foot', '--collection', 'units'], /not both/],
    [1, ['history', 'units', 'inch'], /never had a record "inch".*record\/missing/],
    [3, ['log', 'nowhere'], /git\/ref-missing/],
  ]
  for (const [code, argv, message] of wrong)
    expect(await runCli(path, argv)).toMatchObject({ code, out: '', err: expect.stringMatching(message) })
  const plain = temporaryFolder()
  writeFiles(plain.path, smallDatabase)
  expect(await runCli(plain.path, ['log'])).toMatchObject({
    code: 3,
    err: expect.stringContaining('remote/not-found'),
  })
  plain.remove()
})
