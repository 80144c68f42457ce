import type {
  DeleteDatabaseOptions,
  DeleteOutcome,
  EmptyTrashOutcome,
} from '../../../src/protocol/databases.ts'
import { EspalierError, isEspalierError } from '../../../src/protocol/errors.ts'
import type { Registry } from '../../storage/registry.ts'
import { openLock } from '../repository/activities.ts'
import { parseDatabaseRow, workingChangesOf, type DatabaseRow } from './database-row.ts'
import type { Platform } from '../platform/platform.ts'
import { summarizeStorage } from './summarize.ts'

/** Databases that are deleted, and can be brought back for a while: their stores stay, only their rows are marked. */
export interface Trash {
  put(id: string, options: DeleteDatabaseOptions): Promise<DeleteOutcome>
  /** Deletes for good. What is in the trash needs no force. */
  purge(id: string, force: boolean): Promise<DeleteOutcome>
  /** The row without its mark; undefined where there is none, or no store any more. */
  restore(id: string): Promise<DatabaseRow | undefined>
  dropExpired(rows: ReadonlyMap<string, DatabaseRow>): Promise<void>
  empty(rows: ReadonlyMap<string, DatabaseRow>): Promise<EmptyTrashOutcome>
}

const dayMs = 24 * 60 * 60 * 1000
const defaultKeepDays = 30
/** A tab that was closed a moment ago gives its lock back a moment later. */
const lastPausesMs: readonly number[] = [20, 100, 0]

export function createTrash(platform: Platform, registry: Registry): Trash {
  /** Runs while nobody has the database open, or can open it. Its store may be held by another process, too. */
  const whenClosed = async (id: string, work: () => Promise<DeleteOutcome>): Promise<DeleteOutcome> => {
    let outcome: DeleteOutcome = { status: 'open' }
    try {
      for (const pauseMs of lastPausesMs) {
        const alone = await platform.lock(id).whenUnheld(openLock, async () => {
          outcome = await work()
        })
        if (alone) break
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    } catch (error) {
      if (!isEspalierError(error, 'storage/locked')) throw error
    }
    return outcome
  }

  const current = async (id: string): Promise<DatabaseRow | undefined> =>
    parseDatabaseRow(await registry.get(id))

  /** The store first: where this is cut off in between, the row is left to try again. */
  const drop = async (id: string): Promise<DeleteOutcome> => {
    await platform.deleteStorage(id)
    await registry.update(id, () => undefined, 'strict')
    return { status: 'deleted' }
  }

  /** What would be lost, counted from the store itself; `'nothing'`: there is nothing to keep either. */
  const refusal = async (id: string, row: DatabaseRow): Promise<DeleteOutcome | 'nothing' | undefined> => {
    const storage = await platform.openStorage(id).catch((error: unknown) => cannotTell(error))
    if (!storage) return { status: 'refused', unpushed: null, workingChanges: workingChangesOf(row.summary) }
    try {
      const summary = await summarizeStorage(storage)
      if (!summary) return 'nothing'
      const workingChanges = workingChangesOf(summary)
      const { unpushed } = summary
      return unpushed === 0 && workingChanges === 0
        ? undefined
        : { status: 'refused', unpushed, workingChanges }
    } catch (error) {
      cannotTell(error)
      return { status: 'refused', unpushed: null, workingChanges: workingChangesOf(row.summary) }
    } finally {
      await storage.close()
    }
  }

  /** Whether another process has it open (Node): there the lock of this process says nothing. */
  const checkClosed = async (id: string): Promise<void> => {
    const storage = await platform.openStorage(id).catch((error: unknown) => cannotTell(error))
    await storage?.close()
  }

  const remove = (id: string, force: boolean, put: (row: DatabaseRow) => Promise<DeleteOutcome>) =>
    whenClosed(id, async () => {
      const row = await current(id)
      if (!row) return { status: 'missing' }
      // Evicted, or never stored: there is nothing to keep.
      if (!(await platform.storages()).has(id)) return drop(id)
      if (!row.trash) {
        if (force) await checkClosed(id)
        const refused = force ? undefined : await refusal(id, row)
        if (refused) return refused === 'nothing' ? drop(id) : refused
      }
      return put(row)
    })

  return {
    put: (id, { force = false, keepDays = defaultKeepDays }) => {
      if (!Number.isFinite(keepDays) || keepDays < 0)
        throw new EspalierError('engine/bad-argument', `keepDays must be 0 or more, not ${keepDays}.`)
      return remove(id, force, async (row) => {
        const at = Date.now()
        const until = row.trash?.until ?? at + keepDays * dayMs
        await registry.update(
          id,
          (noted) => ({ ...(parseDatabaseRow(noted) ?? row), trash: row.trash ?? { at, until } }),
          'strict',
        )
        return { status: 'trashed', expiresAt: new Date(until) }
      })
    },
    purge: (id, force) => remove(id, force, () => drop(id)),
    restore: async (id) => {
      // As somebody who opens it does: then nobody else deletes it meanwhile.
      const release = await platform.lock(id).holdShared(openLock)
      try {
        if (!(await platform.storages()).has(id)) return undefined
        let restored: DatabaseRow | undefined
        await registry.update(
          id,
          (noted) => {
            const row = parseDatabaseRow(noted)
            if (!row?.trash) return noted
            const { trash: _, ...rest } = row
            restored = rest
            return rest
          },
          'strict',
        )
        return restored
      } finally {
        release()
      }
    },
    dropExpired: async (rows) => {
      for (const [id, { trash }] of rows) {
        if (!trash || trash.until > Date.now()) continue
        await whenClosed(id, async () => {
          // Restored, or opened, in between?
          const row = await current(id)
          return row?.trash && row.trash.until <= Date.now() ? drop(id) : { status: 'open' }
        }).catch(() => {}) // the next time
      }
    },
    empty: async (rows) => {
      const deleted: string[] = []
      const kept: string[] = []
      for (const [id, { trash }] of rows) {
        if (!trash) continue
        const { status } = await whenClosed(id, async () =>
          (await current(id))?.trash ? drop(id) : { status: 'missing' },
        )
        if (status === 'deleted') deleted.push(id)
        else if (status === 'open') kept.push(id)
      }
      return { deleted, kept }
    },
  }
}

/** What is damaged can be deleted all the same; what another process holds, or is out of reach, cannot. */
function cannotTell(error: unknown): undefined {
  if (!isEspalierError(error) || error.code === 'storage/locked' || error.code === 'storage/unavailable')
    throw error
}
