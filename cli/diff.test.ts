import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
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
