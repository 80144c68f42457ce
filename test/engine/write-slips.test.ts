import type { StandardSchemaV1 } from '@standard-schema/spec'
import { beforeAll, expect, test } from 'vitest'
import type { CollectionsOptions } from '../../src/client/collection-options.ts'
import type { Database } from '../../src/client/database.ts'
import type { OpenOptions } from '../../src/open.ts'
import { createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { makeBareRepository } from '../support/git-repositories.ts'
import { shopDatabase } from '../support/shop-database.ts'
import { openOn } from './world.ts'

const host = useGitHost()

beforeAll(() => makeBareRepository(host.path, 'shop', shopDatabase))

function open(options: OpenOptions = {}): Promise<Database> {
  return openOn(createMemoryStorage(), `${host.server.url}/shop.git`, options)
}

const refused = { code: 'engine/bad-argument' }

/** The calls as somebody without types makes them. */
// oxlint-disable-next-line typescript/no-explicit-any -- slips are what types would not let through
type Loose = any

test('options of writes that mean nothing are refused, and nothing is written', async () => {
  const db = await open()
  const items: Loose = db.collection('items')
  const lines: Loose = db.collection('orders').record('o1').collection('lines')
  const row = { $id: 'n', name: 'n', price: 1, kind: 'cup' }
  const patch = { name: 'x' }
  const where = { name: 'Item 0' }
  const slips: readonly (() => Promise<unknown>)[] = [
    ...['CASCADE', 'ignore', '', null, true].flatMap((references) => [
      () => items.delete('i00', { references }),
      () => db.collection('kinds').deleteMany(['cup'], { references } as Loose),
      () => items.deleteMany({ where }, { references }),
    ]),
    ...[true, false, null, 'ON', 'offf'].flatMap((validate) => [
      () => items.insert(row, { validate }),
      () => items.insertMany([row], { validate }),
      () => items.update('i00', patch, { validate }),
      () => items.updateMany([{ key: 'i00', patch }], { validate }),
      () => items.updateMany({ where }, patch, { validate }),
      () => items.replace({ ...row, $id: 'i00' }, { validate }),
      () => items.upsertMany([row], { validate }),
      () => items.deleteMany(['i00'], { validate }),
      () => items.restore('i00', { validate }),
    ]),
    () => items.insert(row, { ifMatch: 'old' }),
    () => items.insert(row, null),
    () => items.insertMany([row], { references: 'cascade' }),
    () => items.update('i00', patch, { ifmatch: 'old' }),
    () => items.update('i00', patch, { ifMatch: undefined }),
    () => items.update('i00', patch, { ifMatch: null }),
    () => items.replace({ ...row, $id: 'i00' }, { ifMatch: undefined }),
    () => items.replaceMany([{ ...row, $id: 'i00' }], { ifMatch: 'old' }),
    () => items.upsert({ ...row, $id: 'i00' }, { ifMatch: undefined }),
    () => items.delete('i00', { ifMatch: undefined }),
    () => items.delete('i00', { permanent: 'yes' }),
    () => items.updateMany([{ key: 'i00', patch }], { ifMatch: 'old' }),
    () => items.updateMany([{ key: 'i00', patch }], patch, { ifMatch: 'old' }),
    () => items.updateMany({ where: {}, limit: 1 }, patch),
    () => items.deleteMany(['i00'], { ifMatch: 'old' }),
    () => items.deleteMany({ where: {}, limit: 1 }),
    () => items.restore('i00', { fromm: 'HEAD' }),
    () => items.updateMany([{ key: 'i00', patch, ifmatch: 'old' }]),
    () => items.updateMany([{ key: 'i00', patch, ifMatch: undefined }]),
    () => items.updateMany([{ key: 'i00' }]),
    () => items.updateMany([undefined]),
    () => items.updateMany({ where: {} }),
    () => items.update('i00', undefined),
    () => items.update('i00', 'abc', { validate: 'off' }),
    () => items.update('i00', [1], { validate: 'off' }),
    () => items.deleteMany([{ key: 'i00', ifMatch: undefined }]),
    () => items.deleteMany([{ key: 'i00', validate: 'off' }]),
    () => items.deleteMany([undefined]),
    () => items.insert(null),
    () => items.insert('abc', { validate: 'off' }),
    () => items.insert([1], { validate: 'off' }),
    () => items.insertMany(undefined),
    () => items.insertMany(row),
    () => items.insertMany([undefined]),
    () => items.replace(undefined),
    () => items.upsertMany('abc'),
    async () => items.record(undefined).collection('lines'),
    () => lines.deleteMany([undefined]),
  ]
  for (const slip of slips) await expect(slip(), String(slip)).rejects.toMatchObject(refused)
  for (const wanted of [undefined, null, 'i00', {}, { where: null }, { where: 'name' }]) {
    await expect(items.deleteMany(wanted)).rejects.toMatchObject({ code: 'query/invalid' })
    await expect(items.updateMany(wanted, patch)).rejects.toMatchObject({ code: 'query/invalid' })
  }
  for (const key of [undefined, null, 5])
    for (const records of [items, lines])
      for (const write of [records.update(key, {}), records.delete(key), records.restore(key)])
        await expect(write).rejects.toMatchObject({ code: 'record/bad-key' })
  expect(await db.changes()).toEqual([])
  await db.close()
})

test('options of open that mean nothing are refused', async () => {
  const slips: readonly unknown[] = [
    { validate: true },
    { validate: 'ON' },
    { validate: 'offf' },
    { validate: false },
    { validate: null },
    { colections: {} },
    { token: 'ghp_secret' },
    { history: 'x' },
    { branches: 'x' },
    { branch: 5 },
    { canonical: 'js' },
    { protocol: 1 },
    { slowQueryMs: Number.NaN },
    { slowQueryMs: -1 },
    { maxRecordsInMemory: '5' },
    { timeZone: 'UTC' },
    { author: 'Ada' },
  ]
  for (const slip of slips)
    await expect(open(slip as OpenOptions), JSON.stringify(slip)).rejects.toMatchObject(refused)
  // The app's own options, all of them, and nothing that only page and engine speak of.
  const message: unknown = await open({ autor: 'Ada' } as OpenOptions).catch(String)
  expect(message).toMatch(
    /"autor"\. Give .*author, auth, onProgress, .*schemas, collections, signal, committer/,
  )
  expect(message).not.toMatch(/\b(?:url|abortName|hasAuth|known|handle|screen|lost|commits)\b/)
})

test('options of collections that mean nothing are refused: a slip would delete for good', async () => {
  const items: readonly unknown[] = [
    { softdelete: true },
    { softDelete: 'deletedAt' },
    { softDelete: { feild: 'x' } },
    { softDelete: {} },
    { softDelete: { field: undefined } },
    { softDelete: { field: '' } },
    { softDelete: { field: '$id' } },
    { softDelete: null },
    { softDelete: false },
    { timestamps: 'yes' },
    { timestamps: { create: 'x' } },
    { timestamps: {} },
    { timestamps: { created: 5 } },
    { timestamps: null },
    { timestamps: { created: 'at', updated: 'at' } },
    { timestamps: { updated: 'deletedAt' }, softDelete: true },
    { id: null },
    { id: 'guid' },
    { id: {} },
    { id: { slug: 5 } },
    { id: { slug: 'name', from: 'x' } },
    { defaults: 'x' },
    null,
    undefined,
    'uuid',
  ]
  const slips: readonly unknown[] = [...items.map((each) => ({ items: each })), null, 'items', []]
  for (const slip of slips)
    await expect(
      open({ collections: slip as CollectionsOptions }),
      JSON.stringify(slip),
    ).rejects.toMatchObject(refused)
  await expect(open({ collections: { itmes: { softDelete: true } } })).rejects.toMatchObject({
    code: 'record/collection-missing',
    data: { collection: 'itmes' },
  })
})

test('a validator of the app leaves slips to the engine', async () => {
  const anything: StandardSchemaV1 = {
    '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) },
  }
  const db: Loose = await open({ schemas: { items: anything } })
  const items = db.collection('items')
  for (const slip of [
    () => items.update('i00', undefined),
    () => items.updateMany([{ key: 'i00', patch: { name: 'x' }, ifmatch: 'old' }]),
    () => items.updateMany([{ key: 'i00', patch: { name: 'x' }, ifMatch: undefined }]),
    () => items.updateMany([undefined]),
  ])
    await expect(slip(), String(slip)).rejects.toMatchObject(refused)
  expect(await db.changes()).toEqual([])
  await db.close()
})

test('options of a transaction that mean nothing are refused before it runs', async () => {
  const db = await open()
  for (const slip of [
    { maxAttempts: 0 },
    { maxAttempts: Number.NaN },
    { maxAttempts: null },
    { singal: {} },
    null,
  ])
    await expect(
      db.transaction(() => expect.unreachable(), slip as Loose),
      JSON.stringify(slip),
    ).rejects.toMatchObject(refused)
  await db.close()
})
