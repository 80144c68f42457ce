import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { isEspalierError } from '../../src/protocol/errors.ts'
import { byId } from './memory-registry.ts'
import { codeOf, isFull, nodeFiles, type NodeFiles } from './node-files.ts'
import { lockFolder } from './node-folder-lock.ts'
import { nodeProcesses } from './node-processes.ts'
import type { Registry, RegistryRow } from './registry.ts'
import { quotaError, unavailable } from './storage-errors.ts'

/** How often, and how long apart, a lock is asked for that others hold for moments only. */
const lockTries = 100
const lockPauseMs = 20

/** A registry in a folder: one JSON file per row, replaced as a whole. */
export function openNodeRegistry(folder: string, files: NodeFiles = nodeFiles): Registry {
  const pathOf = (id: string): string =>
    join(folder, `${createHash('sha256').update(id).digest('hex').slice(0, 32)}.json`)

  const read = async (path: string): Promise<RegistryRow | undefined> => {
    try {
      const row: unknown = JSON.parse(Buffer.from(await files.read(path)).toString())
      return isRow(row) ? row : undefined
    } catch (error) {
      // Torn by a power cut, or removed a moment ago: a row that is not there is noted again.
      if (error instanceof SyntaxError || codeOf(error) === 'ENOENT') return undefined
      throw error
    }
  }

  const alone = async <T>(work: () => Promise<T>): Promise<T> => {
    await files.makeFolder(folder)
    const unlock = await patiently(() => lockFolder(folder, files, nodeProcesses))
    try {
      return await work()
    } finally {
      await unlock()
    }
  }

  return {
    all: () =>
      explained(folder, async () => {
        const rows: RegistryRow[] = []
        for (const name of await listed(folder, files)) {
          const row = name.endsWith('.json') ? await read(join(folder, name)) : undefined
          if (row) rows.push(row)
        }
        return rows.sort(byId)
      }),
    get: (id) => explained(folder, async () => (await read(pathOf(id)))?.value),
    update: (id, change, durability = 'relaxed') =>
      explained(folder, () =>
        alone(async () => {
          const path = pathOf(id)
          const value = change((await read(path))?.value)
          if (value === undefined) {
            await files.remove(path).catch((error: unknown) => {
              if (codeOf(error) !== 'ENOENT') throw error
            })
          } else {
            const temporary = `${path}.tmp`
            await files.write(temporary, Buffer.from(JSON.stringify({ id, value })))
            if (durability === 'strict') await files.syncFile(temporary)
            await files.rename(temporary, path)
          }
          if (durability === 'strict') await files.syncFolder(folder)
          return value
        }),
      ),
  }
}

function isRow(row: unknown): row is RegistryRow {
  return typeof row === 'object' && row !== null && 'id' in row && typeof row.id === 'string'
}

async function listed(folder: string, files: NodeFiles): Promise<readonly string[]> {
  try {
    return await files.list(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

async function patiently<T>(lock: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await lock()
    } catch (error) {
      if (tries === lockTries || !isEspalierError(error, 'storage/locked')) throw error
      await new Promise((resolve) => setTimeout(resolve, lockPauseMs))
    }
  }
}

async function explained<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isEspalierError(error)) throw error
    if (isFull(error)) throw quotaError(error)
    throw unavailable(`The list of databases in ${folder} could not be used (${String(error)}).`, error)
  }
}
