import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { CollectionsOptions } from '../../src/client/collection-options.ts'
import type { Branch, Database } from '../../src/client/database.ts'
import type { OpenOptions } from '../../src/open.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { createNodeTabs } from '../../worker/node-engine.ts'
import { createMemoryDisk, createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { commitElsewhere, git, makeBareRepository } from '../support/git-repositories.ts'
import { definition, layoutDatabase } from '../support/layout-database.ts'
import { openOn, until } from './world.ts'

const host = useGitHost()
let number = 0

const columns = ['title', 'rank', 'author', 'createdAt', 'updatedAt', 'deletedAt']
const posts: Readonly<Record<string, string>> = {
  '.ingitdb/root-collections.yaml': 'posts: posts\nauthors: authors\n',
  'posts/.collection/definition.yaml': definition('{key}.json', 'json', 'single', columns).replace(
    '  author:\n    type: any\n',
    '  author:\n    type: string\n    foreign_key: authors\n',
  ),
  'posts/.collection/subcollections/notes/definition.yaml': definition('notes.json', 'json', 'list', [
    '$ID',
    'title',
  ]),
  'authors/.collection/definition.yaml': definition('authors.json', 'json', 'list', ['$ID', 'name', 'gone']),
  'authors/authors.json': '[{ "$ID": "ada", "name": "Ada" }]\n',
  'posts/$records/first.json': '{ "title": "First", "rank": 1, "author": "ada" }\n',
}

async function openWith(
  collections: CollectionsOptions,
  files: Readonly<Record<string, string>> = posts,
  more: OpenOptions = {},
): Promise<Database> {
  const name = `options-${++number}`
  makeBareRepository(host.path, name, files)
  return openOn(createMemoryStorage(), `${host.server.url}/${name}.git`, { ...more, collections })
}

test('an option that is not known is refused: a slip would delete for good', async () => {
  const slip = openWith({ posts: { softdelete: true } as never })
  await expect(slip).rejects.toMatchObject({ code: 'engine/bad-argument' })
})

test('times need columns that are declared: open names the option and the column', async () => {
  const slips = [
    [{ authors: { softDelete: true } }, 'softDelete', 'deletedAt'],
    [{ authors: { softDelete: { field: 'goen' } } }, 'softDelete', 'goen'],
    [{ authors: { timestamps: true } }, 'timestamps', 'createdAt'],
    [{ posts: { timestamps: { created: 'createdAt', updated: 'changedAt' } } }, 'timestamps', 'changedAt'],
  ] as const
  for (const [options, option, column] of slips) {
    const [collection = ''] = Object.keys(options)
    await expect(openWith(options)).rejects.toMatchObject({
      code: 'engine/bad-argument',
      message: expect.stringContaining(`"collections.${collection}.${option}" needs a column "${column}"`),
      data: { option: `collections.${collection}.${option}`, collection, column },
    })
  }
  // Where writes are not checked, records take what is not declared.
  const db = await openWith({ authors: { softDelete: true, timestamps: true } }, posts, { validate: 'off' })
  const authors = db.collection('authors')
  await authors.delete('ada')
  expect(await authors.find()).toEqual([])
  expect(await authors.find({ deleted: true })).toMatchObject([{ $id: 'ada', $status: 'deleted' }])
  await db.close()
})

test('a soft delete hides nothing in states from before its column was declared, and refuses no query there', async () => {
  const name = `options-${++number}`
  const bare = makeBareRepository(host.path, name, {
    ...posts,
    'authors/.collection/definition.yaml': definition('authors.json', 'json', 'list', ['$ID', 'name']),
  })
  git(bare, 'branch', 'before')
  commitElsewhere(bare, {
    'authors/.collection/definition.yaml': posts['authors/.collection/definition.yaml'] as string,
  })
  const db = await openOn(createMemoryStorage(), `${host.server.url}/${name}.git`, {
    collections: { authors: { softDelete: { field: 'gone' } } },
  })
  const authors = db.collection('authors')
  await authors.delete('ada')
  expect(await authors.find()).toEqual([])
  expect(await authors.find({ at: 'HEAD~1' })).toMatchObject([{ $id: 'ada' }])
  expect(await db.collection('posts').find({ at: 'HEAD~1', include: { author: true } })).toMatchObject([
    { $id: 'first', author: { $id: 'ada' } },
  ])
  const before = await db.branches.open('before')
  expect(await before.collection('authors').find()).toMatchObject([{ $id: 'ada' }])
  await db.close()
})

describe('keys', () => {
  test('uuid and ulid; a given key wins; without the option one is needed', async () => {
    const db = await openWith({
      posts: { id: 'uuid' },
      authors: { id: 'ulid' },
      'posts/notes': { id: 'ulid' },
    })
    const post = await db.collection('posts').insert({ title: 'x' })
    expect(post.$id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(await db.collection('posts').insert({ $id: 'mine', title: 'x' })).toMatchObject({ $id: 'mine' })
    const many = await db
      .collection('authors')
      .insertMany(Array.from({ length: 300 }, (_, n) => ({ name: `${n}` })))
    const ids = many.map(({ $id }) => $id)
    expect(ids[0]).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/)
    expect(ids.toSorted()).toEqual(ids)
    expect(new Set(ids).size).toBe(300)
    const notes = db.collection('posts').record('mine').collection('notes')
    const note = await notes.insert({ title: 'n' })
    expect(await notes.get(note.$id)).toEqual(note)
    await db.close()
    const plain = await openWith({})
    await expect(plain.collection('posts').insert({ title: 'x' })).rejects.toMatchObject({
      code: 'record/bad-key',
    })
    await plain.close()
  })

  test('slugs are numbered when taken, in one call and later, whatever their case', async () => {
    const db = await openWith({ posts: { id: { slug: 'title' } } })
    const keys = async (...titles: readonly string[]): Promise<readonly string[]> =>
      (await db.collection('posts').insertMany(titles.map((title) => ({ title })))).map(({ $id }) => $id)
    expect(await keys('Éire & co.', 'eire co', 'First', '日本 2', '***')).toEqual([
      'eire-co',
      'eire-co-2',
      'first-2',
      '日本-2',
      'record',
    ])
    expect(await keys('EIRE CO', 'First')).toEqual(['eire-co-3', 'first-3'])
    // In a transaction a row keeps its key, also when others come first.
    let runs = 0
    const key = await db.transaction(async (tx) => {
      const { $id } = await tx.collection('posts').insert({ title: 'New' })
      if (++runs === 1) await db.collection('authors').update('ada', { name: 'A' })
      return $id
    })
    expect(await db.collection('posts').get(key)).toMatchObject({ $id: 'new', title: 'New' })
    expect(runs).toBe(1)
    await db.close()
  })

  test('slugs are keys that every system takes: names of devices get a number, long ones keep room for it', async () => {
    const db = await openWith({ posts: { id: { slug: 'title' } } })
    const posts = db.collection('posts')
    const titles = ['CON', 'Aux', 'con', 'com¹', 'Console', '日'.repeat(80), '日'.repeat(81), 'ก'.repeat(70)]
    const made = await posts.insertMany(titles.map((title) => ({ title })))
    expect(made.map(({ $id }) => $id)).toEqual([
      'con-2',
      'aux-2',
      'con-3',
      'com1-2',
      'console',
      '日'.repeat(60),
      `${'日'.repeat(60)}-2`,
      'ก'.repeat(60),
    ])
    expect(await posts.getMany(made.map(({ $id }) => $id))).toEqual(made)
    await db.commit({ message: 'Posts' })
    expect(await posts.getMany(['con', 'con-3'])).toMatchObject([undefined, { title: 'con' }])
    await db.close()
  })
})

describe('keys that a function of the app makes', () => {
  const keyOf = ({ title }: RecordValue): string => String(title).toLowerCase()

  test('of inserts and upserts without one, with the defaults filled in; a given key wins', async () => {
    const asked: RecordValue[] = []
    const db = await openWith({
      posts: { id: (record) => (asked.push(record), keyOf(record)), defaults: { title: 'None', rank: 1 } },
      'posts/notes': { id: keyOf },
    })
    const collection = db.collection('posts')
    expect(await collection.insert({ title: 'A' })).toMatchObject({ $id: 'a', title: 'A', rank: 1 })
    expect(asked).toEqual([{ title: 'A', rank: 1 }])
    expect(await collection.upsert({ title: 'A', rank: 2 })).toMatchObject({ $id: 'a', rank: 2 })
    const rows = [{ title: 'B' }, { $id: 'mine', title: 'C' }, {}]
    expect((await collection.insertMany(rows)).map(({ $id }) => $id)).toEqual(['b', 'mine', 'none'])
    expect((await collection.upsertMany(rows)).map(({ $id }) => $id)).toEqual(['b', 'mine', 'none'])
    const many = Array.from({ length: 150 }, (_, n) => ({ title: `T${n}` }))
    expect((await collection.insertMany(many)).at(-1)).toMatchObject({ $id: 't149', title: 'T149' })
    await db.transaction((tx) => tx.collection('posts').insert({ title: 'In one' }))
    expect(await collection.get('in one')).toMatchObject({ title: 'In one' })
    // Below a parent it is the own key.
    const notes = collection.record('a').collection('notes')
    expect(await notes.insert({ title: 'X/Y' })).toMatchObject({ $id: 'x/y' })
    expect(await notes.get('x/y')).toMatchObject({ title: 'X/Y' })
    // Neither asks.
    const before = asked.length
    await collection.replace({ $id: 'a', title: 'Other' })
    await collection.update('a', { rank: 3 })
    expect(asked).toHaveLength(before)
    await db.close()
  })

  test('of what the validator of the app made of the record', async () => {
    const name = `options-${++number}`
    makeBareRepository(host.path, name, posts)
    const trims = (value: unknown): { readonly value: RecordValue } => ({
      value: { title: String((value as RecordValue)['title']).trim() },
    })
    const db = await openOn(createMemoryStorage(), `${host.server.url}/${name}.git`, {
      schemas: { posts: { '~standard': { version: 1, vendor: 'test', validate: trims } } },
      collections: { posts: { id: keyOf } },
    })
    expect(await db.collection('posts').insert({ title: ' A ' })).toMatchObject({ $id: 'a', title: 'A' })
    await db.close()
  })

  test('that are taken, not allowed, or no text are refused like given ones; nothing is written', async () => {
    let made: unknown
    const db = await openWith({ posts: { id: () => made as string } })
    const collection = db.collection('posts')
    made = 'first'
    const taken = { code: 'record/exists', data: { collection: 'posts', key: 'first' } }
    await expect(collection.insert({ title: 'x' })).rejects.toMatchObject(taken)
    await expect(collection.insert({ $id: 'first', title: 'x' })).rejects.toMatchObject(taken)
    made = 'twice'
    await expect(collection.insertMany([{ title: 'x' }, { title: 'y' }])).rejects.toMatchObject({
      code: 'record/exists',
    })
    made = '..'
    await expect(collection.insert({ title: 'x' })).rejects.toMatchObject({ code: 'record/bad-key' })
    for (made of [undefined, null, 7, Promise.resolve('later')])
      for (const write of [collection.insert({ title: 'x' }), collection.upsertMany([{ title: 'x' }])])
        await expect(write).rejects.toMatchObject({
          code: 'record/bad-key',
          data: { collection: 'posts' },
          message: expect.stringContaining('"collections.posts.id"'),
        })
    expect(await db.changes()).toEqual([])
    await db.close()
    const slip = openWith({ posts: { id: 'uid' } as never })
    await expect(slip).rejects.toThrow(/"collections\.posts\.id" is "uid".*a function/)
  })
})

test('defaults fill what inserts and upserts lack, values or made for each row', async () => {
  let made = 0
  const db = await openWith({ posts: { defaults: { rank: () => ++made, author: 'ada' } } })
  const rows = await db.collection('posts').insertMany([
    { $id: 'a', title: 'A' },
    { $id: 'b', title: 'B', rank: 9, author: null },
  ])
  expect(rows.map(({ rank, author }) => [rank, author])).toEqual([
    [1, 'ada'],
    [9, null],
  ])
  expect(await db.collection('posts').upsert({ $id: 'a' })).toMatchObject({ rank: 2, author: 'ada' })
  expect(await db.collection('posts').update('a', { rank: undefined })).not.toHaveProperty('rank')
  await db.close()
})

test('timestamps are set by the write: created once, updated when something changes', async () => {
  const db = await openWith({ posts: { timestamps: true }, authors: { timestamps: { updated: 'gone' } } })
  const collection = db.collection('posts')
  const begin = new Date().toISOString()
  const row = await collection.insert({ $id: 'a', title: 'A' })
  expect(row['createdAt']).toBe(row['updatedAt'])
  expect(String(row['createdAt']) >= begin).toBe(true)
  expect(await collection.update('a', { title: 'A' })).toEqual(row)
  await until('the clock ticks', () => new Date().toISOString() > String(row['updatedAt']))
  const changed = await collection.replace({ $id: 'a', title: 'B' })
  expect(changed['createdAt']).toBe(row['createdAt'])
  expect(String(changed['updatedAt']) > String(row['updatedAt'])).toBe(true)
  expect(
    await collection.insert({ $id: 'old', title: 'x', createdAt: '2001-01-01T00:00:00.000Z' }),
  ).toMatchObject({
    createdAt: '2001-01-01T00:00:00.000Z',
  })
  expect(await db.collection('authors').update('ada', { name: 'A' })).toHaveProperty('gone')
  // Undo brings back the times as well.
  await db.undo()
  expect(await db.collection('authors').get('ada')).not.toHaveProperty('gone')
  await db.close()
})

test('timestamps merge as the earlier time of creation and the later one of change', async () => {
  const db = await openWith({ posts: { timestamps: true } })
  const posts = db.collection('posts')
  const timesOf = async (view: Database | Branch, key: string): Promise<readonly unknown[]> => {
    const row = await view.collection('posts').get(key)
    return [row?.['createdAt'], row?.['updatedAt']]
  }
  await posts.insert({ $id: 'one', title: 'One', rank: 1 })
  await db.commit({ message: 'One' })
  const draft = await db.branches.create('draft')
  await draft.collection('posts').update('one', { title: 'Uno' })
  await draft.collection('posts').insert({ $id: 'two', title: 'Two', createdAt: '2020-01-01T00:00:00.000Z' })
  await draft.commit({ message: 'Theirs' })
  await posts.update('one', { rank: 2 })
  await posts.insert({ $id: 'two', title: 'Two', createdAt: '2021-01-01T00:00:00.000Z' })
  await db.commit({ message: 'Ours' })
  const [ours, theirs] = await Promise.all([timesOf(db, 'two'), timesOf(draft, 'two')])
  const one = await timesOf(db, 'one')

  const merge = await db.merge.start('draft')
  expect(merge.conflicts).toEqual([])
  await merge.commit()
  expect(await posts.get('one')).toMatchObject({ title: 'Uno', rank: 2, updatedAt: one[1] })
  expect(await timesOf(db, 'two')).toEqual([theirs[0], [ours[1], theirs[1]].sort()[1]])

  // The same for changes that are carried.
  await posts.update('one', { rank: 3 })
  await db.commit({ message: 'Rank' })
  await posts.update('one', { title: 'Eins' })
  const [, titledAt] = await timesOf(db, 'one')
  expect(await db.revert('main')).toMatchObject({ status: 'applied' })
  expect(await posts.get('one')).toMatchObject({ title: 'Eins', rank: 2, updatedAt: titledAt })
})

test('soft deletes hide records from reads, queries and writes, until they are restored', async () => {
  const db = await openWith({
    posts: { softDelete: true, timestamps: true },
    authors: { softDelete: { field: 'gone' } },
  })
  const collection = db.collection('posts')
  await collection.insertMany([
    { $id: 'a', title: 'A', author: 'ada' },
    { $id: 'b', title: 'B', author: 'ada' },
  ])
  await collection.delete('a')
  expect(await collection.get('a')).toBeUndefined()
  expect(await collection.exists('a')).toBe(false)
  expect((await collection.getMany(['a', 'b'])).map((row) => row?.$id)).toEqual([undefined, 'b'])
  expect((await collection.all()).map(({ $id }) => $id)).toEqual(['b', 'first'])
  expect((await collection.find()).map(({ $id }) => $id)).toEqual(['b', 'first'])
  expect(await collection.count()).toBe(2)
  expect(await collection.count({ where: { title: 'A' } })).toBe(0)
  for (const write of [collection.update('a', {}), collection.replace({ $id: 'a' }), collection.delete('a')])
    await expect(write).rejects.toMatchObject({ code: 'record/missing' })
  for (const write of [
    collection.update('a', {}, { ifMatch: 'known' }),
    collection.replace({ $id: 'a' }, { ifMatch: 'known' }),
    collection.delete('a', { ifMatch: 'known' }),
  ])
    await expect(write).rejects.toMatchObject({ code: 'record/changed', data: { current: null } })
  await expect(collection.insert({ $id: 'a' })).rejects.toMatchObject({ code: 'record/exists' })
  // With deleted ones.
  expect(await collection.get('a', { deleted: true })).toMatchObject({ title: 'A', $status: 'deleted' })
  expect((await collection.all({ deleted: true })).length).toBe(3)
  expect(await collection.getMany(['a', 'b'], { deleted: true })).toMatchObject([
    { $status: 'deleted' },
    { $status: 'added' },
  ])
  expect(await collection.find({ where: { title: 'A' }, deleted: true })).toMatchObject([
    { $status: 'deleted' },
  ])
  expect(await collection.find({ where: { $status: 'deleted' }, deleted: true })).toHaveLength(1)
  expect(await collection.count({ deleted: true })).toBe(3)
  const restored = await collection.restore('a')
  expect(restored).not.toHaveProperty('deletedAt')
  expect(await collection.get('a')).toEqual(restored)
  await expect(collection.restore('a')).rejects.toMatchObject({ code: 'record/exists' })
  await collection.deleteMany(['a', 'b'])
  expect(await collection.upsert({ $id: 'a', title: 'again' })).not.toHaveProperty('deletedAt')
  // Referred to, but hidden: an include does not find it.
  await db.collection('authors').delete('ada')
  expect(await collection.find({ include: { author: true }, where: { $id: 'first' } })).toMatchObject([
    { $id: 'first', author: null },
  ])
  await collection.delete('b', { permanent: true })
  expect(await collection.get('b', { deleted: true })).toBeUndefined()
  expect(await db.validate()).toMatchObject({ valid: true })
  await db.close()
})

test('a soft delete with ifMatch hides only the record that was read', async () => {
  const db = await openWith({ posts: { softDelete: true } })
  const collection = db.collection('posts')
  await collection.insert({ $id: 'a', title: 'A' })
  const [a, first] = await collection.all()
  await collection.update('a', { title: 'of another tab' })
  const stale = a?.$rev ?? ''
  for (const write of [
    () => collection.delete('a', { ifMatch: stale }),
    () => collection.deleteMany(['first', { key: 'a', ifMatch: stale }]),
  ])
    await expect(write()).rejects.toMatchObject({
      code: 'record/changed',
      data: { key: 'a', current: { title: 'of another tab' } },
    })
  expect((await collection.all()).map(({ $id }) => $id)).toEqual(['a', 'first'])
  await collection.delete('first', { ifMatch: first?.$rev ?? '' })
  await collection.deleteMany([{ key: 'a', ifMatch: (await collection.get('a'))?.$rev ?? '' }])
  expect((await collection.all({ deleted: true })).map(({ $status }) => $status)).toEqual([
    'deleted',
    'deleted',
  ])
  await db.close()
})

describe('a soft delete against an edit', () => {
  const collections: CollectionsOptions = { posts: { softDelete: true, timestamps: true } }
  /** The branch `draft` renames the post that main deletes softly. */
  const apart = async (): Promise<{ readonly db: Database; readonly draft: Branch }> => {
    const db = await openWith(collections)
    const draft = await db.branches.create('draft')
    await draft.collection('posts').update('first', { title: 'Precious' })
    await draft.commit({ message: 'Rename' })
    await db.collection('posts').delete('first')
    await db.commit({ message: 'Delete' })
    return { db, draft }
  }

  test.each([
    ['ours', 'draft', undefined],
    ['theirs', 'draft', 'Precious'],
    ['ours', 'main', 'Precious'],
    ['theirs', 'main', undefined],
  ] as const)('is a conflict of the mark: %s when %s is merged', async (choice, from, title) => {
    const { db, draft } = await apart()
    const target = from === 'draft' ? db : draft
    const deleted = await db.collection('posts').get('first', { deleted: true })
    const mark = deleted?.['deletedAt']
    const merge = await target.merge.start(from)
    expect(merge.conflicts).toMatchObject([
      { collection: 'posts', key: 'first', path: ['deletedAt'], kind: 'delete/edit', base: undefined },
    ])
    const [conflict] = merge.conflicts
    expect([conflict?.ours, conflict?.theirs]).toEqual(
      from === 'draft' ? [mark, undefined] : [undefined, mark],
    )
    expect(await merge.commit()).toMatchObject({ status: 'unresolved' })
    await merge.resolveAll(choice)
    await merge.commit()
    const row = await target.collection('posts').get('first')
    expect(row?.['title']).toBe(title)
    // The edit is in the record, hidden or not.
    expect(await target.collection('posts').get('first', { deleted: true })).toMatchObject({
      title: 'Precious',
    })
    await db.close()
  })

  test('is one for changes that are carried, too', async () => {
    const { db, draft } = await apart()
    expect(await draft.cherryPick('main')).toMatchObject({
      status: 'conflicts',
      conflicts: [{ key: 'first', reason: 'fields', conflicts: [{ path: ['deletedAt'] }] }],
    })
    expect(await draft.collection('posts').get('first')).toMatchObject({ title: 'Precious' })
    await db.close()
  })

  test('is none where both deleted: the record has been gone since the first of them', async () => {
    const { db, draft } = await apart()
    await draft.collection('posts').delete('first')
    await draft.commit({ message: 'Delete as well' })
    const mark = (await db.collection('posts').get('first', { deleted: true }))?.['deletedAt']
    const merge = await db.merge.start('draft')
    expect(merge.conflicts).toEqual([])
    await merge.commit()
    expect(await db.collection('posts').get('first', { deleted: true })).toMatchObject({
      title: 'Precious',
      deletedAt: mark,
    })
    await db.close()
  })

  test('is one for every tool where the repository declares it', async () => {
    const db = await openWith(
      {},
      {
        ...posts,
        '.ingitdb/espalier.yaml': 'merge:\n  strategies:\n    posts: { deletedAt: soft-delete }\n',
      },
    )
    const draft = await db.branches.create('draft')
    await draft.collection('posts').update('first', { title: 'Precious' })
    await draft.commit({ message: 'Rename' })
    await db.collection('posts').update('first', { deletedAt: '2026-01-01T00:00:00.000Z' })
    await db.commit({ message: 'Delete' })
    const { conflicts } = await db.merge.preview('draft')
    expect(conflicts).toMatchObject([{ path: ['deletedAt'], kind: 'delete/edit' }])
    expect(await db.merge.preview('draft', { strategies: { posts: { deletedAt: 'max' } } })).toMatchObject({
      conflicts: [],
    })
    await db.close()
  })
})

test('live queries see soft deletes as deletes', async () => {
  const db = await openWith({ posts: { softDelete: true } })
  const seen: (readonly string[])[] = []
  const stop = db
    .collection('posts')
    .find()
    .subscribe(({ rows }) => seen.push(rows.map(({ $id }) => $id)))
  await until('the first rows', () => seen.length === 1)
  await db.collection('posts').delete('first')
  await until('the row goes', () => seen.at(-1)?.length === 0)
  await db.undo()
  await until('the row comes back', () => seen.at(-1)?.length === 1)
  stop()
  await db.close()
})

describe('updates and deletes by condition', () => {
  test('are one step, in the order of keys, on what is there when they are written', async () => {
    const db = await openWith({}, layoutDatabase)
    const statuses = db.collection('statuses')
    await statuses.insertMany(
      Array.from({ length: 20 }, (_, n) => ({ $id: `s${n + 10}`, title: 'T', rank: n })),
    )
    const rows = await statuses.updateMany({ where: { rank: { gte: 18 } } }, { title: 'last' })
    expect(rows.map(({ $id, title }) => [$id, title])).toEqual([
      ['s28', 'last'],
      ['s29', 'last'],
    ])
    expect(await statuses.updateMany({ where: { title: 'nothing' } }, { rank: 1 })).toEqual([])
    await statuses.deleteMany({ where: { and: [{ rank: { lt: 18 } }, { title: 'T' }] } })
    expect((await statuses.all()).map(({ $id }) => $id)).toEqual(['done', 'new', 's28', 's29'])
    expect(await db.undo()).toMatchObject({ status: 'done', refused: [] })
    expect(await statuses.count()).toBe(22)
    const lines = db.collection('orders').record('o1').collection('lines')
    await lines.updateMany({ where: { $id: 'l1' } }, { count: 7 })
    expect((await db.collection('orders/lines').find({ where: { count: 7 } })).map(({ $id }) => $id)).toEqual(
      ['o1/l1'],
    )
    await lines.deleteMany({ where: {} })
    expect(await db.collection('orders/lines').count()).toBe(1)
    await db.close()
  })

  test('count as reads of the collection in a transaction', async () => {
    const name = `options-${++number}`
    makeBareRepository(host.path, name, posts)
    const disk = createMemoryDisk()
    const tabs = createNodeTabs()
    const tab = (): Promise<Database> =>
      openOn(createMemoryStorage(disk), `${host.server.url}/${name}.git`, { tabs })
    const [db, other] = [await tab(), await tab()]
    let runs = 0
    await db.transaction(async (tx) => {
      await tx.collection('posts').updateMany({ where: { rank: { gt: 0 } } }, { title: 'seen' })
      if (++runs === 1) await other.collection('posts').insert({ $id: 'second', rank: 2 })
    })
    expect(runs).toBe(2)
    expect(await db.collection('posts').get('second')).toMatchObject({ title: 'seen' })
    await db.close()
    await other.close()
  })
})

describe('restore', () => {
  test('brings back what is deleted and not committed, or the last commit that had it, or another one', async () => {
    const name = `options-${++number}`
    const bare = makeBareRepository(host.path, name, layoutDatabase)
    const db = await openOn(createMemoryStorage(), `${host.server.url}/${name}.git`)
    const [start] = await db.log()
    const cities = db.collection('cities')
    const lines = db.collection('orders').record('o2').collection('lines')
    await cities.update('cork', { name: 'Corcaigh' })
    await lines.update('l1', { count: 4 })
    await db.commit({ message: 'Edited' })
    await cities.delete('cork')
    expect(await cities.restore('cork')).toMatchObject({ name: 'Corcaigh' })
    expect(await db.changes()).toEqual([])
    await cities.delete('cork')
    await lines.delete('l1')
    await db.commit({ message: 'Deleted' })
    await cities.update('dublin', { note: 'x' })
    await db.commit({ message: 'More' })
    expect(await cities.restore('cork')).toMatchObject({ name: 'Corcaigh', $status: 'added' })
    expect(await lines.restore('l1')).toMatchObject({ $id: 'l1', count: 4 })
    await db.discard()
    expect(await cities.restore('cork', { from: start?.oid ?? '' })).toMatchObject({ name: 'Cork' })
    await expect(cities.restore('paris')).rejects.toMatchObject({ code: 'record/missing' })
    await expect(cities.restore('dublin')).rejects.toMatchObject({ code: 'record/exists' })
    await expect(lines.restore('l1', { from: 'nowhere' })).rejects.toMatchObject({ code: 'git/ref-missing' })
    await db.close()
    // What lies behind the tip is fetched.
    commitElsewhere(bare, { 'orders/$records/o1.yaml': null, 'orders/$records/o1/lines/lines.json': null })
    commitElsewhere(bare, { 'tags/tags.ingr': '# INGR.io | tags: $ID, color\n"blue"\n"#00f"\n# 1 records\n' })
    const shallow = await openOn(createMemoryStorage(), `${host.server.url}/${name}.git`, { history: 'tip' })
    expect(await shallow.collection('orders').restore('o1')).toMatchObject({ customer: 'ada' })
    expect(await shallow.collection('tags').restore('red')).toMatchObject({ color: '#f00' })
    await shallow.close()
  })

  test('finds a record 5,000 commits back', async () => {
    const name = `options-${++number}`
    const bare = makeBareRepository(host.path, name, posts)
    const commit = (n: number, change: string): string =>
      `commit refs/heads/main\ncommitter Grace <grace@example.com> ${1_700_000_000 + n} +0000\ndata 1\nx\n` +
      `${n === 0 ? 'from refs/heads/main^0\n' : ''}${change}\n`
    let input = commit(0, 'D posts/$records/first.json')
    for (let n = 1; n <= 5000; n++) {
      const text = `{ "rank": ${n} }\n`
      const file = `"posts/$records/p${n % 50}.json"`
      input += commit(n, `M 100644 inline ${file}\ndata ${text.length}\n${text}`)
    }
    execFileSync('git', ['fast-import', '--quiet', '--done'], { cwd: bare, input: `${input}done\n` })
    const file = join(host.path, `${name}.bundle`)
    git(bare, 'bundle', 'create', '-q', file, '--all')
    const db = await openOn(createMemoryStorage(), 'https://git.example.com/posts.git', {
      bundle: readFileSync(file),
    })
    const begin = performance.now()
    expect(await db.collection('posts').restore('first')).toMatchObject({ title: 'First' })
    expect(performance.now() - begin).toBeLessThan(20_000)
    await db.close()
  })
})
