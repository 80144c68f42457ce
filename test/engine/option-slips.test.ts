import { expect, test } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import type { CarryOptions, Change } from '../../src/protocol/carry.ts'
import type { MergeOptions } from '../../src/protocol/merge-calls.ts'
import { useGitHost } from '../support/git-host.ts'
import { shareDisk } from './shared-disk.ts'

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
    message: expect.stringMatching(/"schema" is x.*own or current/),
  })
  expect(await (await db.at('HEAD', { schema: 'own' })).collection('units').exists('foot')).toBe(true)
  await expect(db.tags.create('a..b')).rejects.toMatchObject({
    code: 'git/bad-ref-name',
    message: expect.stringMatching(/"a\.\.b" is not a tag name/),
  })
  await db.close()
})
