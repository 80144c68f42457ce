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
    () => items.updateMany({}, patch),
    () => items.updateMany(undefined, patch),
    () => items.deleteMany(['i00'], { ifMatch: 'old' }),
    () => items.deleteMany({ where: {}, limit: 1 }),
    () => items.deleteMany({}),
    () => items.restore('i00', { fromm: 'HEAD' }),
  ]
  for (const slip of slips) await expect(slip(), String(slip)).rejects.toMatchObject(refused)
  for (const where of [undefined, null, 'name'])
    await expect(items.deleteMany({ where })).rejects.toMatchObject({ code: 'query/invalid' })
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
