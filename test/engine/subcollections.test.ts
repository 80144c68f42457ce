import { describe, expect, test } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import {
  createMemoryDisk,
  createMemoryStorage,
  type MemoryDisk,
} from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { commitElsewhere, git, makeBareRepository } from '../support/git-repositories.ts'
import { layoutDatabase } from '../support/layout-database.ts'
import { auditDisk, openOn } from './world.ts'

describe('subcollections', () => {
  const host = useGitHost()
  let number = 0

  interface World {
    readonly bare: string
    readonly url: string
    readonly disk: MemoryDisk
    readonly db: Database
  }
  const open = async (more: Readonly<Record<string, string>> = {}): Promise<World> => {
    const name = `sub-${number++}`
    const bare = makeBareRepository(host.path, name, { ...layoutDatabase, ...more })
    const url = `${host.server.url}/${name}.git`
    const disk = createMemoryDisk()
    return { bare, url, disk, db: await openOn(createMemoryStorage(disk), url) }
  }
  const keys = async (db: Database, id: string): Promise<readonly string[]> =>
    (await db.collection(id).all()).map(({ $id }) => $id)

  test('are read over all parents, from both path conventions, and one parent at a time', async () => {
    const { db } = await open()
    expect(await keys(db, 'orders')).toEqual(['a/b', 'o1', 'o2'])
    expect(await keys(db, 'orders/lines')).toEqual(['o1/l1', 'o1/l2', 'o2/l1'])
    expect(await keys(db, 'orders/notes')).toEqual(['a%2Fb/n1', 'o1/n1', 'o2/n1'])
    expect(await keys(db, 'orders/notes/replies')).toEqual(['o1/n1/r1'])
    expect(await keys(db, 'orders/address')).toEqual(['o1/address'])
    expect(await db.collection('orders/lines').get('o2/l1')).toMatchObject({
      $id: 'o2/l1',
      $parent: 'o2',
      product: 'cup',
    })
    expect(await db.collection('orders/notes').get('a%2Fb/n1')).toMatchObject({ $parent: 'a/b' })
    expect(await db.collection('orders/notes/replies').get('o1/n1/r1')).toMatchObject({
      $parent: 'o1/n1',
      text: 'yes',
    })
    const lines = db.collection('orders').record('o1').collection('lines')
    expect(await lines.all()).toMatchObject([
      { $id: 'l1', $parent: 'o1', product: 'pen' },
      { $id: 'l2', $parent: 'o1', product: 'ink' },
    ])
    expect(await lines.count()).toBe(2)
    expect(await lines.get('l2')).toMatchObject({ $id: 'l2', count: 2 })
    expect(await lines.get('l3')).toBeUndefined()
    expect(await db.collection('orders').record('a/b').collection('notes').all()).toMatchObject([
      { $id: 'n1', $parent: 'a/b', text: 'escaped' },
    ])
    const replies = db
      .collection('orders')
      .record('o1')
      .collection('notes')
      .record('n1')
      .collection('replies')
    expect(await replies.all()).toMatchObject([{ $id: 'r1', $parent: 'o1/n1' }])
    expect(await db.collection('orders/notes').record('o1/n1').collection('replies').get('r1')).toMatchObject(
      { text: 'yes' },
    )
    expect(await db.collection('orders').record('nobody').collection('lines').all()).toEqual([])
    await expect(db.collection('orders/lines').get('o1')).rejects.toMatchObject({ code: 'record/bad-key' })
    await db.close()
  })

  test('an edit stays in the file where the record is; new instances go below $records', async () => {
    const { db, bare, disk, url } = await open()
    const orders = db.collection('orders')
    await db.collection('orders/lines').update('o2/l1', { count: 4 })
    await orders.record('o1').collection('notes').update('n1', { text: 'edited' })
    await orders.record('o2').collection('lines').insert({ $id: 'l2', product: 'tea', count: 1 })
    await orders.record('o2').collection('notes').insert({ $id: 'n/2', text: 'slash' })
    await orders.record('a/b').collection('lines').insert({ $id: 'l1', product: 'hat', count: 1 })
    await orders.record('o2').collection('address').insert({ $id: 'address', city: 'Galway' })
    await orders.insert({ $id: 'o3', customer: 'mary' })
    const inserted = await orders.record('o3').collection('notes').insert({ $id: 'n1', text: 'new' })
    expect(inserted).toMatchObject({ $id: 'n1', $parent: 'o3' })
    await orders
      .record('o3')
      .collection('notes')
      .record('n1')
      .collection('replies')
      .insert({ $id: 'r', text: 'r' })
    expect((await db.changes()).map(({ collection, key }) => `${collection} ${key}`)).toContain(
      'orders/notes/replies o3/n1/r',
    )
    const before = (
      await Promise.all(
        ['orders', 'orders/lines', 'orders/notes', 'orders/notes/replies', 'orders/address'].map((id) =>
          db.collection(id).all(),
        ),
      )
    ).map((rows) => rows.map(({ $status: _status, ...clean }) => clean))
    await db.commit({ message: 'Everywhere' })
    await db.push()
    expect(git(bare, 'diff', '--numstat', 'main~1', 'main').trim().split('\n').sort()).toEqual(
      [
        '3\t0\torders/$records/a%2Fb/lines/lines.json',
        '1\t0\torders/$records/o3.yaml',
        '1\t0\torders/$records/o3/notes/$records/n1.yaml',
        '2\t0\torders/$records/o3/notes/$records/n1/replies/replies.yaml',
        '3\t0\torders/$records/o2/address/address.json',
        '1\t1\torders/$records/o1/notes/$records/n1.yaml',
        '2\t1\torders/o2/lines/lines.json',
        '1\t0\torders/o2/notes/$records/n%2F2.yaml',
      ].sort(),
    )
    expect(git(bare, 'show', 'main:orders/$records/o1/notes/$records/n1.yaml')).toBe('text: edited # note\n')
    git(bare, 'fsck', '--strict')
    for (const source of [db, await openOn(createMemoryStorage(disk), url)]) {
      const after = await Promise.all(
        ['orders', 'orders/lines', 'orders/notes', 'orders/notes/replies', 'orders/address'].map((id) =>
          source.collection(id).all(),
        ),
      )
      expect(after).toEqual(before)
      await source.close()
    }
    await auditDisk(disk)
  })

  test('a record needs its parent, and a parent with records below it is kept', async () => {
    const { db } = await open()
    const orders = db.collection('orders')
    const missing = { code: 'record/missing', data: { collection: 'orders', key: 'o9' } }
    await expect(
      orders.record('o9').collection('notes').insert({ $id: 'n', text: 'x' }),
    ).rejects.toMatchObject(missing)
    await expect(db.collection('orders/notes').insert({ $id: 'o9/n', text: 'x' })).rejects.toMatchObject(
      missing,
    )
    await expect(db.collection('orders/notes').insert({ $id: 'n', text: 'x' })).rejects.toMatchObject({
      code: 'record/bad-key',
    })
    await expect(orders.delete('o1')).rejects.toMatchObject({ code: 'record/referenced' })
    await expect(orders.delete('o2')).rejects.toMatchObject({ code: 'record/referenced' })
    await expect(orders.delete('a/b')).rejects.toMatchObject({
      code: 'record/referenced',
      data: { child: { collection: 'orders/notes', key: 'a%2Fb/n1' } },
    })
    // Empty again, also by working changes only: then it may go.
    await orders.record('a/b').collection('notes').delete('n1')
    await orders.delete('a/b')
    await orders.insert({ $id: 'o4', customer: 'x' })
    await orders.record('o4').collection('lines').insert({ $id: 'l', product: 'p', count: 1 })
    await expect(orders.delete('o4')).rejects.toMatchObject({ code: 'record/referenced' })
    await orders.record('o4').collection('lines').delete('l')
    await orders.delete('o4')
    await db.commit({ message: 'Gone' })
    expect(await keys(db, 'orders')).toEqual(['o1', 'o2'])
    expect(await keys(db, 'orders/notes')).toEqual(['o1/n1', 'o2/n1'])
    await db.close()
  })

  test('a broken file of one parent leaves those of the others, and both layouts of one record are an issue', async () => {
    const { db } = await open({
      'orders/$records/o2/lines/lines.json': '[ { "$ID": "l1", "product": "twice", "count": 9 } ]\n',
      'orders/$records/o1/notes/$records/n1.yaml': 'text: [\n',
      'orders/$records/a%2Fb/lines/lines.json': '[ { "$ID": "x" ]\n',
    })
    expect(await db.collection('orders/lines').get('o2/l1')).toMatchObject({ product: 'twice' })
    expect(await keys(db, 'orders/lines')).toEqual(['o1/l1', 'o1/l2', 'o2/l1'])
    expect(await db.collection('orders/lines').problems()).toMatchObject([
      { code: 'format/bad-record', file: 'orders/$records/a%2Fb/lines/lines.json', line: 1 },
      { code: 'format/duplicate-key', key: 'o2/l1', file: 'orders/o2/lines/lines.json' },
    ])
    expect(await keys(db, 'orders/notes')).toEqual(['a%2Fb/n1', 'o2/n1'])
    expect(await db.collection('orders').record('o1').collection('notes').problems()).toMatchObject([
      { key: 'o1/n1', file: 'orders/$records/o1/notes/$records/n1.yaml' },
    ])
    expect(await db.collection('orders').record('o2').collection('notes').problems()).toEqual([])
    await db.close()
  })

  test('a pull brings records of subcollections, and keeps working changes beside them', async () => {
    const { db, bare } = await open()
    await keys(db, 'orders/notes')
    await keys(db, 'orders/lines')
    await db.collection('orders/lines').update('o1/l1', { count: 10 })
    commitElsewhere(bare, {
      'orders/$records/o1/lines/lines.json':
        '[\n  { "$ID": "l1", "product": "pen", "count": 1 },\n  { "$ID": "l3", "product": "new", "count": 2 }\n]\n',
      'orders/$records/o1/notes/$records/n1.yaml': 'text: theirs\n',
      'orders/o2/notes/$records/n1.yaml': null,
      'orders/$records/o2/notes/$records/n2.yaml': 'text: more\n',
    })
    const outcome = await db.pull()
    expect(outcome.status === 'fast-forwarded' && outcome.records).toEqual(
      expect.arrayContaining([
        { collection: 'orders/lines', key: 'o1/l2' },
        { collection: 'orders/lines', key: 'o1/l3' },
        { collection: 'orders/notes', key: 'o1/n1' },
        { collection: 'orders/notes', key: 'o2/n1' },
        { collection: 'orders/notes', key: 'o2/n2' },
      ]),
    )
    expect(await db.collection('orders/lines').all()).toMatchObject([
      { $id: 'o1/l1', count: 10 },
      { $id: 'o1/l3', product: 'new' },
      { $id: 'o2/l1' },
    ])
    expect(await db.collection('orders/notes').all()).toMatchObject([
      { $id: 'a%2Fb/n1' },
      { $id: 'o1/n1', text: 'theirs' },
      { $id: 'o2/n2', text: 'more' },
    ])
    await db.commit({ message: 'Ours' })
    expect(await db.collection('orders/lines').get('o1/l1')).toMatchObject({ count: 10, product: 'pen' })
    await db.close()
  })
})
