import { expect, test } from 'vitest'
import { createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { git, makeBareRepository } from '../support/git-repositories.ts'
import { openOn } from './world.ts'

const host = useGitHost()

test('computed columns are in rows, follow their fields, and are never stored; TOML is built in here', async () => {
  const bare = makeBareRepository(host.path, 'computed', {
    '.ingitdb/root-collections.yaml': 'items: items\nmakers: makers\n',
    'items/.collection/definition.yaml':
      'record_file:\n  name: "{key}.json"\n  format: json\n  type: "map[string]any"\n' +
      'columns:\n  price:\n    type: int\n  count:\n    type: int\n  total:\n    type: int\n    formula: price * count\n',
    'items/$records/pen.json': '{\n  "price": 2,\n  "count": 3\n}\n',
    'makers/.collection/definition.yaml':
      'record_file:\n  name: "{key}.toml"\n  format: toml\n  type: "map[string]any"\ncolumns:\n  name:\n    type: string\n',
    'makers/$records/acme.toml': "name = 'Acme'\n",
  })
  const db = await openOn(createMemoryStorage(), `${host.server.url}/computed.git`)
  const items = db.collection('items')
  const row = await items.get('pen')
  expect(row).toMatchObject({ price: 2, count: 3, total: 6 })
  expect(await items.all()).toEqual([row])
  // A row may be written back as it is, also with another field changed.
  expect(await items.update('pen', { ...row, count: 4 }, { ifMatch: row?.$rev ?? '' })).toMatchObject({
    total: 8,
  })
  await expect(items.update('pen', { total: 99 })).rejects.toMatchObject({
    code: 'record/bad-value',
    data: { field: 'total' },
  })
  expect(await items.insert({ $id: 'ink', price: 5, count: 1, total: 5 })).toMatchObject({ total: 5 })
  await expect(items.insert({ $id: 'cap', price: 5, count: 1, total: 6 })).rejects.toMatchObject({
    code: 'record/bad-value',
  })
  expect((await db.changes()).map(({ after }) => after)).toEqual([
    { price: 5, count: 1 },
    { price: 2, count: 4 },
  ])
  // They filter, sort and group like stored ones.
  const dear = items.find({ where: { total: { gte: 5 } }, orderBy: { total: 'desc' } })
  expect((await dear).map(({ $id, total }) => [$id, total])).toEqual([
    ['pen', 8],
    ['ink', 5],
  ])
  expect(await items.aggregate({ sum: 'total' })).toMatchObject({ sum: 13 })
  await db.commit({ message: 'Items' })
  await db.push()
  expect(git(bare, 'show', 'main:items/$records/ink.json')).not.toContain('total')
  expect(await db.collection('makers').get('acme')).toMatchObject({ name: 'Acme' })
  await expect(db.collection('makers').update('acme', { name: 'x' })).rejects.toMatchObject({
    code: 'format/read-only',
  })
  await db.close()
})
