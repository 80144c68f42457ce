import { expect, test } from 'vitest'
import type { CollectionsOptions } from '../../src/client/collection-options.ts'
import type { Database } from '../../src/client/database.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { createMemoryDisk, createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { definition } from '../support/layout-database.ts'
import { openOn } from './world.ts'

const host = useGitHost()

interface Opened {
  readonly db: Database
  /** What is committed, read again from storage. */
  again(): Promise<Database>
}

async function open(
  files: Readonly<Record<string, string>>,
  collections: CollectionsOptions = {},
): Promise<Opened> {
  const { url } = host.make('keys', files)
  const disk = createMemoryDisk()
  const tab = (): Promise<Database> => openOn(createMemoryStorage(disk), url, { collections })
  return { db: await tab(), again: tab }
}

const lists: readonly (readonly [format: string, text: string])[] = [
  ['csv', 'id,name\na,A\n'],
  ['json', '[\n  { "id": "a", "name": "A" }\n]\n'],
  ['jsonl', '{"id":"a","name":"A"}\n'],
  ['yaml', '- id: a\n  name: A\n'],
]

for (const more of ['primary_key: [id]\n', ''])
  test.each(lists)(
    `%s: key and key column of new rows say the same (${more ? 'primary_key' : 'by name'})`,
    async (format, text) => {
      const files = {
        '.ingitdb/root-collections.yaml': 'things: things\n',
        'things/.collection/definition.yaml': definition(
          `things.${format}`,
          format,
          'list',
          ['id', 'name'],
          more,
        ),
        [`things/things.${format}`]: text,
      }
      const { db, again } = await open(files, { things: { id: 'uuid' } })
      const things = db.collection('things')
      const made = await things.insert({ name: 'made' })
      expect(made).toMatchObject({ id: made.$id, name: 'made' })
      expect(await things.insert({ id: 'b', name: 'B' })).toMatchObject({ $id: 'b', id: 'b' })
      expect(await things.insert({ $id: 'c', name: 'C' })).toMatchObject({ $id: 'c', id: 'c' })
      expect(await things.upsert({ $id: 'd', name: 'D' })).toMatchObject({ $id: 'd', id: 'd' })
      expect(await things.upsert({ id: 'd', name: 'Dd' })).toMatchObject({ $id: 'd', name: 'Dd' })
      expect(await things.replace({ $id: 'a', name: 'Aa' })).toMatchObject({ $id: 'a', id: 'a' })
      await expect(things.insert({ $id: 'e', id: 'f', name: 'E' })).rejects.toMatchObject({
        code: 'record/bad-value',
        message: expect.stringContaining('must have its key in "id"'),
      })
      const many = Array.from({ length: 120 }, (_, n): RecordValue => ({
        name: `${n}`,
        ...(n % 2 && { id: `m${n}` }),
      }))
      const rows = await things.insertMany(many)
      expect(rows.every(({ $id, id }) => $id === id)).toBe(true)
      expect(rows[1]).toMatchObject({ $id: 'm1' })
      const shown = await things.all()
      await db.commit({ message: 'Things' })
      await db.close()
      const later = await again()
      expect((await later.collection('things').all()).map(({ $status: _status, ...row }) => row)).toEqual(
        shown.map(({ $status: _status, ...row }) => row),
      )
      await later.close()
    },
  )

test('a key that a function of the app makes goes into the key column; one that differs from it is refused', async () => {
  const files = {
    '.ingitdb/root-collections.yaml': 'things: things\n',
    'things/.collection/definition.yaml': definition('things.csv', 'csv', 'list', ['id', 'name']),
    'things/things.csv': 'id,name\na,A\n',
  }
  const id = (record: RecordValue): string => String(record['id'] ?? record['name'])
  const { db } = await open(files, { things: { id } })
  const things = db.collection('things')
  expect(await things.insert({ name: 'b' })).toMatchObject({ $id: 'b', id: 'b' })
  expect(await things.insert({ id: 'c', name: 'C' })).toMatchObject({ $id: 'c', id: 'c' })
  await db.close()
  const { db: other } = await open(files, { things: { id: () => 'always' } })
  await expect(other.collection('things').insert({ id: 'c', name: 'C' })).rejects.toMatchObject({
    code: 'record/bad-value',
    message: expect.stringContaining('must have its key in "id"'),
  })
  await other.close()
})

test('keys of several columns, numbers among them, and below a parent', async () => {
  const { db, again } = await open({
    '.ingitdb/root-collections.yaml': 'places: places\norders: orders\n',
    'places/.collection/definition.yaml': definition(
      'places.json',
      'json',
      'list',
      ['x', 'y', 'name'],
      'primary_key: [x, y]\n',
    ).replace('  y:\n    type: any', '  y:\n    type: int'),
    'places/places.json': '[]\n',
    'orders/.collection/definition.yaml': definition('{key}.json', 'json', 'single', ['name']),
    'orders/.collection/subcollections/lines/definition.yaml': definition(
      'lines.json',
      'json',
      'list',
      ['no', 'item'],
      'primary_key: [no]\n',
    ),
    'orders/$records/o1.json': '{ "name": "One" }\n',
  })
  const places = db.collection('places')
  expect(await places.insert({ x: 'a', y: 1, name: 'A' })).toMatchObject({ $id: 'a\u001f1' })
  expect(await places.insert({ $id: 'b\u001f2', name: 'B' })).toMatchObject({ x: 'b', y: 2 })
  expect(await places.insert({ $id: 'c\u001f3', x: 'c', name: 'C' })).toMatchObject({ x: 'c', y: 3 })
  await expect(places.insert({ x: 'd', name: 'D' })).rejects.toMatchObject({ code: 'record/bad-key' })
  const lines = db.collection('orders').record('o1').collection('lines')
  expect(await lines.insert({ no: 'a/b', item: 'x' })).toMatchObject({ $id: 'a/b' })
  expect(await lines.insert({ $id: 'c/d', item: 'y' })).toMatchObject({ $id: 'c/d', no: 'c/d' })
  await db.commit({ message: 'Places' })
  await db.close()
  const later = await again()
  expect(await later.collection('places').get('b\u001f2')).toMatchObject({ x: 'b', y: 2, name: 'B' })
  expect(await later.collection('orders').record('o1').collection('lines').get('c/d')).toMatchObject({
    no: 'c/d',
  })
  await later.close()
})

test('rows of a list that is keyed by $ID may name it so', async () => {
  const { db } = await open({
    '.ingitdb/root-collections.yaml': 'tags: tags\n',
    'tags/.collection/definition.yaml': definition('tags.json', 'json', 'list', ['$ID', 'name']),
    'tags/tags.json': '[\n  { "$ID": "a", "name": "A" }\n]\n',
  })
  const tags = db.collection('tags')
  const row = await tags.insert({ $ID: 'b', name: 'B' })
  expect(row).toMatchObject({ $id: 'b', name: 'B' })
  expect(row).not.toHaveProperty('$ID')
  expect(await tags.insert({ $id: 'c', $ID: 'c', name: 'C' })).toMatchObject({ $id: 'c' })
  await expect(tags.insert({ $id: 'd', $ID: 'e', name: 'D' })).rejects.toMatchObject({
    code: 'record/bad-value',
    message: expect.stringContaining('must have its key in "$ID"'),
  })
  await expect(tags.insert({ name: 'F' })).rejects.toMatchObject({ code: 'record/bad-key' })
  await db.close()
})
