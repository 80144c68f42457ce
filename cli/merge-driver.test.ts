import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { open } from '../src/node.ts'
import type { Branch } from '../src/client/database.ts'
import type { Json, RecordValue } from '../src/protocol/records.ts'
import { readDatabaseSchema } from '../worker/format/schema/schema.ts'
import { recordSetCodecFor } from '../worker/format/record-set-codec.ts'
import { equalValues } from '../worker/format/record-diff.ts'
import { mergeRecord } from '../worker/merge/merge-record.ts'
import { mergeRules } from '../worker/merge/merge-rules.ts'
import { hasDemoDatabase } from '../test/support/demo-repository.ts'
import { git, smallDatabase, temporaryFolder, writeFiles } from '../test/support/git-repositories.ts'
import { useDemoWorld } from '../test/engine/demo-world.ts'
import { until } from '../test/engine/world.ts'
import { mergeFile } from './merge/merge-file.ts'
import { runCli, type CliOutcome } from './run.testing.ts'
import { createFolderTree } from './source/folder-tree.ts'
import { nodePlugins } from './source/node-plugins.ts'

const cities = ['id,name,size', 'berlin,Berlin,1', 'hamburg,Hamburg,2', 'paris,Paris,3', ''].join('\n')
const files: Readonly<Record<string, string>> = {
  ...smallDatabase,
  '.ingitdb/root-collections.yaml': `cities: cities\n${smallDatabase['.ingitdb/root-collections.yaml']}`,
  'cities/.collection/definition.yaml':
    'record_file:\n  name: cities.csv\n  format: csv\n  type: "[]map[string]any"\ncolumns:\n  id:\n    type: string\n  name:\n    type: string\n  size:\n    type: int\ncolumns_order: [id, name, size]\nprimary_key: [id]\n',
  'cities/cities.csv': cities,
  'notes.txt': 'one\ntwo\nthree\nfour\nfive\n',
}

describe('the merge driver', () => {
  const folder = temporaryFolder()
  let count = 0
  const built = join(folder.path, 'cli')
  const driver = `"${process.execPath}" "${join(built, 'main.js')}" merge-driver`
  // Git starts the driver for each file: as one program that needs no loader.
  beforeAll(async () => {
    await build({
      root: resolve(import.meta.dirname, '..'),
      configFile: false,
      logLevel: 'error',
      ssr: { noExternal: true },
      build: { ssr: 'cli/main.ts', outDir: built, target: 'node20' },
    })
  })
  afterAll(() => folder.remove())

  const repository = async (content = files): Promise<string> => {
    const path = join(folder.path, `work-${++count}`)
    mkdirSync(path)
    git(path, 'init', '-q', '-b', 'main')
    writeFiles(path, content)
    git(path, 'add', '-A')
    git(path, 'commit', '-q', '-m', 'Start')
    expect(await runCli(path, ['setup', '--driver', driver])).toMatchObject({ code: 0, err: '' })
    git(path, 'add', '-A')
    git(path, 'commit', '-q', '-m', 'Setup')
    return path
  }
  const change = (path: string, edits: Readonly<Record<string, readonly [string, string]>>): void => {
    for (const [name, [from, to]] of Object.entries(edits)) {
      const text = readFileSync(join(path, name), 'utf8')
      expect(text).toContain(from)
      writeFileSync(join(path, name), text.replace(from, to))
    }
    git(path, 'commit', '-q', '-a', '-m', 'Edit')
  }
  /** Two branches from one commit; `main` is checked out. */
  const fork = (
    path: string,
    ours: Readonly<Record<string, readonly [string, string]>>,
    theirs: Readonly<Record<string, readonly [string, string]>>,
  ): void => {
    git(path, 'switch', '-q', '-c', 'draft')
    change(path, theirs)
    git(path, 'switch', '-q', 'main')
    change(path, ours)
  }
  const read = (path: string, name: string): string => readFileSync(join(path, name), 'utf8')
  const run = (
    path: string,
    ...args: readonly string[]
  ): { readonly status: number | null; text: string } => {
    const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
    const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com']
    const { status, stdout, stderr } = spawnSync('git', [...who, ...args], {
      cwd: path,
      env,
      encoding: 'utf8',
    })
    return { status, text: stdout + stderr }
  }

  const ie = 'geo/countries/$records/ie.json'
  const unit = 'units/$records/foot.yaml'
  const ours = {
    [ie]: ['5262382', '5300000'],
    'cities/cities.csv': ['Berlin,1', 'Berlin,10'],
    'units/.collection/definition.yaml': ['columns:\n', 'columns:\n  since:\n    type: int\n'],
    'notes.txt': ['one', 'ONE'],
  } as const
  const theirs = {
    [ie]: ['"de": "Irland"', '"de": "Éire"'],
    'cities/cities.csv': ['Hamburg,2', 'Hamburg,20'],
    'units/.collection/definition.yaml': ['columns:\n', 'columns:\n  note:\n    type: string\n'],
    'notes.txt': ['five', 'FIVE'],
  } as const

  test.each([['merge', '-m', 'Merged', 'draft'] as const, ['rebase', 'draft'] as const])(
    'git %s takes both sides of records, rows and definitions whose lines collide',
    async (...args) => {
      const path = await repository()
      fork(path, ours, theirs)
      expect(run(path, ...args)).toMatchObject({ status: 0 })
      expect(read(path, ie)).toBe(
        '{\n  "name": "Ireland",\n  "population": 5300000,\n  "names": { "de": "Éire" }\n}\n',
      )
      expect(read(path, 'cities/cities.csv')).toBe(
        cities.replace('Berlin,1', 'Berlin,10').replace('Hamburg,2', 'Hamburg,20'),
      )
      expect(read(path, 'units/.collection/definition.yaml')).toMatch(/since:\n[^]*note:|note:\n[^]*since:/)
      expect(read(path, 'notes.txt')).toBe('ONE\ntwo\nthree\nfour\nFIVE\n')
      expect((await runCli(path, ['validate'])).code).toBe(0)
      expect(git(path, 'fsck', '--strict')).toBe('')
    },
  )

  test('a conflict is told by field, marked in the file, and left to git', async () => {
    const path = await repository()
    fork(path, { [ie]: ['5262382', '1'] }, { [ie]: ['5262382', '2'] })
    const merged = run(path, 'merge', 'draft')
    expect(merged.status).toBe(1)
    expect(merged.text).toContain(
      'CONFLICT (edit/edit): geo.countries/ie population: base 5262382, ours 1, theirs 2',
    )
    expect(read(path, ie)).toContain(
      '<<<<<<< ours\n  "population": 1,\n=======\n  "population": 2,\n>>>>>>> theirs',
    )
    expect(git(path, 'diff', '--name-only', '--diff-filter=U').trim()).toBe(ie)
    expect(run(path, 'merge', '--abort').status).toBe(0)
  })

  test('what it cannot keep or merge is told on standard error, with file and record', async () => {
    const nested = Object.fromEntries(Object.entries(files).map(([name, text]) => [`below/${name}`, text]))
    const path = await repository({
      ...nested,
      '.ingitdb/root-collections.yaml': 'inner: below/units\n',
      'below/units/picture.bin': 'a\0b\n',
    })
    const below = `below/${unit}`
    const driven = async (
      name: string,
      base: string,
      ours_: string,
      theirs_: string,
    ): Promise<CliOutcome> => {
      writeFiles(path, { base, ours: ours_, theirs: theirs_ })
      return runCli(path, ['merge-driver', 'base', 'ours', 'theirs', name])
    }
    expect(await driven(below, 'factor: 1\n', 'factor: 2 # ours\n', 'factor: 1 # theirs\n')).toEqual({
      code: 0,
      out: '',
      err: `${below}: inner/foot: warning: A comment has no place in the merged file, as both sides changed its lines: "theirs".\n`,
    })
    expect(read(path, 'ours')).toBe('factor: 2 # ours\n')
    // The database at the top does not know it, the one below does.
    const country = `below/${ie}`
    expect(
      await driven(country, '{"population":1}\n', '{"population":2}\n', '{"population":3}\n'),
    ).toMatchObject({
      code: 1,
      err: expect.stringContaining(
        'CONFLICT (edit/edit): geo.countries/ie population: base 1, ours 2, theirs 3\n',
      ),
    })
    expect(await driven('below/units/picture.bin', 'a\0b\n', 'a\0c\n', 'a\0d\n')).toEqual({
      code: 1,
      out: '',
      err: 'CONFLICT (file): below/units/picture.bin: changed by both, and no text; ours stays\n',
    })
    expect(read(path, 'ours')).toBe('a\0c\n')
  })

  test('git merge, espalier merge and the SDK keep to what the repository declares of a set and a counter', async () => {
    const definition = 'units/.collection/definition.yaml'
    const path = await repository({
      ...files,
      '.ingitdb/espalier.yaml': 'merge:\n  strategies:\n    units:\n      tags: set\n      seen: counter\n',
      [definition]: `${files[definition] ?? ''}  tags:\n    type: "[]string"\n  seen:\n    type: int\n`,
      [unit]: 'seen: 5\ntags: [a, b, c]\n',
    })
    fork(
      path,
      { [unit]: ['5\ntags: [a, b, c]', '7\ntags: [c, a, b, d]'] },
      { [unit]: ['5\ntags: [a, b', '6\ntags: [b, a, e'] },
    )
    const bundle = join(folder.path, 'strategies.bundle')
    git(path, 'bundle', 'create', '-q', bundle, '--all')
    const db = await open('https://example.com/strategies.git', {
      bundle: new Uint8Array(readFileSync(bundle)),
    })
    expect((await (await db.merge.start('draft')).commit()).status).toBe('merged')
    writeFileSync(bundle, await db.exportBundle())
    git(path, 'fetch', '-q', bundle, 'main')
    const expected = git(path, 'show', `FETCH_HEAD:${unit}`)
    expect(await db.collection('units').get('foot')).toMatchObject({
      seen: 8,
      tags: ['c', 'a', 'e', 'b', 'd'],
    })
    await db.close()

    git(path, 'switch', '-q', '-c', 'native')
    const merged = run(path, 'merge', '-m', 'Merged', 'draft')
    expect(merged, merged.text).toMatchObject({ status: 0 })
    expect(read(path, unit)).toBe(expected)
    git(path, 'switch', '-q', 'main')
    // Rules that name no strategy stop a merge; those of the command line go before the file's.
    git(path, 'switch', '-q', '-c', 'ours')
    expect(
      await runCli(path, ['merge', 'draft', '--dry-run', '--strategy', 'units.seen=atomic']),
    ).toMatchObject({ code: 1 })
    expect(await runCli(path, ['merge', 'draft'])).toMatchObject({ code: 0, err: '' })
    expect(read(path, unit)).toBe(expected)
    change(path, { '.ingitdb/espalier.yaml': ['counter', 'sum'] })
    expect(await runCli(path, ['merge', 'main~1', '--no-ff'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('units.seen is "sum"'),
    })
  })

  test('a soft delete against an edit conflicts in git merge where the repository declares its mark', async () => {
    const definition = 'units/.collection/definition.yaml'
    const mark = 'deletedAt: 2026-01-01T00:00:00.000Z\n'
    const path = await repository({
      ...files,
      '.ingitdb/espalier.yaml': 'merge:\n  strategies:\n    units: { deletedAt: soft-delete }\n',
      [definition]: `${files[definition] ?? ''}  deletedAt:\n    type: datetime\n`,
      [unit]: 'symbol: ft\nfactor: 0.3048\n',
    })
    fork(path, { [unit]: ['0.3048\n', `0.3048\n${mark}`] }, { [unit]: ['ft', 'precious'] })
    const merged = run(path, 'merge', 'draft')
    expect(merged.text).toContain('CONFLICT (delete/edit): units/foot deletedAt: base absent')
    expect(merged.status).toBe(1)
    expect(await runCli(path, ['conflicts', 'resolve', '--take', 'ours'])).toMatchObject({ code: 0 })
    expect(read(path, unit)).toBe(`symbol: precious\nfactor: 0.3048\n${mark}`)
  })

  test('rows without a key merge by counting them, as in the SDK, and conflict where they do there', async () => {
    const rows = 'rows/rows.csv'
    const path = await repository({
      ...files,
      '.ingitdb/root-collections.yaml': 'rows: rows\n',
      'rows/.collection/definition.yaml':
        'record_file:\n  name: rows.csv\n  format: csv\n  type: "[]map[string]any"\ncolumns:\n  x:\n    type: int\n  y:\n    type: string\n',
      [rows]: 'x,y\n1,a\n1,a\n2,b\n3,c\n',
    })
    fork(path, { [rows]: ['1,a\n1,a\n2,b\n3,c\n', '1,a\n2,b\n3,c\n4,d\n'] }, { [rows]: ['3,c', '5,e\n4,d'] })
    expect(run(path, 'merge', '-m', 'Merged', 'draft')).toMatchObject({ status: 0 })
    const native = read(path, rows)
    expect(native.trim().split('\n').sort()).toEqual(['1,a', '2,b', '4,d', '5,e', 'x,y'])
    git(path, 'reset', '-q', '--hard', 'HEAD^')
    expect(await runCli(path, ['merge', 'draft'])).toMatchObject({ code: 0 })
    expect(read(path, rows)).toBe(native)

    // One side has more of a row and the other fewer: the lines merge, the rows do not.
    const driven = (base: string, ours_: string, theirs_: string): Promise<CliOutcome> => {
      writeFiles(path, { base, ours: ours_, theirs: theirs_ })
      return runCli(path, ['merge-driver', 'base', 'ours', 'theirs', rows])
    }
    const base = 'x,y\n1,a\n2,b\n3,c\n4,d\n1,a\n'
    expect(
      await driven(base, base.replace('1,a\n2', '2'), base.replace('4,d\n1,a', '4,d\n1,a\n1,a')),
    ).toMatchObject({
      code: 1,
      err: expect.stringContaining(`CONFLICT (file): ${rows}: changed by both, and its rows have no key\n`),
    })
    expect(read(path, 'ours')).toContain('<<<<<<< ours\n')
  })

  test('setup can be run again, and keeps what .gitattributes says', async () => {
    const path = await repository()
    const first = read(path, '.gitattributes')
    expect(first.split('\n')).toEqual([
      expect.stringMatching(/^# /),
      '/.ingitdb/** merge=espalier',
      '/cities/** merge=espalier',
      '/geo/countries/** merge=espalier',
      '/units/** merge=espalier',
      expect.stringMatching(/^# /),
      '',
    ])
    writeFileSync(join(path, '.gitattributes'), `*.png binary\n${first}*.csv text\n`)
    expect((await runCli(path, ['setup'])).out).toContain('up to date')
    expect(read(path, '.gitattributes')).toBe(`*.png binary\n${first}*.csv text\n`)
    expect(git(path, 'config', 'merge.espalier.driver').trim()).toBe('npx espalier merge-driver %O %A %B %P')
    expect(git(path, 'check-attr', 'merge', ie)).toContain('merge: espalier')
    const outside = join(folder.path, 'outside')
    writeFiles(outside, files)
    expect((await runCli(outside, ['setup'])).code).toBe(2)
  })

  test('files of many records hold what merging each record gives', async () => {
    const path = await repository()
    const schema = await readDatabaseSchema(await createFolderTree(path), { plugins: nodePlugins })
    const definition = schema.collections.get('cities')
    const codec = definition && recordSetCodecFor(definition, { plugins: nodePlugins })
    if (!codec || !definition) throw new Error('The collection is not readable')
    const row = fc.record(
      { name: fc.constantFrom('A', 'B', 'C'), size: fc.integer({ min: 0, max: 3 }) },
      { requiredKeys: ['name'] },
    )
    const side = fc
      .dictionary(fc.constantFrom('k1', 'k2', 'k3', 'k4'), row)
      .map((rows) => new Map(Object.entries(rows).map(([id, value]) => [id, { id, ...value }])))
    await fc.assert(
      fc.asyncProperty(side, side, side, async (base, mine, other) => {
        const bytes = (records: ReadonlyMap<string, RecordValue>): Uint8Array => codec.create(records)
        const sides = { base: bytes(base), ours: bytes(mine), theirs: bytes(other) }
        const values = [sides.base, sides.ours, sides.theirs].map((each) => codec.parse(each).records)
        const merged = await mergeFile({ schema, options: {} }, 'cities/cities.csv', sides)
        const found = codec.parse(merged?.bytes ?? new Uint8Array()).records
        let conflicts = 0
        for (const key of ['k1', 'k2', 'k3', 'k4']) {
          const [one, two, three] = values.map((records) => records.get(key))
          const expected = mergeRecord(
            { base: one, ours: two, theirs: three },
            mergeRules(definition, 'field'),
          )
          expect(equalValues(found.get(key), expected.value), key).toBe(true)
          conflicts += expected.conflicts.length
        }
        expect(merged?.conflicts).toHaveLength(conflicts)
      }),
      {
        numRuns: process.env['ESPALIER_LONG'] ? 10_000 : 1000,
        seed: Number(process.env['ESPALIER_SEED'] ?? 9),
      },
    )
  })

  describe.runIf(hasDemoDatabase('merge driver on the demo database'))('on the demo database', () => {
    const demo = useDemoWorld()

    test('git merge and git rebase give the records that the SDK gives', async () => {
      const { bare, db } = demo
      await until('history', async () => (await db.status()).history === 'full')
      const { collections } = await db.collections()
      const ids = collections
        .map(({ definition }) => definition)
        .filter(({ readable }) => readable.ok)
        .map(({ id }) => id)
      const [mine, other] = [await db.branches.create('mine'), await db.branches.create('other')]
      // Two fields of one record, in some collections of each format, changed on one side each.
      const edited = new Set<string>()
      const formats = new Map<string, number>()
      for (const { definition, count: size } of collections) {
        const { format } = definition.recordFile
        if (!ids.includes(definition.id) || !size || (formats.get(format) ?? 0) >= 1) continue
        const [row] = await db.collection(definition.id).all()
        const names = Object.entries(row ?? {}).flatMap(([name, value]) =>
          typeof value === 'string' && !name.startsWith('$') && !/^(id|key|code)$|\n/.test(name + value)
            ? [name]
            : [],
        )
        const [one, two] = names.filter((name) => !definition.primaryKey.includes(name))
        if (!row || one === undefined || two === undefined) continue
        const edit = async (branch: Branch, name: string): Promise<void> =>
          void (await branch.collection(definition.id).update(row.$id, { [name]: `${String(row[name])} x` }))
        try {
          await edit(mine, one)
          await edit(other, two)
        } catch {
          await mine.discard({ collection: definition.id })
          continue
        }
        edited.add(definition.id)
        formats.set(format, (formats.get(format) ?? 0) + 1)
      }
      expect(edited.size).toBeGreaterThan(2)
      for (const branch of [mine, other]) {
        await branch.commit({ message: 'Edit' })
        await branch.push()
      }
      const recordsOf = async (branch: Pick<Branch, 'collection'>): Promise<readonly (readonly Json[])[]> => {
        const all: (readonly Json[])[] = []
        for (const id of ids)
          for (const { $id, $rev } of await branch.collection(id).all()) all.push([id, $id, $rev])
        return all
      }

      const path = join(folder.path, 'demo')
      git(folder.path, 'clone', '-q', '-b', 'mine', bare, path)
      git(path, 'branch', '-q', 'other', 'origin/other')
      expect((await runCli(path, ['setup', '--driver', driver])).code).toBe(0)
      writeFileSync(join(path, '.git/info/attributes'), readFileSync(join(path, '.gitattributes')))
      git(path, 'switch', '-q', '-c', 'merged')
      const merged = run(path, 'merge', '-m', 'Merged', 'other')
      expect(merged, merged.text).toMatchObject({ status: 0 })
      git(path, 'switch', '-q', 'mine')
      git(path, 'switch', '-q', '-c', 'rebased')
      const rebased = run(path, 'rebase', 'other')
      expect(rebased, rebased.text).toMatchObject({ status: 0 })
      execFileSync('git', ['push', '-q', 'origin', 'merged', 'rebased'], { cwd: path })
      // The connection that was open before git ran may have ended meanwhile.
      await db.pull().catch(() => db.pull())

      const merge = await mine.merge.start('other')
      expect(merge.conflicts).toEqual([])
      await merge.commit()
      const expected = await recordsOf(mine)
      expect(await recordsOf(await db.branches.open('merged'))).toEqual(expected)
      expect(await recordsOf(await db.branches.open('rebased'))).toEqual(expected)
    })
  })
})
