import { deleteDB } from 'idb'
import { prepareBatch, tightBytes } from './batch-plan.ts'
import { connect, explain } from './idb-connection.ts'
import { keepFirstScreen } from './idb-first-screen.ts'
import { pruneLanded } from './idb-landed.ts'
import { createShortLog } from './idb-log.ts'
import { readPacks, readRows, readState } from './idb-reads.ts'
import { dropOrphanSegments, readSegment, writeSegment } from './idb-segments.ts'
import { applyBatch } from './idb-transactions.ts'
import { unavailable } from './storage-errors.ts'
import type { Storage } from './storage.ts'

/**
 * Opens the store of one local repository: one IndexedDB database of this name, made when it is not there.
 * Throws `storage/newer-format`, `storage/quota`, `storage/unavailable`.
 */
export async function openIdbStorage(name: string): Promise<Storage> {
  if (typeof indexedDB === 'undefined') throw unavailable('There is no IndexedDB here: use another storage.')
  const connection = await connect(name)
  const instance = crypto.randomUUID()
  const log = createShortLog(name)
  let batches = 0
  await connection.run(pruneLanded)

  return {
    readState: (knownPacks = new Set()) => connection.run((db) => readState(db, knownPacks)),
    readPacks: (known) => connection.run((db) => readPacks(db, known)),
    readJournal: (scope, after = 0) => connection.run((db) => readRows(db, 'journal', scope, after)),
    readReflog: (ref) => connection.run((db) => readRows(db, 'reflog', ref, 0)),
    readSegment: (pack, index) => connection.run((db) => readSegment(db, pack, index)),

    writeSegment(pack, index, bytes) {
      const ready = tightBytes(bytes)
      return connection.run((db) => writeSegment(db, pack, index, ready))
    },

    dropOrphanSegments: () => connection.run(dropOrphanSegments),

    commit(batch) {
      const prepared = prepareBatch(batch)
      const identity = { instance, batch: ++batches }
      log.wrote(prepared.writes.length + 1)
      return connection.run((db, attempt) => applyBatch(db, prepared, identity, attempt === 1))
    },

    keepFirstScreen: async (text) => {
      await connection.run((db) => keepFirstScreen(db, text))
      await log.shorten()
    },

    close: async () => {
      await log.shorten()
      await connection.close()
    },
  }
}

/** Deletes the store of this name. Its open instances, in other tabs too, answer `storage/unavailable` after. */
export async function deleteIdbStorage(name: string): Promise<void> {
  try {
    await deleteDB(name)
  } catch (error) {
    throw explain(name, error)
  }
}
