import { mkdirSync, renameSync, symlinkSync, writeFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { useGitHost } from '../test/support/git-host.ts'
import {
  commitAll,
  git,
  makeBareRepository,
  makeRepository,
  smallDatabase,
  temporaryFolder,
  writeFiles,
} from '../test/support/git-repositories.ts'
import { runCli } from './run.testing.ts'

const host = useGitHost({ auth: { username: 'ada', password: 'secret' }, authReads: true })
let folder: ReturnType<typeof temporaryFolder>
let path: string

/** A repository whose database lies in a folder of it, with one commit. */
beforeEach(() => {
  folder = temporaryFolder()
  path = join(folder.path, 'repository')
  makeRepository(path, below(smallDatabase))
})

afterEach(() => folder.remove())

function below(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`data/${name}`, text]))
}

function write(files: Readonly<Record<string, string>>): void {
  writeFiles(path, below(files))
}

const commit = (message: string): string => commitAll(path, message)

const badPopulation = '{\n  "name": "Ireland",\n  "population": "many"\n}\n'
const irelandFile = 'geo/countries/$records/ie.json'

test('a valid folder exits with 0 and says what was checked', async () => {
  expect(await runCli(path, ['validate', 'data'])).toEqual({
    code: 0,
    out: 'Valid: 2 collections, 5 records, no issues.\n',
    err: '',
  })
})

test('issues are printed by file with line and column, and exit with 1', async () => {
  write({ [irelandFile]: badPopulation })
  const { code, out } = await runCli(path, ['validate', '--database', 'data'])
  expect(code).toBe(1)
  expect(out).toContain(`${irelandFile}\n  3:17 error ie: `)
  expect(out).toContain('validation/type')
  expect(out).toMatch(/1 error in 2 collections, 5 records\.\n$/)
})

test('without a name it takes the database around the current folder', async () => {
  const outcome = await runCli(join(path, 'data/geo/countries'), ['validate'])
  expect(outcome).toMatchObject({ code: 0, out: expect.stringContaining('2 collections') })
})

test('JSON output is one document of a stated version with every field of the issues', async () => {
  write({ [irelandFile]: badPopulation })
  const { code, out } = await runCli(path, ['validate', 'data', '--format', 'json'])
  expect(code).toBe(1)
  expect(JSON.parse(out)).toEqual({
    version: 1,
    database: 'data',
    commit: null,
    from: null,
    valid: false,
    checked: { collections: 2, records: 5 },
    issues: [
      {
        code: 'validation/type',
        severity: 'error',
        message: expect.any(String),
        file: irelandFile,
        line: 3,
        column: 17,
        collection: 'geo.countries',
        key: 'ie',
        path: ['population'],
        expected: 'int',
        actual: 'many',
      },
    ],
  })
})

test('GitHub output is an annotation per issue, with paths from the top of the repository, and a summary', async () => {
  write({ [irelandFile]: badPopulation })
  const summary = join(folder.path, 'summary.md')
  const { code, out } = await runCli(path, ['validate', 'data', '--format', 'github'], {
    env: { GITHUB_STEP_SUMMARY: summary },
  })
  expect(code).toBe(1)
  expect(out.split('\n')[0]).toMatch(
    /^::error file=data\/geo\/countries\/\$records\/ie\.json,line=3,col=17,title=validation\/type \(ie\)::\S/,
  )
  expect(readFileSync(summary, 'utf8')).toContain('1 error in 2 collections')
})

test('what stands in files cannot forge annotations or steer the terminal', async () => {
  const evil = 'x%0A::error::forged\\n::set-env name=A::b\\u001b[2J\\u202e'
  write({ [irelandFile]: `{ "name": "Ireland", "${evil}": 1 }\n` })
  const github = await runCli(path, ['validate', 'data', '--format', 'github'])
  expect(github.out.split('\n').filter((line) => line.startsWith('::'))).toHaveLength(1)
  expect(github.out).toContain('%250A')
  const text = await runCli(path, ['validate', 'data'], { isTerminal: false })
  for (const evilChar of ['\u001B', '\u202E', '\n::']) expect(text.out).not.toContain(evilChar)
})

test('a commit is checked as git holds it, by branch, tag, id, short id and ancestor', async () => {
  write({ [irelandFile]: badPopulation })
  const bad = commit('Break Ireland')
  git(path, 'tag', '-a', 'broken', '-m', 'Broken')
  write({ [irelandFile]: smallDatabase[irelandFile] ?? '' })
  commit('Repair Ireland')
  for (const revision of ['main', 'HEAD', 'main~2', 'HEAD^^', 'HEAD~1^1'])
    expect((await runCli(path, ['validate', 'data', '--commit', revision])).code, revision).toBe(0)
  for (const revision of ['main~1', 'HEAD^', 'broken', bad, bad.slice(0, 8)])
    expect((await runCli(path, ['validate', 'data', '--commit', revision])).code, revision).toBe(1)
  expect(await runCli(path, ['validate', 'data', '--commit', 'main~9'])).toMatchObject({
    code: 3,
    err: expect.stringContaining('git/ref-missing'),
  })
})

test('between two commits only what can have become wrong is checked', async () => {
  write({ 'units/$records/inch.yaml': 'symbol: 5\n' })
  commit('A broken unit, of long ago')
  write({ [irelandFile]: badPopulation })
  commit('A broken country, of now')
  const { code, out } = await runCli(path, [
    'validate',
    'data',
    '--from',
    'HEAD~1',
    '--to',
    'HEAD',
    '--format=json',
  ])
  expect(code).toBe(1)
  const report = JSON.parse(out) as { issues: { file: string }[]; checked: object }
  expect(report.issues.map(({ file }) => file)).toEqual([irelandFile])
  expect(report.checked).toEqual({ collections: 1, records: 1 })
  expect((await runCli(path, ['validate', 'data', '--from', 'HEAD', '--to', 'HEAD'])).code).toBe(0)
})

test('without --to the files in the folder are compared, committed or not', async () => {
  expect((await runCli(path, ['validate', 'data', '--from', 'HEAD'])).out).toMatch(/0 records, no issues/)
  write({ [irelandFile]: badPopulation })
  const { code, out } = await runCli(path, ['validate', 'data', '--from', 'HEAD', '--format', 'json'])
  expect(code).toBe(1)
  expect(JSON.parse(out)).toMatchObject({ commit: null, from: 'HEAD', checked: { records: 1 } })
})

test('a change of a definition checks its whole collection', async () => {
  const definition = 'units/.collection/definition.yaml'
  write({ [definition]: (smallDatabase[definition] ?? '').replace('type: float', 'type: bool') })
  commit('Another type')
  const { code, out } = await runCli(path, ['validate', 'data', '--from', 'HEAD~1', '--to', 'HEAD'])
  expect(code).toBe(1)
  expect(out).toContain('2 errors in 1 collection, 2 records')
})

test('parts can be chosen: definitions, records, collections', async () => {
  write({ [irelandFile]: badPopulation, 'units/$records/inch.yaml': 'symbol: 5\n' })
  expect((await runCli(path, ['validate', 'data', '--only', 'definitions'])).code).toBe(0)
  const { out } = await runCli(path, ['validate', 'data', '--collection', 'units', '--format', 'json'])
  expect(JSON.parse(out)).toMatchObject({ issues: [{ collection: 'units' }], checked: { collections: 1 } })
  expect(await runCli(path, ['validate', 'data', '--collection', 'nope'])).toMatchObject({ code: 2 })
})

test('a remote repository is fetched and checked, its revisions too', async () => {
  const { url } = host.make('data')
  const env = { ESPALIER_USERNAME: 'ada', ESPALIER_TOKEN: 'secret' }
  expect(await runCli(path, ['validate', url], { env })).toMatchObject({
    code: 0,
    out: 'Valid: 2 collections, 5 records, no issues.\n',
  })
  expect(await runCli(path, ['validate', url, '--commit', 'main'], { env })).toMatchObject({ code: 0 })
  const refused = await runCli(path, ['validate', url])
  expect(refused).toMatchObject({ code: 3, err: expect.stringContaining('remote/unauthorized') })
  const wrong = await runCli(path, ['validate', url], { env: { ...env, ESPALIER_TOKEN: 'wrong' } })
  expect(wrong.code).toBe(3)
  expect(wrong.err + wrong.out).not.toContain('wrong')
})

test('a bare repository and a bundle are opened at their HEAD', async () => {
  const bare = makeBareRepository(folder.path, 'bare')
  expect(await runCli(folder.path, ['validate', 'bare.git'])).toMatchObject({ code: 0 })
  git(bare, 'bundle', 'create', join(folder.path, 'all.bundle'), '--all', 'HEAD')
  expect(await runCli(folder.path, ['validate', 'all.bundle'])).toMatchObject({
    code: 0,
    out: 'Valid: 2 collections, 5 records, no issues.\n',
  })
})

test('what cannot be opened exits with 3, and says the code and the way out', async () => {
  mkdirSync(join(folder.path, 'empty'))
  expect(await runCli(folder.path, ['validate', 'empty'])).toMatchObject({
    code: 3,
    out: '',
    err: expect.stringMatching(/^espalier: .*\(format\/not-a-database\)\n$/s),
  })
  expect(await runCli(folder.path, ['validate', 'nowhere'])).toMatchObject({ code: 3 })
  expect(await runCli(folder.path, ['validate', 'git@example.com:a/b.git'])).toMatchObject({
    code: 3,
    err: expect.stringContaining('remote/bad-url'),
  })
  expect(await runCli(folder.path, ['validate', 'empty', '--commit', 'main'])).toMatchObject({
    code: 3,
    err: expect.stringContaining('not in a git repository'),
  })
})

test('symbolic links are not followed, as in a commit', async () => {
  const outside = join(folder.path, 'outside.json')
  writeFileSync(outside, badPopulation)
  symlinkSync(outside, join(path, 'data/geo/countries/$records/xx.json'))
  renameSync(join(path, 'data/units/$records'), join(folder.path, 'records'))
  symlinkSync(join(folder.path, 'records'), join(path, 'data/units/$records'))
  const { code, out } = await runCli(path, ['validate', 'data', '--format', 'json'])
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ checked: { records: 3 } })
})

test('a database below a symbolic link is opened like any other', async () => {
  symlinkSync(join(path, 'data'), join(folder.path, 'link'))
  expect(await runCli(folder.path, ['validate', 'link'])).toMatchObject({ code: 0 })
})

test('strategies of merges that nobody knows are issues', async () => {
  write({ '.ingitdb/espalier.yaml': 'merge:\n  strategies:\n    units: { symbol: set, factor: sum }\n' })
  const { code, out } = await runCli(join(path, 'data'), ['validate'])
  expect(code).toBe(1)
  expect(out).toContain('units.factor is "sum", which is no strategy')
  expect(out).toContain('.ingitdb/espalier.yaml\n  3:27 error')
  write({ '.ingitdb/espalier.yaml': 'merge:\n  strategies:\n    units: { symbol: set }\n' })
  expect((await runCli(join(path, 'data'), ['validate'])).code).toBe(0)
})
