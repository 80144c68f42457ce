import { existsSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { open } from '../src/node.ts'
import type { MergeConflict } from '../src/protocol/merge-calls.ts'
import { git, smallDatabase, temporaryFolder, writeFiles } from '../test/support/git-repositories.ts'
import {
  commit,
  ie,
  fr,
  foot,
  cities,
  fork,
  folder,
  read,
  status,
  type Edits,
} from './merge-repository.testing.ts'
import { runCli, type CliOutcome } from './run.testing.ts'

afterAll(() => folder.remove())

/** What `db.merge` makes of the same two branches. */
async function treeMergedBySdk(path: string): Promise<string> {
  const bundle = join(folder.path, 'merge.bundle')
  git(path, 'bundle', 'create', '-q', bundle, '--all')
  const db = await open('https://example.com/merge.git', { bundle: new Uint8Array(readFileSync(bundle)) })
  const outcome = await (await db.merge.start('draft')).commit()
  expect(outcome.status).toBe('merged')
  writeFileSync(bundle, await db.exportBundle())
  await db.close()
  git(path, 'fetch', '-q', bundle, 'main')
  return git(path, 'rev-parse', 'FETCH_HEAD^{tree}')
}

async function json(
  path: string,
  argv: readonly string[],
): Promise<Record<string, unknown> & { code: number }> {
  const { code, out, err } = await runCli(path, [...argv, '--json'])
  expect(err).toBe('')
  return { ...(JSON.parse(out) as Record<string, unknown>), code }
}

const resolve = (path: string, ...argv: readonly string[]): Promise<CliOutcome> =>
  runCli(path, ['conflicts', 'resolve', ...argv])

describe('espalier merge', () => {
  test('takes both sides of records and rows whose lines collide, and git has a merge commit', async () => {
    const path = fork(
      {
        [foot]: ['symbol: "ft"', 'symbol: "feet"'],
        [cities]: ['berlin,de,1', 'berlin,de,11'],
        'notes.txt': ['one', '1'],
      },
      {
        [foot]: ['0.3048', '0.305'],
        [cities]: ['hamburg,de,2', 'hamburg,de,22'],
        'notes.txt': ['three', '3'],
      },
    )
    const merged = await treeMergedBySdk(path)
    const { code, out } = await runCli(path, ['merge', 'draft'])
    expect(git(path, 'rev-parse', 'HEAD^{tree}')).toBe(merged)
    expect(out).toMatch(/^Merged as [0-9a-f]{10}: 0 added, 2 modified, 0 deleted; 3 files\.\n$/)
    expect(code).toBe(0)
    expect(read(path, foot)).toBe('symbol: "feet"\nfactor: 0.305 # exactly\n')
    expect(read(path, cities)).toBe('id,country,size\nberlin,de,11\nhamburg,de,22\nparis,fr,3\n')
    expect(read(path, 'notes.txt')).toBe('1\ntwo\n3\n')
    expect(status(path)).toBe('')
    expect(git(path, 'log', '-1', '--format=%s|%an|%P')).toBe(
      `Merge branch 'draft'|Grace|${git(path, 'rev-parse', 'HEAD^1', 'draft').trim().replace('\n', ' ')}\n`,
    )
    expect(git(path, 'fsck', '--strict', '--no-dangling')).toBe('')
    expect(await runCli(path, ['merge', 'draft'])).toMatchObject({ code: 0, out: 'Already up to date.\n' })
  })

  test('moves forward where only theirs has commits, and says what it would bring', async () => {
    const path = fork({}, { [foot]: null, [ie]: ['5262382', '5300000'] })
    git(path, 'reset', '-q', '--hard', 'HEAD^')
    const before = git(path, 'rev-parse', 'HEAD')
    const preview = await json(path, ['merge', 'draft', '--dry-run'])
    expect(preview).toMatchObject({
      code: 0,
      status: 'preview',
      stat: { added: 0, modified: 1, deleted: 1, files: 2 },
    })
    expect(git(path, 'rev-parse', 'HEAD')).toBe(before)
    expect(await json(path, ['merge', 'draft'])).toMatchObject({ code: 0, status: 'fast-forwarded' })
    expect(git(path, 'rev-parse', 'HEAD')).toBe(git(path, 'rev-parse', 'draft'))
    git(path, 'reset', '-q', '--hard', before.trim())
    expect(await json(path, ['merge', 'draft', '--no-ff', '-m', 'Take it'])).toMatchObject({
      status: 'merged',
    })
    expect(git(path, 'log', '-1', '--format=%s %P').split(' ')).toHaveLength(4)
    expect(status(path)).toBe('')
  })

  test('leaves conflicts as git leaves them: unmerged files with marks around what conflicts only', async () => {
    const path = fork(
      { [ie]: ['5262382', '1'], [fr]: ['68042591', '3'], [foot]: null },
      {
        [ie]: ['5262382,\n  "names"', '2,\n  "names"'],
        [fr]: ['"France"', '"Frankreich"'],
        [foot]: ['0.3048', '0.3'],
      },
    )
    const { code, out } = await runCli(path, ['merge', 'draft'])
    expect(code).toBe(1)
    expect(out).toContain(
      'CONFLICT (edit/edit): geo.countries/ie population: base 5262382, ours 1, theirs 2\n',
    )
    expect(out).toContain('CONFLICT (delete/edit): units/foot: ours deleted it, theirs factor 0.3048 → 0.3\n')
    expect(out).toContain('2 in conflict')
    expect(status(path)).toBe(`M  ${fr}\nUU ${ie}\nDU ${foot}\n`)
    expect(read(path, fr)).toBe('{\n  "name": "Frankreich",\n  "population": 3\n}\n')
    expect(read(path, ie)).toBe(
      '{\n  "name": "Ireland",\n<<<<<<< ours\n  "population": 1,\n=======\n  "population": 2,\n>>>>>>> theirs\n  "names": { "de": "Irland" }\n}\n',
    )
    expect(git(path, 'rev-parse', 'MERGE_HEAD')).toBe(git(path, 'rev-parse', 'draft'))
    const listed = await json(path, ['conflicts'])
    expect(listed).toMatchObject({
      code: 1,
      operation: 'merge',
      mergeable: [],
      conflicts: [
        {
          collection: 'geo.countries',
          key: 'ie',
          path: ['population'],
          kind: 'edit/edit',
          base: 5262382,
          ours: 1,
          theirs: 2,
          file: ie,
        },
        {
          collection: 'units',
          key: 'foot',
          path: [],
          kind: 'delete/edit',
          theirs: { symbol: 'ft', factor: 0.3 },
          file: foot,
        },
      ],
    })
    expect(await runCli(path, ['merge', 'draft'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('merge/in-progress'),
    })
    // Git commits nothing while something is open.
    expect(() => git(path, 'commit', '-q', '--no-edit')).toThrow()
    git(path, 'merge', '--abort')
    expect(status(path)).toBe('')
    expect(read(path, ie)).toContain('"population": 1,')
    expect(existsSync(join(path, foot))).toBe(false)
  })

  test('--take decides for all, or for one place', async () => {
    const ours: Edits = {
      [ie]: ['"population": 5262382', '"population": 1'],
      [cities]: ['berlin,de,1', 'berlin,de,8'],
    }
    const theirs: Edits = {
      [ie]: ['"population": 5262382', '"population": 2'],
      [cities]: ['berlin,de,1', 'berlin,de,9'],
    }
    const path = fork(ours, theirs)
    expect((await runCli(path, ['merge', 'draft', '--take', 'units/foot=ours'])).err).toContain(
      'merge/unknown-conflict',
    )
    expect((await runCli(path, ['merge', 'draft', '--take', 'mine'])).code).toBe(2)
    expect(status(path)).toBe('')
    const argv = ['merge', 'draft', '--take', 'theirs', '--take', 'geo.countries/ie population=ours']
    expect(await json(path, argv)).toMatchObject({
      code: 0,
      status: 'merged',
      conflicts: [{ choice: 'theirs' }, { choice: 'ours' }],
    })
    expect(read(path, ie)).toContain('"population": 1,')
    expect(read(path, cities)).toContain('berlin,de,9')
    // One of two is decided: only the other is left.
    const other = fork(ours, theirs)
    await runCli(other, ['merge', 'draft', '--take', 'cities/berlin=theirs'])
    expect(status(other)).toBe(`M  ${cities}\nUU ${ie}\n`)
  })

  test('--mode says how much of a record both sides may change, of all collections or of one', async () => {
    const path = fork(
      { [ie]: ['5262382', '1'], [cities]: ['berlin,de,1', 'berlin,de,8'], [foot]: ['"ft"', '"feet"'] },
      { [ie]: ['"Ireland"', '"Eire"'], [cities]: ['berlin,de', 'berlin,fr'], [foot]: ['0.3048', '0.3'] },
    )
    const conflictsOf = async (...modes: readonly string[]): Promise<unknown> => {
      const { conflicts } = await json(path, ['merge', 'draft', '--dry-run', ...modes])
      return (conflicts as MergeConflict[]).map(({ collection, key, kind }) => [collection, key, kind])
    }
    const record = [
      ['cities', 'berlin', 'edit/edit'],
      ['geo.countries', 'ie', 'edit/edit'],
      ['units', 'foot', 'edit/edit'],
    ]
    expect(await conflictsOf()).toEqual([])
    expect(await conflictsOf('--mode', 'record')).toEqual(record)
    expect(await conflictsOf('--mode', 'record', '--mode', 'units=field')).toEqual(record.slice(0, 2))
    expect(await conflictsOf('--mode', 'cities=file')).toEqual([['cities', undefined, 'file']])
    for (const modes of [['rows'], ['units=rows'], ['nothing=record']])
      expect((await runCli(path, ['merge', 'draft', '--mode', ...modes])).code, modes[0]).toBe(2)

    const argv = ['merge', 'draft', '--mode', 'record', '--mode', 'cities=file']
    const { code, out } = await runCli(path, argv)
    expect(code).toBe(1)
    expect(out).toContain(`CONFLICT (file): ${cities}: changed by both\n`)
    expect(status(path)).toBe(`UU ${cities}\nUU ${ie}\nUU ${foot}\n`)
    // Each line that differs is marked: nobody takes this for merged.
    expect(read(path, ie)).toBe(
      '{\n<<<<<<< ours\n  "name": "Ireland",\n  "population": 1,\n=======\n  "name": "Eire",\n  "population": 5262382,\n>>>>>>> theirs\n  "names": { "de": "Irland" }\n}\n',
    )
    expect(await json(path, ['conflicts'])).toMatchObject({
      mergeable: [],
      conflicts: [
        { file: cities, kind: 'file' },
        { key: 'ie', path: [] },
        { key: 'foot', path: [] },
      ],
    })
    expect((await resolve(path, 'geo.countries/ie', '--take', 'theirs')).code).toBe(0)
    expect((await resolve(path, '--take', 'ours')).out).toContain('git commit')
    git(path, 'commit', '-q', '--no-edit')
    expect(git(path, 'log', '-1', '--format=%P').split(' ')).toHaveLength(2)
    expect(read(path, ie)).toContain('"name": "Eire",\n  "population": 5262382')
    expect(read(path, foot)).toBe('symbol: "feet"\nfactor: 0.3048 # exactly\n')
    expect(read(path, cities)).toContain('berlin,de,8')
    expect(existsSync(join(path, '.git/MERGE_MODE'))).toBe(false)
  })

  test('--strategy says how a field is merged, and is kept until the merge ends', async () => {
    const path = fork(
      { [ie]: ['5262382', '5262392'], [foot]: ['"ft"', '"feet"'] },
      { [ie]: ['5262382', '5262383'], [foot]: ['"ft"', '"foot"'] },
    )
    for (const strategy of [
      'counter',
      'units.symbol=sum',
      'units.symbol',
      'nothing.symbol=max',
      'units=max',
      'units.none=max',
    ])
      expect((await runCli(path, ['merge', 'draft', '--strategy', strategy])).code, strategy).toBe(2)
    const { code } = await runCli(path, ['merge', 'draft', '--strategy', 'geo.countries.population=counter'])
    expect(code).toBe(1)
    expect(status(path)).toBe(`M  ${ie}\nUU ${foot}\n`)
    expect(read(path, ie)).toContain('"population": 5262393')
    git(path, 'merge', '--abort')
    const argv = [
      'merge',
      'draft',
      '--strategy',
      'units.symbol=max',
      '--strategy',
      'geo.countries.name=newest:population',
    ]
    expect((await runCli(path, argv)).code).toBe(1)
    expect(await json(path, ['conflicts'])).toMatchObject({ conflicts: [{ key: 'ie' }], mergeable: [] })
    expect(JSON.parse(read(path, '.git/MERGE_MODE').replace('espalier ', ''))).toEqual({
      strategies: { units: { symbol: 'max' }, 'geo.countries': { name: { newest: 'population' } } },
    })
  })

  test('a merge that git began is taken back by --abort too, and nothing else is', async () => {
    const path = fork({ [ie]: ['5262382', '1'] }, { [ie]: ['5262382', '2'] })
    expect((await runCli(path, ['merge', '--abort', 'draft'])).code).toBe(2)
    expect(() => git(path, 'merge', '-q', 'draft')).toThrow()
    expect(await json(path, ['merge', '--abort'])).toMatchObject({ code: 0, status: 'aborted' })
    expect(status(path)).toBe('')
    expect(() => git(path, 'cherry-pick', 'draft')).toThrow()
    expect(await runCli(path, ['merge', '--abort'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('git cherry-pick --abort'),
    })
  })

  test('comments that have no place are told, with file and record, on standard error', async () => {
    const list = {
      'units/.collection/definition.yaml':
        'record_file:\n  name: units.yaml\n  format: yaml\n  type: "map[string]map[string]any"\ncolumns:\n  factor:\n    type: float\n',
    }
    const rows = (foot_: string): string => `metre:\n  factor: 1\nfoot:\n  factor: ${foot_}\n`
    const shared = 'units/units.yaml'
    const path = fork({}, {})
    commit(path, { [foot]: null, 'units/$records/metre.yaml': null, ...list, [shared]: rows('2') }, 'List')
    git(path, 'branch', '-f', 'draft')
    commit(path, { [shared]: rows('3 # ours'), [ie]: ['5262382', '1'] }, 'Ours')
    git(path, 'switch', '-q', 'draft')
    commit(path, { [shared]: rows('2 # theirs') }, 'Theirs')
    git(path, 'switch', '-q', 'main')
    const { code, out, err } = await runCli(path, ['merge', 'draft', '--no-ff'])
    expect(err).toMatch(/^units\/units\.yaml: units\/foot: warning: A comment has no place .*"theirs"\.\n$/)
    expect([code, out]).toEqual([0, expect.stringContaining('Merged as')])
    expect(read(path, shared)).toBe(rows('3 # ours'))
  })

  test('what breaks rules after the merge is staged, and not committed', async () => {
    const path = fork(
      { [fr]: null, [cities]: ['paris,fr,3\n', ''] },
      { [cities]: ['paris,fr,3', 'paris,fr,3\nlyon,fr,4'] },
    )
    const { code, out } = await runCli(path, ['merge', 'draft'])
    expect(code).toBe(1)
    expect(out).toMatch(/^cities\/lyon: error: .*fr/)
    expect(status(path)).toBe(`M  ${cities}\n`)
    expect(existsSync(join(path, '.git/MERGE_HEAD'))).toBe(true)
    // Nothing is in conflict, and still it is not to be committed.
    const left = await runCli(path, ['conflicts'])
    expect(left.out).toMatch(
      /^cities\/cities\.csv:\d+: cities\/lyon: error: .*fr.*\nNothing is in conflict, but the records break rules\. Correct them, git add, git commit\.\n$/,
    )
    expect(left.code).toBe(1)
    commit(path, { [cities]: ['lyon,fr,4', 'lyon,de,4'] }, 'Corrected')
    expect(await runCli(path, ['conflicts'])).toMatchObject({ code: 0, out: 'Nothing is in conflict.\n' })
  })

  test('what breaks rules once all conflicts are decided is told; not what a side had broken before', async () => {
    const path = fork(
      { [fr]: null, [cities]: ['berlin,de,1\nhamburg,de,2\nparis,fr,3', 'berlin,de,11\nhamburg,de,2'] },
      {
        [cities]: ['berlin,de,1\nhamburg,de,2\nparis,fr,3', 'berlin,de,12\nparis,fr,3\nlyon,fr,4'],
        [foot]: ['0.3048', '"long"'],
      },
      'db',
    )
    expect(await runCli(path, ['merge', 'draft'])).toMatchObject({ code: 1 })
    expect(await json(path, ['conflicts'])).toMatchObject({ code: 1, violations: [] })
    const { code, out } = await resolve(path, '--take', 'ours')
    expect(out).toMatch(
      /^resolved db\/cities\/cities\.csv\ndb\/cities\/cities\.csv:\d+: cities\/lyon: error: .*\nNothing is in conflict, but the records/,
    )
    expect(code).toBe(1)
    const violations = [{ collection: 'cities', key: 'lyon', code: 'validation/foreign-key' }]
    expect(await json(path, ['conflicts'])).toMatchObject({ code: 1, conflicts: [], violations })
    git(path, 'merge', '--abort')
    expect(status(path)).toBe('')
  })

  test('nothing that is not committed is lost', async () => {
    const path = fork(
      { [ie]: ['5262382', '1'] },
      { [fr]: ['68042591', '2'], 'units/$records/yard.yaml': 'symbol: yd\n' },
    )
    const refused = async (): Promise<void> => {
      const before = [
        status(path),
        git(path, 'rev-parse', 'HEAD'),
        git(path, 'diff'),
        git(path, 'diff', '--cached'),
      ]
      expect(await runCli(path, ['merge', 'draft'])).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringContaining('(git/uncommitted-changes)'),
      })
      expect([
        status(path),
        git(path, 'rev-parse', 'HEAD'),
        git(path, 'diff'),
        git(path, 'diff', '--cached'),
      ]).toEqual(before)
      expect(existsSync(join(path, '.git/MERGE_HEAD'))).toBe(false)
    }
    // A file that the merge changes, one that it adds, and a change in the index.
    writeFileSync(join(path, fr), '{}\n')
    await refused()
    git(path, 'checkout', '-q', fr)
    writeFileSync(join(path, 'units/$records/yard.yaml'), 'symbol: mine\n')
    await refused()
    expect(read(path, 'units/$records/yard.yaml')).toBe('symbol: mine\n')
    git(path, 'clean', '-fdq')
    writeFileSync(join(path, 'notes.txt'), 'staged\n')
    git(path, 'add', 'notes.txt')
    await refused()
    // What the merge does not touch stays as it is.
    git(path, 'reset', '-q')
    expect((await runCli(path, ['merge', 'draft'])).code).toBe(0)
    expect(status(path)).toBe(' M notes.txt\n')
    expect(read(path, 'notes.txt')).toBe('staged\n')
  })

  test('a database in a folder of its repository merges with the files around it', async () => {
    const path = fork(
      { [ie]: ['5262382', '1'], '../code.txt': 'a\nb\nc\nd\ne\n', '../both.txt': 'ours\n' },
      { [ie]: ['Ireland', 'Eire'], [foot]: ['0.3048', '0.305'], '../new.txt': 'new\n' },
      'reference/data',
    )
    const top = join(path, '../..')
    expect(await json(path, ['merge', 'draft'])).toMatchObject({ code: 0, status: 'merged' })
    expect(read(path, ie)).toContain('"name": "Eire",\n  "population": 1,')
    expect(read(path, foot)).toContain('0.305')
    expect(read(path, '../new.txt')).toBe('new\n')
    expect(status(top)).toBe('')
    expect(git(top, 'fsck', '--strict', '--no-dangling')).toBe('')

    git(top, 'switch', '-q', '-c', 'next', 'HEAD')
    commit(path, { [ie]: ['"population": 1', '"population": 5'], '../both.txt': 'next\n' }, 'Next')
    git(top, 'switch', '-q', 'main')
    commit(path, { [ie]: ['"population": 1', '"population": 6'], '../both.txt': 'main\n' }, 'Main')
    expect(await json(path, ['merge', 'next'])).toMatchObject({
      code: 1,
      status: 'conflicts',
      conflicts: [{ key: 'ie', file: `reference/data/${ie}` }],
    })
    expect(status(top)).toBe(`UU reference/both.txt\nUU reference/data/${ie}\n`)
    expect(read(path, '../both.txt')).toContain('<<<<<<<')
    expect((await resolve(path, 'geo.countries/ie', '--take', 'theirs')).code).toBe(0)
    expect((await resolve(path, 'reference/both.txt', '--take', 'theirs')).out).toContain('git commit')
    git(top, 'commit', '-q', '--no-edit')
    expect(read(path, ie)).toContain('"population": 5')
    expect(read(path, '../both.txt')).toBe('next\n')
  })

  test('a link that is a file on the other side is no text: our side stays, and either can be taken', async () => {
    const path = fork({ 'notes.txt': ['one', 'ONE'], 'at.txt': 'ours\n' }, { 'notes.txt': null })
    git(path, 'switch', '-q', 'draft')
    symlinkSync('ours-only.txt', join(path, 'notes.txt'))
    symlinkSync('notes.txt', join(path, 'at.txt'))
    commit(path, {}, 'Links')
    git(path, 'switch', '-q', 'main')
    const merged = await json(path, ['merge', 'draft'])
    const sides = { kind: 'file', ours: null, theirs: null }
    expect(merged).toMatchObject({
      code: 1,
      conflicts: [
        { file: 'at.txt', ...sides },
        { file: 'notes.txt', ...sides },
      ],
    })
    expect(read(path, 'notes.txt')).toBe('ONE\ntwo\nthree\n')
    expect(status(path)).toBe('AA at.txt\nUU notes.txt\n')
    expect(await json(path, ['conflicts'])).toMatchObject({
      conflicts: [
        { file: 'at.txt', ...sides },
        { file: 'notes.txt', ...sides },
      ],
    })
    expect(await resolve(path, 'at.txt', '--take', 'ours')).toMatchObject({ code: 0, err: '' })
    expect(await resolve(path, 'notes.txt', '--take', 'theirs')).toMatchObject({ code: 0, err: '' })
    expect(read(path, 'at.txt')).toBe('ours\n')
    expect(readlinkSync(join(path, 'notes.txt'))).toBe('ours-only.txt')
    git(path, 'commit', '-q', '--no-edit')
    expect(status(path)).toBe('')
    // What somebody wrote since is not lost.
    git(path, 'reset', '-q', '--hard', 'HEAD^')
    await runCli(path, ['merge', 'draft'])
    writeFileSync(join(path, 'at.txt'), 'mine\n')
    expect(await resolve(path, 'at.txt', '--take', 'theirs')).toMatchObject({
      code: 1,
      err: expect.stringContaining('(merge/edited-file)') as unknown,
    })
  })

  test('a hook of git that refuses the commit leaves the merge staged', async () => {
    const path = fork({ [ie]: ['5262382', '1'] }, { [fr]: ['68042591', '2'] })
    writeFileSync(join(path, '.git/hooks/pre-commit'), '#!/bin/sh\necho no >&2\nexit 1\n', { mode: 0o755 })
    const { code, err, out } = await runCli(path, ['merge', 'draft'])
    expect([code, err]).toEqual([1, expect.stringContaining('no')])
    expect(out).toContain('not committed')
    expect(status(path)).toBe(`M  ${fr}\n`)
  })

  test('a record that both sides gave another key is asked for by its keys', async () => {
    const note = `title: A note\ntext: ${'Nobody writes this by chance. '.repeat(3)}\n`
    const path = fork({}, {})
    commit(path, { 'units/$records/note.yaml': note }, 'A note')
    git(path, 'branch', '-f', 'draft')
    commit(path, { 'units/$records/note.yaml': null, 'units/$records/mine.yaml': note }, 'Mine')
    git(path, 'switch', '-q', 'draft')
    commit(path, { 'units/$records/note.yaml': null, 'units/$records/yours.yaml': note }, 'Yours')
    git(path, 'switch', '-q', 'main')
    const asked = await runCli(path, ['merge', 'draft'])
    expect(asked.code).not.toBe(0)
    expect(asked.err).toContain('units/note is now "mine" here and now "yours" there')
    expect(status(path)).toBe('')
    expect((await runCli(path, ['merge', 'draft', '--take', 'units/note=theirs'])).code).toBe(0)
    expect(existsSync(join(path, 'units/$records/yours.yaml'))).toBe(true)
    expect(existsSync(join(path, 'units/$records/mine.yaml'))).toBe(false)
    // One that the other side deleted is asked for too.
    git(path, 'switch', '-q', '-c', 'gone')
    commit(path, { 'units/$records/yours.yaml': null }, 'Gone')
    git(path, 'switch', '-q', 'main')
    commit(path, { 'units/$records/yours.yaml': null, 'units/$records/again.yaml': note }, 'Again')
    expect((await runCli(path, ['merge', 'gone'])).err).toContain(
      'units/yours is now "again" here and deleted there',
    )
    expect((await runCli(path, ['merge', 'gone', '--take', 'units/yours=theirs'])).code).toBe(0)
    expect(existsSync(join(path, 'units/$records/again.yaml'))).toBe(false)
  })

  test('histories without a common commit merge when that is said, also in a folder of a repository', async () => {
    const path = fork({ [foot]: ['0.3048', '1'] }, {}, 'db')
    git(path, 'switch', '-q', '--orphan', 'alone')
    const own = {
      '.ingitdb/root-collections.yaml': 'units: units\n',
      'units/.collection/definition.yaml': smallDatabase['units/.collection/definition.yaml'] ?? '',
    }
    commit(
      path,
      {
        ...own,
        [foot]: 'symbol: "ft"\nfactor: 2\n',
        'units/$records/inch.yaml': 'symbol: in\n',
        '../NEW.md': 'New\n',
      },
      'Alone',
    )
    const refused = await runCli(path, ['merge', 'main'])
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringContaining('Merge them with --allow-unrelated-histories.') as unknown,
    })
    const { code, out } = await runCli(path, [
      'merge',
      'main',
      '--allow-unrelated-histories',
      '--take',
      'ours',
    ])
    expect(out).toMatch(/^Merged as/)
    expect(code).toBe(0)
    expect(git(path, 'log', '-1', '--format=%P').trim()).toBe(
      git(path, 'rev-parse', 'alone~1', 'main').trim().replace('\n', ' '),
    )
    expect(read(path, foot)).toContain('factor: 2')
    expect(read(path, 'units/$records/inch.yaml')).toBe('symbol: in\n')
    expect(read(path, cities)).toContain('berlin')
    expect(status(path)).toBe('')
  })

  test('what cannot be merged says why', async () => {
    const path = fork({}, {})
    git(path, 'checkout', '-q', '--orphan', 'alone')
    git(path, 'commit', '-q', '-m', 'Alone')
    expect(await runCli(path, ['merge', 'main'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('git/no-merge-base'),
    })
    expect((await runCli(path, ['merge', 'nowhere'])).code).toBe(3)
    expect((await runCli(path, ['merge'])).code).toBe(2)
    const plain = temporaryFolder()
    writeFiles(plain.path, smallDatabase)
    expect((await runCli(plain.path, ['merge', 'main'])).code).toBe(2)
    plain.remove()
  })
})

describe('espalier conflicts', () => {
  const rows: readonly [Edits, Edits] = [
    {
      [cities]: ['berlin,de,1\nhamburg,de,2\n', 'berlin,de,10\nhamburg,de,20\n'],
      [fr]: ['"France"', '"Francia"'],
    },
    {
      [cities]: ['berlin,de,1\nhamburg,de,2\nparis,fr,3\n', 'berlin,de,11\nhamburg,de,21\nparis,fr,4\n'],
      [fr]: ['"France"', '"Frankreich"'],
    },
  ]

  test('one decision at a time: a file is settled with its last one', async () => {
    const path = fork(...rows)
    await runCli(path, ['merge', 'draft'])
    expect((await json(path, ['conflicts'])).conflicts).toHaveLength(3)
    expect(await resolve(path, 'cities/berlin', 'size', '--take', 'theirs')).toMatchObject({
      code: 0,
      err: '',
    })
    expect(status(path)).toBe(`UU ${cities}\nUU ${fr}\n`)
    expect(read(path, cities)).toBe(
      'id,country,size\nberlin,de,11\n<<<<<<< ours\nhamburg,de,20\n=======\nhamburg,de,21\n>>>>>>> theirs\nparis,fr,4\n',
    )
    expect((await json(path, ['conflicts'])).conflicts).toHaveLength(2)
    expect((await resolve(path, 'cities/berlin', '--take', 'ours')).err).toContain('merge/unknown-conflict')
    await resolve(path, 'cities/hamburg', 'size', '--value', '7')
    expect(read(path, cities)).toBe('id,country,size\nberlin,de,11\nhamburg,de,7\nparis,fr,4\n')
    expect(status(path)).toBe(`M  ${cities}\nUU ${fr}\n`)
    expect((await resolve(path, '--take', 'base')).out).toBe(
      `resolved ${fr}\nNothing is in conflict. Go on with git commit.\n`,
    )
    expect(await runCli(path, ['conflicts'])).toMatchObject({
      code: 0,
      out: 'Nothing is in conflict. Go on with git commit.\n',
    })
    git(path, 'commit', '-q', '--no-edit')
    expect(read(path, fr)).toContain('"France"')
    expect(status(path)).toBe('')
  })

  test('what git merge stopped at merges by record, also without the driver', async () => {
    const path = fork(
      { ...rows[0], [foot]: ['symbol: "ft"', 'symbol: "feet"'] },
      { ...rows[1], [foot]: ['0.3048', '0.3049'] },
    )
    expect(() => git(path, 'merge', '-q', 'draft')).toThrow()
    expect(status(path)).toBe(`UU ${cities}\nUU ${fr}\nUU ${foot}\n`)
    expect(await json(path, ['conflicts'])).toMatchObject({ code: 1, mergeable: [foot] })
    expect((await runCli(path, ['conflicts'])).out).toContain('1 file merges by record')
    // Nothing is decided by that.
    expect((await resolve(path)).out).toBe(`resolved ${foot}\n2 files are in conflict still.\n`)
    expect(read(path, foot)).toBe('symbol: "feet"\nfactor: 0.3049 # exactly\n')
    expect((await resolve(path, '--take', 'theirs')).code).toBe(0)
    git(path, 'commit', '-q', '--no-edit')
    expect(read(path, cities)).toBe('id,country,size\nberlin,de,11\nhamburg,de,21\nparis,fr,4\n')
    expect(read(path, fr)).toContain('"Frankreich"')
  })

  test('of a rebase, with what to go on with', async () => {
    const path = fork(...rows)
    expect(() => git(path, 'rebase', '-q', 'draft')).toThrow()
    expect(await json(path, ['conflicts'])).toMatchObject({ operation: 'rebase' })
    expect((await resolve(path, '--take', 'theirs')).out).toContain('git rebase --continue')
    git(path, '-c', 'core.editor=true', 'rebase', '--continue')
    expect(read(path, fr)).toContain('"Francia"')
    expect(status(path)).toBe('')
  })

  test('edits by hand are not written over', async () => {
    const path = fork(...rows)
    await runCli(path, ['merge', 'draft'])
    const mine = read(path, fr).replace('Francia', 'Mine')
    writeFileSync(join(path, fr), mine)
    expect(await resolve(path, '--take', 'ours')).toMatchObject({
      code: 1,
      err: expect.stringContaining('merge/edited-file'),
    })
    expect(read(path, fr)).toBe(mine)
    expect(status(path)).toBe(`UU ${cities}\nUU ${fr}\n`)
    expect((await resolve(path, '--take', 'ours', '--force')).code).toBe(0)
    expect(read(path, fr)).toContain('"Francia"')
  })

  test('definitions by their names, other files whole, and records that one side deleted', async () => {
    const definition = 'units/.collection/definition.yaml'
    const sides = (type: string, text: string): Edits => ({
      [definition]: ['type: float', `type: ${type}`],
      'notes.txt': ['two', text],
    })
    const path = fork(
      { ...sides('int', 'zwei'), [foot]: null },
      { ...sides('string', 'deux'), [foot]: ['symbol: "ft"', 'symbol: "feet"'] },
    )
    const merged = await json(path, ['merge', 'draft'])
    expect(merged).toMatchObject({ code: 1, status: 'conflicts' })
    expect((await json(path, ['conflicts'])).conflicts).toMatchObject([
      { file: 'notes.txt', kind: 'file', ours: 'one\nzwei\nthree\n' },
      { file: foot, collection: 'units', key: 'foot', kind: 'delete/edit' },
      { file: definition, path: ['columns', 'factor', 'type'] },
    ])
    expect((await resolve(path, 'notes.txt', '--take', 'both')).err).toContain('merge/bad-choice')
    expect((await resolve(path, definition, 'columns.factor', '--take', 'theirs')).code).toBe(0)
    expect(read(path, definition)).toContain('type: string')
    await resolve(path, 'notes.txt', '--take', 'theirs')
    expect(read(path, 'notes.txt')).toBe('one\ndeux\nthree\n')
    await resolve(path, 'units/foot', '--take', 'theirs')
    expect(read(path, foot)).toContain('symbol: "feet"')
    git(path, 'commit', '-q', '--no-edit')
    expect(status(path)).toBe('')

    const again = fork({ [foot]: null }, { [foot]: ['symbol: "ft"', 'symbol: "feet"'] })
    await runCli(again, ['merge', 'draft'])
    expect(read(again, foot)).toContain('feet')
    await resolve(again, 'units/foot', '--take', 'ours')
    expect(existsSync(join(again, foot))).toBe(false)
    expect(status(again)).toBe('')
  })

  test('what cannot be decided says why', async () => {
    const path = fork({}, {})
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [['resolve', 'units/foot'], /Say what to take/],
      [['resolve', '--value', '1'], /one record/],
      [['resolve', 'units/foot', '--value', '{'], /takes JSON/],
      [['resolve', 'units/foot', '--value', '1', '--take', 'ours'], /not both/],
      [['list', 'units/foot'], /resolve/],
      [['--take', 'ours'], /resolve/],
    ]
    for (const [argv, message] of wrong)
      expect(await runCli(path, ['conflicts', ...argv])).toMatchObject({
        code: 2,
        err: expect.stringMatching(message),
      })
    expect(await runCli(path, ['conflicts'])).toMatchObject({ code: 0, out: 'Nothing is in conflict.\n' })
  })
})

test('a collection that one side deleted and the other changed is decided before the merge', async () => {
  const registry = '.ingitdb/root-collections.yaml'
  const gone = {
    [registry]: ['units: units\n', ''],
    'units/.collection/definition.yaml': null,
    [foot]: null,
    'units/$records/metre.yaml': null,
  } as const
  for (const take of ['ours', 'theirs']) {
    const path = fork(gone, { 'units/$records/inch.yaml': 'symbol: in\n' })
    const refused = await runCli(path, ['merge', 'draft'])
    expect(refused.code).not.toBe(0)
    expect(refused.err).toContain('--take "units=theirs"')
    expect(status(path)).toBe('')
    expect(await runCli(path, ['merge', 'draft', '--take', `units=${take}`])).toMatchObject({ code: 0 })
    expect(existsSync(join(path, foot))).toBe(take === 'theirs')
    expect(existsSync(join(path, 'units/$records/inch.yaml'))).toBe(take === 'theirs')
    expect(read(path, registry).includes('units')).toBe(take === 'theirs')
  }
})
