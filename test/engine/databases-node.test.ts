import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGitServer, type GitServer } from '../../demo/server/git-server.ts'
import { databases, open } from '../../src/node.ts'
import { makeBareRepository, temporaryFolder } from '../support/git-repositories.ts'
import { author } from './world.ts'

const folder = temporaryFolder()
let server: GitServer
beforeAll(async () => {
  server = await startGitServer({ root: folder.path })
})
afterAll(async () => {
  await server.close()
  folder.remove()
})

test('the databases of a folder are listed, deleted, restored and purged; one that is open stays', async () => {
  makeBareRepository(folder.path, 'node')
  const url = `${server.url}/node.git`
  const path = join(folder.path, 'databases')
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
  makeBareRepository(folder.path, 'memory')
  const db = await open(`${server.url}/memory.git`)
  expect(await databases.list()).toMatchObject({ total: 0 })
  expect(await databases.delete(db.repository)).toEqual({ status: 'missing' })
  await db.close()
  expect(await databases.estimate()).toEqual({ usageBytes: null, quotaBytes: null, persisted: null })
  expect(await databases.persist()).toBeNull()
  expect(existsSync('registry')).toBe(false)
})
