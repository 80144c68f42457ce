import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { databases, open } from '../../src/node.ts'
import { useGitHost } from '../support/git-host.ts'
import { author } from './world.ts'

const host = useGitHost()

test('the databases of a folder are listed, deleted, restored and purged; one that is open stays', async () => {
  const { url } = host.make('node')
  const path = join(host.path, 'databases')
  const mine = databases.with({ folder: path })
  expect(await mine.list()).toEqual({ items: [], total: 0, next: null })
  const db = await open(url, { folder: path, author })
  await db.collection('units').update('foot', { factor: 2 })
  await db.commit({ message: 'Two' })
  expect(await mine.delete(url, { force: true })).toEqual({ status: 'open' })
  expect(await mine.get(url, { fresh: true })).toMatchObject({ isOpen: true })
  await db.close()
  expect(await mine.list()).toMatchObject({
    items: [{ id: db.repository, name: 'node', status: 'ready', unpushedCommits: 1, isOpen: false }],
  })
  expect(await mine.delete(url)).toEqual({ status: 'refused', unpushed: 1, workingChanges: 0 })
  expect(await mine.delete(url, { force: true })).toMatchObject({ status: 'trashed' })
  expect(await mine.trash.restore(url)).toMatchObject({ status: 'restored' })
  expect(await mine.purge(url, { force: true })).toEqual({ status: 'deleted' })
  expect(readdirSync(path)).toEqual(['registry'])
  expect(await mine.list()).toMatchObject({ total: 0 })
})

test('without a folder there is nothing to list, and nothing is written anywhere', async () => {
  const db = await open(host.make('memory').url)
  expect(await databases.list()).toMatchObject({ total: 0 })
  expect(await databases.delete(db.repository)).toEqual({ status: 'missing' })
  await db.close()
  expect(await databases.estimate()).toEqual({ usageBytes: null, quotaBytes: null, persisted: null })
  expect(await databases.persist()).toBeNull()
  expect(existsSync('registry')).toBe(false)
})
