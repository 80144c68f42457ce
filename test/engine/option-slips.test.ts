import { expect, test } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import type { CarryOptions, Change } from '../../src/protocol/carry.ts'
import type { MergeOptions } from '../../src/protocol/merge-calls.ts'
import { databases } from '../../src/node.ts'
import { useGitHost } from '../support/git-host.ts'
import { temporaryFolder } from '../support/git-repositories.ts'
import { createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { shareDisk } from './shared-disk.ts'
import { openOn } from './world.ts'

const host = useGitHost()

async function open(): Promise<Database> {
  const db = await shareDisk(host.make('merge')).tab()
  const draft = await db.branches.create('draft')
  await draft.collection('units').update('foot', { symbol: 'b' })
  await draft.commit({ message: 'Theirs' })
  await db.collection('units').update('foot', { symbol: 'a' })
  await db.commit({ message: 'Ours' })
  return db
}

test('options of a merge that mean nothing are refused, with what is allowed', async () => {
  const db = await open()
  const slips: readonly (readonly [options: unknown, says: RegExp])[] = [
    [{ mode: 'recrod' }, /"mode" is "recrod".*field, record, file/],
    [{ mode: { units: 'recrod' } }, /"mode\.units" is "recrod"/],
    [{ mode: ['record'] }, /"mode"/],
    [{ modes: 'record' }, /"modes".*followRenames/],
    [{ strategies: 'set' }, /"strategies"/],
    [{ strategies: { units: 'set' } }, /"strategies\.units"/],
    [{ strategies: { units: { factor: 'maximum' } } }, /"strategies\.units\.factor" is "maximum".*counter/],
    [{ strategies: { units: { factor: {} } } }, /"strategies\.units\.factor" is \{\}/],
    [{ strategies: { units: { factr: 'max' } } }, /"strategies\.units" is "factr".*symbol.*factor/],
    [{ strategies: { units: { factor: { newest: 'nix' } } } }, /"strategies\.units\.factor\.newest"/],
  ]
  for (const [options, says] of slips) {
    const error = { code: 'engine/bad-argument', message: expect.stringMatching(says) }
    await expect(db.merge.preview('draft', options as MergeOptions)).rejects.toMatchObject(error)
    await expect(db.merge.start('draft', options as MergeOptions)).rejects.toMatchObject(error)
  }
  for (const options of [{ mode: { nix: 'record' } }, { strategies: { nix: { a: 'max' } } }] as const)
    await expect(db.merge.preview('draft', options)).rejects.toMatchObject({
      code: 'record/collection-missing',
      data: { collection: 'nix' },
    })
  expect(await db.merge.current()).toBeUndefined()
  const fine = { mode: { units: 'field' }, strategies: { units: { symbol: { newest: 'factor' } } } } as const
  expect(await db.merge.preview('draft', fine)).toMatchObject({ status: 'merge' })
  await db.close()
})

test('changes and options of another shape are refused, and nothing is written', async () => {
  const db = await open()
  const change: Change = {
    collection: 'units',
    key: 'foot',
    before: { symbol: 'x' },
    after: { symbol: 'y' },
  }
  for (const options of [
    { onConflict: 'foo' },
    { select: {} },
    { select: 'units' },
    { select: [null] },
    { select: [{ collection: 'units' }] },
    { select: [{ collection: 'units', key: 'foot', fields: ['symbol'] }] },
  ] as unknown as readonly CarryOptions[]) {
    const error = {
      code: 'engine/bad-argument',
      message: expect.stringMatching(/^"(onConflict|select)" is .* Give /),
    }
    await expect(db.applyChanges([change], options)).rejects.toMatchObject(error)
    await expect(db.revert('HEAD', options)).rejects.toMatchObject(error)
    await expect(db.cherryPick('draft', { ...options, whole: true })).rejects.toMatchObject(error)
  }
  for (const slip of [
    {},
    { collection: 'units' },
    undefined,
    7,
    [null],
    ['foot'],
    [{ ...change, before: null }],
    [{ ...change, from: {} }],
    [{ ...change, problems: null }],
    [{ ...change, after: { symbol: 1n }, key: 1 }],
    [{ file: 'README.md', before: null, after: 7 }],
  ] as unknown as readonly (readonly Change[])[]) {
    const error = { code: 'engine/bad-argument' }
    await expect(db.applyChanges(slip), String(slip)).rejects.toMatchObject(error)
    await expect(db.revert(slip), String(slip)).rejects.toMatchObject(error)
  }
  expect(await db.changes()).toEqual([])
  await db.close()
})

test('collections that neither side has are told, not taken for nothing', async () => {
  const db = await open()
  const missing = { code: 'record/collection-missing', data: { collection: 'nix' } }
  const collections = ['units', 'nix']
  await expect(db.restore({ from: 'HEAD~1', collections })).rejects.toMatchObject(missing)
  const diff = db.diff('main', 'draft', { collections })
  await expect(diff).rejects.toMatchObject(missing)
  await expect(db.diff('HEAD', undefined, { collections }).stat()).rejects.toMatchObject(missing)
  await expect(db.diff('HEAD', undefined, { collections }).schema()).rejects.toMatchObject(missing)
  const text = 'units' as unknown as readonly string[]
  await expect(db.restore({ from: 'HEAD~1', collections: text })).rejects.toMatchObject({
    code: 'engine/bad-argument',
  })
  await expect(db.restore({} as { from: string })).rejects.toMatchObject({ code: 'engine/bad-argument' })
  expect(await db.changes()).toEqual([])
  expect(await db.restore({ from: 'HEAD~1', collections: ['units'] })).toMatchObject({ status: 'applied' })
  await db.close()
})

test('an unknown schema of db.at is refused; a bad tag name is called one', async () => {
  const db = await open()
  await expect(db.at('HEAD', { schema: 'x' as 'own' })).rejects.toMatchObject({
    code: 'engine/bad-argument',
    message: expect.stringMatching(/"schema" is "x".*own or current/),
  })
  expect(await (await db.at('HEAD', { schema: 'own' })).collection('units').exists('foot')).toBe(true)
  await expect(db.tags.create('a..b')).rejects.toMatchObject({
    code: 'git/bad-ref-name',
    message: expect.stringMatching(/"a\.\.b" is not a tag name/),
  })
  await db.close()
})

test('names that are no options of carrying changes are refused, and values of another kind', async () => {
  const db = await open()
  const change: Change = { collection: 'units', key: 'foot', before: { symbol: 'a' } }
  const slips: readonly (readonly [options: unknown, says: RegExp])[] = [
    [{ onconflict: 'ours' }, /no option "onconflict"\. Give .*onConflict/],
    [{ message: 7 }, /"message" is 7\. Give a value of type string/],
    ['ours', /"options" must be an object\. Give \{.*select/],
  ]
  const ofCommits: typeof slips = [
    [{ main: 1 }, /no option "main"\. Give .*mainline/],
    [{ mainline: '1' }, /"mainline" is "1"\. Give a number from 1/],
    [{ whole: 'yes' }, /"whole" is "yes"\. Give a value of type boolean/],
  ]
  const refused = (says: RegExp): object => ({
    code: 'engine/bad-argument',
    message: expect.stringMatching(says) as unknown,
  })
  for (const [options, says] of [...slips, ...ofCommits]) {
    await expect(db.revert('HEAD', options as CarryOptions)).rejects.toMatchObject(refused(says))
    await expect(db.cherryPick('draft', options as CarryOptions)).rejects.toMatchObject(refused(says))
  }
  for (const [options, says] of slips) {
    await expect(db.applyChanges([change], options as CarryOptions)).rejects.toMatchObject(refused(says))
    await expect(db.revert([change], options as CarryOptions)).rejects.toMatchObject(refused(says))
  }
  // Only commits are carried whole.
  await expect(db.revert([change], { whole: true })).rejects.toMatchObject(
    refused(/no option "whole"\. Give /),
  )
  const restore: typeof slips = [
    [{ from: 'HEAD', collection: 'units' }, /no option "collection"\. Give from, collections, keys/],
    [{ from: {} }, /Give a branch, tag, commit or Date/],
    [{ from: new Date(Number.NaN) }, /Give a branch, tag, commit or Date/],
    [{ from: 'HEAD', keys: ['foot'], whole: true }, /no option "keys"\. Give from, collections, message/],
    [{ from: 'HEAD', message: 'Back' }, /no option "message"\. Give from/],
    [{ from: 'HEAD', whole: 1 }, /"whole" is 1/],
    [{ from: 'HEAD', keys: [1] }, /"keys" is \[1\]\. Give a list of texts/],
  ]
  for (const [options, says] of restore)
    await expect(db.restore(options as { from: string })).rejects.toMatchObject(refused(says))
  expect(await db.changes()).toEqual([])
  expect(await db.revert('HEAD', { onConflict: 'stop', whole: false })).toMatchObject({ status: 'applied' })
  await db.close()
})

test('slips in calls about branches and tags are refused; a point in time names a commit for both', async () => {
  const db = await open()
  const { branches, tags } = db
  const refused = (option: string): object => ({ code: 'engine/bad-argument', data: { option } })
  const calls: readonly (readonly [call: Promise<unknown>, option: string])[] = [
    [branches.create('a', { at: 'main' } as object), 'at'],
    [branches.create('a', { from: 7 } as object), 'at'],
    [branches.create('a', { from: new Date(Number.NaN) }), 'at'],
    [branches.create('a', 'main' as unknown as object), 'options'],
    [branches.list({ with: 'main' } as object), 'with'],
    [branches.delete('draft', { forced: true } as object), 'forced'],
    [branches.delete('draft', { force: 'yes' } as object), 'force'],
    [branches.protect('main', 'no' as unknown as boolean), 'on'],
    [branches.protect('main', undefined as unknown as boolean), 'on'],
    [tags.create('t', { from: 'HEAD~1' } as object), 'from'],
    [tags.create('t', { message: 3 } as object), 'message'],
    [tags.create('t', { at: 3 } as object), 'at'],
  ]
  for (const [call, option] of calls) await expect(call, option).rejects.toMatchObject(refused(option))
  expect((await branches.list()).map((branch) => [branch.name, branch.isProtected])).toEqual([
    ['draft', false],
    ['main', false],
  ])
  expect(await tags.list()).toEqual([])

  const { commit } = await db.status()
  const early = await branches.create('early', { from: new Date() })
  expect((await early.status()).commit).toBe(commit)
  expect(await tags.create('now', { at: new Date() })).toMatchObject({ oid: commit })
  const before = new Date(0)
  await expect(branches.create('b', { from: before })).rejects.toMatchObject({ code: 'git/ref-missing' })
  await expect(tags.create('b', { at: before })).rejects.toMatchObject({ code: 'git/ref-missing' })
  await db.close()
})

test('names that are no options of diffs, logs and histories are refused, and values of another kind', async () => {
  const db = await open()
  const refused = (option: string): object => ({ code: 'engine/bad-argument', data: { option } })
  const diffs: readonly (readonly [options: unknown, option: string])[] = [
    [{ collection: 'units' }, 'collection'],
    [{ limit: '3' }, 'limit'],
    [{ limit: Number.NaN }, 'limit'],
    [{ patch: 1 }, 'patch'],
    [{ base: 'mergebase' }, 'base'],
  ]
  for (const [options, option] of diffs) {
    const diff = db.diff('main', 'draft', options as object)
    await expect(diff).rejects.toMatchObject(refused(option))
    await expect(diff.files()).rejects.toMatchObject(refused(option))
    await expect(diff.schema()).rejects.toMatchObject(refused(option))
  }
  await expect(db.diff({ from: 'main' } as unknown as string)).rejects.toMatchObject(refused('at'))
  await expect(db.diff('main', 7n as unknown as string)).rejects.toMatchObject(refused('at'))
  const logs: readonly (readonly [options: unknown, option: string])[] = [
    [{ max: 3 }, 'max'],
    [{ limit: '3 or so' }, 'limit'],
    [{ from: 'HEAD' }, 'from'],
    [{ at: 7, graph: true }, 'at'],
    [{ since: '2026-01-01' }, 'since'],
    [{ until: new Date(Number.NaN) }, 'until'],
    [{ author: /ada/ }, 'author'],
    [{ graph: 'yes' }, 'graph'],
  ]
  for (const [options, option] of logs)
    await expect(db.log(options as object), option).rejects.toMatchObject(refused(option))
  const units = db.collection('units')
  for (const [options, option] of [
    [{ field: 'symbol' }, 'field'],
    [{ fields: 'symbol' }, 'fields'],
    [{ limit: null }, 'limit'],
    [{ at: 7 }, 'at'],
  ] as const)
    await expect(units.history('foot', options as object)).rejects.toMatchObject(refused(option))
  expect(await units.history('foot', { limit: Infinity, fields: ['symbol'] })).not.toEqual([])
  expect(await db.log({ limit: 0 })).toEqual([])
  expect(await db.log({ limit: 1, since: new Date(0) })).toHaveLength(1)
  expect(await db.log({ limit: 1, at: 'draft' })).toMatchObject([{ message: 'Theirs\n' }])
  expect(await db.diff('main', 'draft', { limit: Infinity, patch: true })).toHaveLength(1)
  await db.close()
})

test('lists of databases take their options only', async () => {
  const { path, remove } = temporaryFolder()
  const { list, delete: remove_, trash } = databases.with({ folder: path })
  const slips: readonly (readonly [options: unknown, option: string])[] = [
    [{ order: 'name' }, 'order'],
    [{ text: 7 }, 'text'],
    [{ after: 7 }, 'after'],
    [{ status: 'redy' }, 'status'],
    [{ status: ['ready', 7] }, 'status'],
  ]
  for (const [options, option] of slips) {
    const error = { code: 'engine/bad-argument', data: { option } }
    await expect(list(options as object)).rejects.toMatchObject(error)
    await expect(trash.list(options as object)).rejects.toMatchObject(error)
  }
  const slip = { forse: true } as object
  await expect(remove_('https://git.example.com/a.git', slip)).rejects.toMatchObject({
    code: 'engine/bad-argument',
    data: { option: 'forse' },
  })
  expect(await list({ status: ['ready', 'absent'], text: 'a', orderBy: { name: 'asc' } })).toMatchObject({
    total: 0,
  })
  remove()
})

test('what is called back must be a function: without one a call is refused at once', async () => {
  const { url } = host.make('callbacks')
  const db = await openOn(createMemoryStorage(), url)
  const units = db.collection('units')
  const listener = (): void => {}
  for (const slip of [undefined, null, {}] as unknown as readonly (typeof listener)[]) {
    const error = {
      code: 'engine/bad-argument',
      message: expect.stringMatching(/^"(listener|onError|work|build)" is .*\. Give a function\.$/),
    }
    for (const query of [units.find(), units.aggregate({ count: true }), db.run(units.find().query)])
      expect(() => query.subscribe(slip)).toThrow(expect.objectContaining(error))
    expect(() => db.subscribe(slip)).toThrow(expect.objectContaining(error))
    expect(() => db.query(slip as never)).toThrow(expect.objectContaining(error))
    await expect(db.transaction(slip)).rejects.toMatchObject(error)
    // The second one may be left out.
    if (slip !== undefined)
      expect(() => units.find().subscribe(listener, slip)).toThrow(expect.objectContaining(error))
  }
  units.find().subscribe(listener, undefined)()
  await db.close()
})
