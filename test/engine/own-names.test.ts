import { createCollection } from '@tanstack/db'
import { beforeAll, expect, test } from 'vitest'
import { espalierCollection } from '../../src/bindings/tanstack-db.ts'
import type { Database } from '../../src/client/database.ts'
import { createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { makeBareRepository } from '../support/git-repositories.ts'
import { definition } from '../support/layout-database.ts'
import { openOn } from './world.ts'

const host = useGitHost()

beforeAll(() =>
  makeBareRepository(host.path, 'names', {
    '.ingitdb/root-collections.yaml': 'things: things\nnotes: notes\n',
    'things/.collection/definition.yaml': definition('{key}.json', 'json', 'single', ['$note', 'title']),
    'things/$records/old.json': '{\n  "$old": 1,\n  "title": "Old"\n}\n',
    'notes/.collection/definition.yaml': definition('{key}.md', 'markdown', 'single', ['title']),
    'notes/$records/a.md': '---\ntitle: A\n---\nText\n',
  }),
)

function open(): Promise<Database> {
  return openOn(createMemoryStorage(), `${host.server.url}/names.git`)
}

test('a name with $ that nobody declared is a slip: it is refused, not stored where no query reads it', async () => {
  const db = await open()
  const things = db.collection('things')
  const row = { $id: 'q', $Id: 'mine', title: 'Q' }
  for (const slip of [
    things.insert(row, { validate: 'off' }),
    things.insertMany([row]),
    things.upsert(row),
    things.replace({ ...row, $id: 'old' }),
    things.update('old', { $Id: 'mine' }),
    things.updateMany({ where: { $id: 'old' } }, { $Id: 'mine' }),
  ])
    await expect(slip).rejects.toMatchObject({ code: 'record/bad-value', data: { field: '$Id' } })
  expect(await db.changes()).toEqual([])
  await db.close()
})

test('what is declared, belongs to a format or is in the record already may stay', async () => {
  const db = await open()
  const things = db.collection('things')
  expect(await things.insert({ $id: 'n', $note: 'x', title: 'N' })).toMatchObject({ $note: 'x' })
  const old = await things.get('old')
  expect(old).toMatchObject({ $old: 1 })
  expect(await things.update('old', { ...old, title: 'New' })).toMatchObject({ $old: 1, title: 'New' })
  expect(await things.update('old', { $old: 2 })).toMatchObject({ $old: 2 })
  expect(await things.replace({ ...old, $id: 'old', title: 'Newer' })).toMatchObject({ $old: 1 })
  await things.delete('old')
  expect(await things.restore('old')).toMatchObject({ $old: 1, title: 'Old' })
  const note = await db.collection('notes').insert({ $id: 'b', title: 'B', $content: 'Text\n' })
  expect(note).toMatchObject({ $content: 'Text\n' })
  await db.close()
})

test('TanStack DB: a copied row is inserted without the names of TanStack DB', async () => {
  const db = await open()
  const things = db.collection('things')
  const tanstack = createCollection(espalierCollection(things))
  await tanstack.preload()
  const old = tanstack.get('old')
  await tanstack.insert({ ...old, $id: 'copy', $rev: '', title: 'Copy' }).isPersisted.promise
  expect((await db.changes()).map(({ after }) => after)).toEqual([{ title: 'Copy' }])
  await tanstack.cleanup()
  await db.close()
})
