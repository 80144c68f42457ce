import { describe, expect, test } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import {
  createMemoryDisk,
  createMemoryStorage,
  type MemoryDisk,
} from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { commitElsewhere, git, makeBareRepository } from '../support/git-repositories.ts'
import { definition, layoutDatabase } from '../support/layout-database.ts'
import { auditDisk, openOn } from './world.ts'

describe('records that share a file', () => {
  const host = useGitHost()
  let number = 0

  interface World {
    readonly bare: string
    readonly url: string
    readonly disk: MemoryDisk
    readonly db: Database
  }
  const open = async (more: Readonly<Record<string, string>> = {}): Promise<World> => {
    const name = `shared-${number++}`
    const bare = makeBareRepository(host.path, name, { ...layoutDatabase, ...more })
    const url = `${host.server.url}/${name}.git`
    const disk = createMemoryDisk()
    return { bare, url, disk, db: await openOn(createMemoryStorage(disk), url) }
  }
  const show = (bare: string, path: string): string => git(bare, 'show', `main:${path}`)
  const numstat = (bare: string): readonly string[] =>
    git(bare, 'diff', '--numstat', 'main~1', 'main').trim().split('\n')

  test('lists, dictionaries and fixed names are read by key', async () => {
    const { db } = await open()
    expect((await db.collections()).issues).toEqual([])
    const counts = new Map(
      (await db.collections()).collections.map((info) => [info.definition.id, info.count]),
    )
    expect(Object.fromEntries(counts)).toMatchObject({
      cities: 3,
      prices: 2,
      statuses: 2,
      tags: 2,
      log: 2,
      settings: 1,
    })
    expect(await db.collection('cities').get('dublin')).toMatchObject({
      name: 'Dublin',
      note: 'the "capital"',
    })
    expect(await db.collection('prices').get('a')).toMatchObject({ $id: 'a', id: 'a', amount: 130 })
    expect(await db.collection('statuses').get('new')).toMatchObject({ title: 'New', rank: 1 })
    expect(await db.collection('tags').get('red')).toMatchObject({ $id: 'red', color: '#f00' })
    expect((await db.collection('log').all()).map(({ $id }) => $id)).toEqual(['1', '2'])
    expect(await db.collection('settings').all()).toMatchObject([{ $id: 'app', theme: 'dark', size: 12 }])
    expect(await db.collection('cities').get('nowhere')).toBeUndefined()
    await db.close()
  })

  test('an edit, an insert and a delete in each file touch their lines only, in one commit', async () => {
    const { bare, db, disk } = await open()
    await db.collection('cities').update('dublin', { name: 'Baile Átha Cliath' })
    await db.collection('prices').update('a', { unit: 'g' })
    await db.collection('statuses').update('new', { title: 'Brand new' })
    await db.collection('tags').update('red', { color: '#e00' })
    await db.collection('log').update('2', { text: 'zwei' })
    await db.collection('settings').update('app', { size: 13 })
    await db.commit({ message: 'Edits' })
    await db.push()
    for (const line of numstat(bare)) expect(line).toMatch(/^1\t1\t/)
    expect(numstat(bare)).toHaveLength(6)
    expect(show(bare, 'prices/prices.json')).toContain('"amount": 130.0, "unit": "g"')
    expect(show(bare, 'statuses/statuses.yaml')).toContain('"Brand new" # first')

    await db.collection('cities').insert({ $id: 'sligo', id: 'sligo', name: 'Sligo' })
    await db.collection('cities').delete('cork')
    await db.collection('prices').delete('b')
    await db.collection('statuses').insert({ $id: 'late', title: 'Late', rank: 3 })
    await db.collection('tags').insert({ $id: 'green', color: '#0f0' })
    await db.collection('log').insert({ $id: '3', id: '3', text: 'three' })
    await db.commit({ message: 'Inserts and deletes' })
    await db.push()
    expect(show(bare, 'cities/cities.csv')).toBe(
      'id,name,note\ndublin,Baile Átha Cliath,"the ""capital"""\ngalway,Galway,\nsligo,Sligo,\n',
    )
    expect(show(bare, 'prices/prices.json')).toBe('[\n  { "id": "a", "amount": 130.0, "unit": "g" }\n]\n')
    expect(show(bare, 'log/log.jsonl')).toContain('{"id":"3","text":"three"}\n')
    expect((await db.collection('tags').all()).map(({ $id }) => $id)).toEqual(['blue', 'green', 'red'])
    git(bare, 'fsck', '--strict')

    // What another process reads is what this one has in memory.
    const other = await openOn(createMemoryStorage(disk), `${host.server.url}/other.git`, { history: 'tip' })
    for (const id of ['cities', 'prices', 'statuses', 'tags', 'log', 'settings'])
      expect(await other.collection(id).all()).toEqual(await db.collection(id).all())
    await other.close()
    await db.close()
    await auditDisk(disk)
  })

  test('what the file could not hold is refused before it is acknowledged, and nothing else with it', async () => {
    const { db } = await open()
    const cities = db.collection('cities')
    const outcomes = await Promise.allSettled([
      cities.update('cork', { name: 'Corcaigh' }),
      cities.update('dublin', { note: { nested: 'map' } }),
      cities.update('galway', { name: 'Gaillimh' }),
      cities.update('cork', { id: 'other' }),
      cities.insert({ $id: 'sligo', name: 'Sligo', id: 'sligo', note: 'n' }),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    expect((await db.changes()).map(({ key }) => key)).toEqual(['cork', 'galway', 'sligo'])
    await db.commit({ message: 'The good ones' })
    expect((await cities.all()).map(({ name }) => name)).toEqual(['Corcaigh', 'Dublin', 'Gaillimh', 'Sligo'])
    await expect(
      db.collection('settings').insert({ $id: 'other', theme: 'x', size: 1 }),
    ).rejects.toMatchObject({
      code: 'record/bad-key',
    })
    await expect(cities.insert({ $id: 'cork', id: 'cork', name: 'again', note: '' })).rejects.toMatchObject({
      code: 'record/exists',
    })
    await db.close()
  })

  test('one broken file or row is an issue with its place, its siblings stay, and its text can be repaired', async () => {
    const broken =
      '[\n  { "id": "a", "amount": 1 },\n  { "amount": 2 },\n  { "id": "a" },\n  { "id": "c" }\n]\n'
    const { db, bare } = await open({
      'prices/prices.json': broken,
      'statuses/statuses.yaml':
        'new:\n  title: New\n<<<<<<< ours\n  rank: 1\n=======\n  rank: 2\n>>>>>>> theirs\n',
      'settings/app.yaml': 'theme: [dark\n',
    })
    const prices = db.collection('prices')
    expect((await prices.all()).map(({ $id }) => $id)).toEqual(['a', 'c'])
    expect(await prices.problems()).toMatchObject([
      { code: 'format/no-key', file: 'prices/prices.json', line: 3, collection: 'prices' },
      { code: 'format/duplicate-key', key: 'a', line: 4 },
    ])
    expect(await db.collection('statuses').all()).toEqual([])
    expect(await db.collection('statuses').problems()).toMatchObject([
      { code: 'format/bad-record', file: 'statuses/statuses.yaml', line: 3 },
    ])
    await expect(db.collection('statuses').get('new')).rejects.toMatchObject({ code: 'format/bad-record' })
    await expect(db.collection('statuses').insert({ $id: 'x', title: 'X' })).rejects.toMatchObject({
      code: 'format/bad-record',
    })
    expect(await db.collection('settings').problems()).toMatchObject([
      { key: 'app', file: 'settings/app.yaml' },
    ])

    // Working changes of other files survive the repair.
    await db.collection('cities').update('cork', { name: 'Corcaigh' })
    const path = 'statuses/statuses.yaml'
    expect((await db.files.read(path))?.text).toContain('<<<<<<< ours')
    await expect(db.files.replace(path, 'new: [\n', { message: 'No' })).rejects.toMatchObject({
      code: 'format/bad-record',
      data: { file: path },
    })
    await db.files.replace(path, 'new:\n  title: New\n  rank: 1\n', { message: 'Resolve' })
    await db.files.replace('settings/app.yaml', 'theme: [still', { message: 'Forced', force: true })
    expect(await db.collection('statuses').get('new')).toMatchObject({ rank: 1 })
    expect(await db.changes()).toMatchObject([{ collection: 'cities', key: 'cork' }])
    await expect(
      db.files.replace('cities/cities.csv', 'id,name,note\n', { message: 'Clash' }),
    ).rejects.toMatchObject({ code: 'schema/working-changes' })
    await expect(
      db.files.replace(path, 'new:\n  title: New\n  rank: 1\n', { message: 'Same' }),
    ).rejects.toMatchObject({ code: 'engine/nothing-to-commit' })
    for (const unsafe of ['../out', '/etc/x', '.git/config', 'a//b', ''])
      await expect(db.files.replace(unsafe, 'x', { message: 'No' })).rejects.toMatchObject({
        code: 'git/unsafe-path',
      })
    const then = await db.at('main')
    expect((await then.files.read(path))?.text).toContain('rank: 1')
    expect(await then.files.read('nothing/here')).toBeUndefined()
    await then.close()
    await db.commit({ message: 'And the city' })
    await db.push()
    expect(git(bare, 'log', '--format=%s', 'main').trim().split('\n')).toEqual([
      'And the city',
      'Forced',
      'Resolve',
      'Start',
    ])
    await db.close()
  })

  test('a pull brings rows of a file and keeps working changes of its other rows', async () => {
    const { db, bare, disk, url } = await open()
    const cities = db.collection('cities')
    await cities.all()
    await cities.update('cork', { name: 'Corcaigh' })
    await cities.insert({ $id: 'sligo', id: 'sligo', name: 'Sligo', note: '' })
    commitElsewhere(bare, {
      'cities/cities.csv': 'id,name,note\ncork,Cork,rebel\ndublin,Dublin,"capital"\nlimerick,Limerick,\n',
    })
    const outcome = await db.pull()
    expect(outcome).toMatchObject({ status: 'fast-forwarded' })
    expect(outcome.status === 'fast-forwarded' && outcome.records).toEqual([
      { collection: 'cities', key: 'dublin' },
      { collection: 'cities', key: 'galway' },
      { collection: 'cities', key: 'limerick' },
    ])
    expect((await cities.all()).map(({ name }) => name)).toEqual(['Corcaigh', 'Dublin', 'Limerick', 'Sligo'])
    commitElsewhere(bare, { 'cities/cities.csv': 'id,name,note\ncork,CORK,rebel\n' })
    expect(await db.pull()).toMatchObject({
      status: 'blocked',
      records: [{ collection: 'cities', key: 'cork' }],
    })
    await db.close()
    const again = await openOn(createMemoryStorage(disk), url)
    expect((await again.collection('cities').all()).map(({ name }) => name)).toEqual([
      'Corcaigh',
      'Dublin',
      'Limerick',
      'Sligo',
    ])
    await again.commit({ message: 'Ours' })
    await again.close()
    await auditDisk(disk)
  })

  test('a file with thousands of rows: many edits at once, and one by one', async () => {
    const rows = Array.from({ length: 5000 }, (_, n) => `k${n},name ${n},note ${n}\n`)
    const { db, bare } = await open({ 'cities/cities.csv': `id,name,note\n${rows.join('')}` })
    const cities = db.collection('cities')
    expect(await cities.count()).toBe(5000)
    await cities.updateMany(rows.map((_, n) => ({ key: `k${n}`, patch: { note: `changed ${n}` } })))
    await Promise.all(rows.slice(0, 200).map((_, n) => cities.update(`k${n}`, { name: `new ${n}` })))
    await db.commit({ message: 'All' })
    await db.push()
    const text = show(bare, 'cities/cities.csv').split('\n')
    expect(text).toHaveLength(5002)
    expect(text[1]).toBe('k0,new 0,changed 0')
    expect(text[5000]).toBe('k4999,name 4999,changed 4999')
    await db.close()
  })

  test('a file that is too large to edit is still read', async () => {
    const filler = 'x'.repeat(7_000_000)
    const text = ['a', 'b', 'c'].map((key) => `{"id":"${key}","text":"${filler}"}\n`).join('')
    const { db } = await open({ 'log/log.jsonl': text })
    expect(await db.collection('log').count()).toBe(3)
    await expect(db.collection('log').update('a', { text: 'short' })).rejects.toMatchObject({
      code: 'format/read-only',
    })
    expect(await db.changes()).toEqual([])
    await db.close()
  })

  test('a collection whose file does not exist yet gets one with its first record', async () => {
    const { db, bare } = await open({
      '.ingitdb/root-collections.yaml': `${layoutDatabase['.ingitdb/root-collections.yaml']}fresh: fresh\n`,
      'fresh/.collection/definition.yaml': definition('fresh.json', 'json', 'list', ['id', 'x']),
    })
    expect(await db.collection('fresh').all()).toEqual([])
    await db.collection('fresh').insertMany([
      { $id: 'b', id: 'b', x: 1 },
      { $id: 'a', id: 'a', x: 2 },
    ])
    await db.collection('fresh').delete('b')
    await db.commit({ message: 'First' })
    await db.push()
    expect(JSON.parse(show(bare, 'fresh/fresh.json'))).toEqual([{ id: 'a', x: 2 }])
    await db.close()
  })
})
