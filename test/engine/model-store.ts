import { join } from 'node:path'
import { createMemoryDisk, createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { openIdbStorage } from '../../worker/storage/idb-storage.ts'
import { openNodeStorage } from '../../worker/storage/node-storage.ts'
import type { Storage } from '../../worker/storage/storage.ts'
import { temporaryFolder } from '../support/git-repositories.ts'
import { auditDisk, auditStorage } from './world.ts'

/** Where a model run stores: several tabs open it, one after the other or at once. */
export interface ModelStore {
  /** News of other tabs take so long to read that a test has to wait for them. */
  readonly isSlow: boolean
  /** The store of one tab. */
  open(): Promise<Storage>
  /** Every tab has closed: what a later process would find is what the next `open` finds. */
  closed(): Promise<void>
  /** Throws when something is missing; then the store goes. */
  end(): Promise<void>
}

export function memoryStore(): ModelStore {
  const disk = createMemoryDisk()
  return {
    isSlow: false,
    open: async () => createMemoryStorage(disk),
    closed: async () => {},
    end: () => auditDisk(disk),
  }
}

let databases = 0

/** IndexedDB: fake-indexeddb in Node. */
export function idbStore(): ModelStore {
  const name = `model-${++databases}`
  return {
    isSlow: true,
    open: () => openIdbStorage(name),
    closed: async () => {},
    end: async () => auditStorage(await openIdbStorage(name)),
  }
}

/** A folder, which one process holds for all its tabs. */
export function nodeStore(): ModelStore {
  const folder = temporaryFolder()
  let held: Promise<Storage> | undefined
  const closed = async (): Promise<void> => {
    await (await held)?.close()
    held = undefined
  }
  return {
    isSlow: true,
    open: async () => {
      held ??= openNodeStorage(join(folder.path, 'db'))
      const storage = await held
      return { ...storage, close: async () => {} }
    },
    closed,
    end: async () => {
      await closed()
      await auditStorage(await openNodeStorage(join(folder.path, 'db')))
      folder.remove()
    },
  }
}
