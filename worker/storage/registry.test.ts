import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IDBFactory } from 'fake-indexeddb'
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openDB } from 'idb'
import { openIdbRegistry } from './idb-registry.ts'
import { createMemoryRegistry } from './memory-registry.ts'
import { nodeFiles, type NodeFiles } from './node-files.ts'
import { openNodeRegistry } from './node-registry.ts'
import { describeRegistry } from './registry.suite.ts'
import { useFakeIndexedDb } from '../../test/support/fake-indexed-db.ts'

useFakeIndexedDb()

const folders: string[] = []
const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'espalier-registry-'))
  folders.push(folder)
  return folder
}

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory())
})
afterEach(() => vi.unstubAllGlobals())
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

describeRegistry('memory', async () => {
  const registry = createMemoryRegistry()
  return { reopen: () => registry }
})
describeRegistry('IndexedDB', async () => ({ reopen: () => openIdbRegistry('espalier:test') }))
describeRegistry('Node folder', async () => {
  const folder = join(await newFolder(), 'registry')
  return { reopen: () => openNodeRegistry(folder) }
})

test('a registry of a newer version is left alone and named', async () => {
  ;(await openDB('espalier:new', 2)).close()
  await expect(openIdbRegistry('espalier:new').all()).rejects.toMatchObject({ code: 'storage/newer-format' })
})

test('a torn file of a registry counts as no row; a folder that is none says so', async () => {
  const folder = await newFolder()
  const registry = openNodeRegistry(folder)
  await registry.update('a', () => 1)
  await writeFile(join(folder, 'torn.json'), '{"id": "b", "val')
  await writeFile(join(folder, 'other.json'), '[]')
  expect(await registry.all()).toEqual([{ id: 'a', value: 1 }])
  await writeFile(join(folder, 'file'), '')
  await expect(openNodeRegistry(join(folder, 'file')).update('a', () => 1)).rejects.toMatchObject({
    code: 'storage/unavailable',
  })
  await expect(openNodeRegistry(join(folder, 'file')).all()).rejects.toMatchObject({
    code: 'storage/unavailable',
  })
  await mkdir(join(folder, 'folder.json'))
  await expect(registry.all()).rejects.toMatchObject({ code: 'storage/unavailable' })
})

test('a failure of the file system says what failed, and leaves the rows as they were', async () => {
  const folder = await newFolder()
  const failing = (change: Partial<NodeFiles>): ReturnType<typeof openNodeRegistry> =>
    openNodeRegistry(folder, { ...nodeFiles, ...change })
  const fail = (code: string) => (): Promise<never> =>
    Promise.reject(Object.assign(new Error(code), { code }))
  const registry = openNodeRegistry(folder)
  await registry.update('a', () => 1)
  await expect(failing({ write: fail('ENOSPC') }).update('a', () => 2)).rejects.toMatchObject({
    code: 'storage/quota',
  })
  await expect(failing({ rename: fail('EIO') }).update('a', () => 2)).rejects.toMatchObject({
    code: 'storage/unavailable',
  })
  const remove = async (path: string): Promise<void> =>
    path.endsWith('.json') ? fail('EPERM')() : nodeFiles.remove(path)
  await expect(failing({ remove }).update('a', () => undefined)).rejects.toMatchObject({
    code: 'storage/unavailable',
  })
  expect(await registry.all()).toEqual([{ id: 'a', value: 1 }])
})

test('a change of a row waits for whoever holds the folder, and says so when that never ends', async () => {
  const folder = await newFolder()
  const lock = join(folder, 'lock')
  vi.stubGlobal('setTimeout', setImmediate) // the pauses between the tries
  // This process lives, so that its lock is not taken over.
  await writeFile(lock, JSON.stringify({ pid: process.pid, started: null }))
  let tries = 0
  const create: NodeFiles['create'] = async (path, bytes) => {
    if (path === lock && ++tries === 6) await rm(lock)
    return nodeFiles.create(path, bytes)
  }
  const registry = openNodeRegistry(folder, { ...nodeFiles, create })
  expect(await registry.update('a', () => 1)).toBe(1)
  expect(tries).toBe(6)
  await writeFile(lock, JSON.stringify({ pid: process.pid, started: null }))
  await expect(registry.update('a', () => 2)).rejects.toMatchObject({ code: 'storage/locked' })
  expect(tries).toBeGreaterThan(50)
  expect(await registry.get('a')).toBe(1)
})
