import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { itemDefinition } from './database/item.ts'
import { git } from './git.ts'
import { cacheDir, fastImport } from './repositories.ts'

/** A bare repository with the definition of the collection `items` and no records; made on first use. */
export async function itemRepository(): Promise<string> {
  const path = join(cacheDir, 'items-2.git')
  if (existsSync(path)) return path
  const making = `${path}.${process.pid}.tmp`
  await rm(making, { recursive: true, force: true })
  await mkdir(making, { recursive: true })
  await git(['init', '-q', '--bare', '-b', 'main', making])
  await git(['-C', making, 'config', 'http.receivepack', 'true'])
  await fastImport(making, stream())
  await git(['-C', making, 'repack', '-adq'])
  await rename(making, path)
  return path
}

function* stream(): Generator<string> {
  const who = 'Bench <bench@example.com> 1700000000 +0000'
  yield `commit refs/heads/main\nauthor ${who}\ncommitter ${who}\n${data('Define the items')}`
  yield file('.ingitdb/root-collections.yaml', 'items: items\n')
  yield file('items/.collection/definition.yaml', itemDefinition)
  yield 'done\n'
}

function file(path: string, text: string): string {
  return `M 100644 inline ${path}\n${data(text)}`
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`
}
