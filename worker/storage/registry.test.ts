import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IDBFactory } from 'fake-indexeddb'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import { openIdbRegistry } from './idb-registry.ts'
import { createMemoryRegistry } from './memory-registry.ts'
import { openNodeRegistry } from './node-registry.ts'
import { describeRegistry } from './registry.suite.ts'

const folders: string[] = []
const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'espalier-registry-'))
  folders.push(folder)
  return folder
}

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory())
})
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
  await mkdir(join(folder, 'folder.json'))
  await expect(registry.all()).rejects.toMatchObject({ code: 'storage/unavailable' })
})
