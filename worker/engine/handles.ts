import type { HandleId, HandleInfo } from '../../src/protocol/engine.ts'
import { EspalierError } from '../../src/protocol/errors.ts'
import type { Database } from './database.ts'
import { viewOf, type Handle } from './handle.ts'
import type { OpenBranch } from './open-branches.ts'

/** The handles that clients hold. */
export interface Handles {
  /** Somebody uses it: what is kept in the background waits. Throws `engine/closed`. */
  of(id: HandleId): Handle
  /** The branch of a handle. Throws `engine/closed`, `engine/read-only`, `engine/bad-argument` for a transaction. */
  branchOf(id: HandleId): OpenBranch & { readonly database: Database }
  /** `id`: one that the client chose. */
  add(handle: Handle, id?: HandleId): HandleInfo
  /** Ends a handle and the transactions on it; with the last one of a database that is closed. */
  close(id: HandleId): Promise<void>
}

/** `closing` is waited for before a handle goes, `closed` hears of each that is gone. */
export function createHandles(
  closing: (handle: Handle) => Promise<void>,
  closed: (id: HandleId) => void,
): Handles {
  const handles = new Map<HandleId, Handle>()
  let last = 0

  const of = (id: HandleId): Handle => {
    const handle = handles.get(id)
    handle?.database.repository.derived?.busy()
    if (handle) return handle
    throw new EspalierError('engine/closed', 'This handle was closed. Open the branch or commit again.')
  }
  const drop = (id: HandleId): void => {
    const handle = handles.get(id)
    handles.delete(id)
    closed(id)
    if (handle?.kind === 'transaction') handle.transaction.end()
    // With a branch its transactions end: what they have not written is not written any more.
    for (const [other, each] of handles) if (each.kind === 'transaction' && each.of === id) drop(other)
  }

  return {
    of,
    branchOf: (id) => {
      const handle = of(id)
      if (handle.kind === 'branch') return { ...handle.open, database: handle.database }
      if (handle.kind === 'transaction') throw onlyRecords()
      throw new EspalierError(
        'engine/read-only',
        'This is a read-only view of a commit. Open a branch to change something.',
        { data: { commit: handle.snapshot.commit } },
      )
    },
    add: (handle, id = ++last) => {
      handles.set(id, handle)
      const { database } = handle
      return {
        handle: id,
        branch: handle.kind === 'branch' ? handle.open.branch.name : null,
        commit: viewOf(handle).snapshot.commit,
        repository: database.repository.id,
        lost: database.lost,
      }
    },
    close: async (id) => {
      const handle = handles.get(id)
      if (handle) await closing(handle)
      drop(id)
      const isLast = handle && ![...handles.values()].some(({ database }) => database === handle.database)
      if (isLast) await handle.database.close()
    },
  }
}

function onlyRecords(): EspalierError {
  return new EspalierError(
    'engine/bad-argument',
    'A transaction reads and writes records only. Do that outside of it.',
  )
}
