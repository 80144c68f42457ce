import type { Engine, HandleId, HandleInfo, Reply } from '../protocol/engine.ts'
import { isEspalierError } from '../protocol/errors.ts'
import type { LogEntry } from '../protocol/history.ts'
import type { DatabaseEvent } from '../protocol/outcomes.ts'
import { needFunction } from '../protocol/options.ts'
import type { ChangeFilter } from '../protocol/records.ts'
import type { AnySchema, IdOf } from '../types/collection-types.ts'
import { abortable } from './abort.ts'
import { createRefs } from './branches.ts'
import { createCarry } from './carry.ts'
import { createCollection, type CollectionOf } from './collection.ts'
import type { Connection } from './connection.ts'
import { createQueryFace } from './query-face.ts'
import { createDiff } from './diff.ts'
import { createFiles } from './files.ts'
import { createMerges } from './merge.ts'
import { onWake } from './page-life.ts'
import { lossEvent, withLossWarning } from './storage-loss.ts'
import { createSchemaFace } from './schema-face.ts'
import { runTransaction } from './transaction.ts'
import type { Branch, Database, Snapshot } from './database.ts'

type AskHandle = (engine: Engine) => Promise<Reply<HandleInfo>>
/** Opens a handle that ends with its database. */
type OpenHandle = (ask: AskHandle) => Promise<HandleInfo>
type OpenBranch<Schema extends AnySchema> = (ask: AskHandle) => Promise<Branch<Schema>>

/** A face that can be made before its handle is open: without what `open` answers. */
type Unnamed<Face> = Omit<Face, 'branch' | 'repository'>

function createSnapshot<Schema extends AnySchema>(
  connection: Connection,
  handle: HandleId,
  open: OpenHandle,
): Unnamed<Snapshot<Schema>> {
  const call = caller(connection)
  /** Apps ask for one anew with every read. */
  const collections = new Map<string, unknown>()
  return {
    collection: <Id extends IdOf<Schema>>(id: Id) => {
      const known = collections.get(id) as CollectionOf<Schema, Id> | undefined // made below, for this id
      const collection: CollectionOf<Schema, Id> = known ?? createCollection(connection, handle, id)
      collections.set(id, collection)
      return collection
    },
    ...createQueryFace(connection, handle),
    at: async (revision, { schema } = {}) => {
      const info = await open((engine) => engine.at(handle, revision, schema))
      return { ...createSnapshot<Schema>(connection, info.handle, open), branch: info.branch }
    },
    collections: (options) => call((engine) => engine.collections(handle, options)),
    diff: createDiff(connection, handle),
    files: { read: createFiles(connection, handle).read },
    log: ({ limit = 50, at, ...filters } = {}) =>
      call(async (engine): Promise<Reply<readonly LogEntry[]>> =>
        Object.keys(filters).length === 0 && limit > 0
          ? engine.log(handle, limit, at)
          : engine.versions.searchLog(handle, { limit, ...(at && { at }), ...filters }),
      ),
    status: async () => withLossWarning(await call((engine) => engine.status(handle))),
    validate: (options = {}) => call((engine) => engine.validate(handle, options)),
    close: () => {
      connection.live.end(handle)
      return call((engine) => engine.close(handle)).catch(unlessClosed)
    },
  }
}

/** Cleanups close what has ended with its database. */
function unlessClosed(error: unknown): void {
  if (!isEspalierError(error, 'engine/closed')) throw error
}

function createBranch<Schema extends AnySchema>(
  connection: Connection,
  handle: HandleId,
  open: OpenHandle,
): Unnamed<Branch<Schema>> {
  const call = caller(connection)
  return {
    ...createSnapshot<Schema>(connection, handle, open),
    files: createFiles(connection, handle),
    transaction: (work, options) => runTransaction(connection, handle, work, options),
    changes: () => call((engine) => engine.changes(handle)),
    discard: (filter: ChangeFilter | 'all' = 'all') => call((engine) => engine.discard(handle, filter)),
    undo: () => call((engine) => engine.undo(handle, 'undo')),
    redo: () => call((engine) => engine.undo(handle, 'redo')),
    commit: (options) => call((engine) => engine.commit(handle, options)),
    merge: createMerges(connection, handle),
    schema: createSchemaFace(connection, handle),
    ...createCarry(connection, handle),
    pull: ({ signal } = {}) => abortable(connection, signal, (engine, token) => engine.pull(handle, token)),
    push: ({ signal } = {}) => abortable(connection, signal, (engine, token) => engine.push(handle, token)),
  }
}

/**
 * The database of a handle that is being opened; the returned function ends it with what `open` answers. `listeners`
 * receives the engine's events; `open` wires it to the callbacks.
 */
export function createDatabase<Schema extends AnySchema>(
  connection: Connection,
  handle: HandleId,
  listeners: Set<(event: DatabaseEvent) => void>,
): (info: HandleInfo) => Database<Schema> {
  const call = caller(connection)
  const handles = new Set([handle])
  let lost: HandleInfo['lost'] = null
  let stopWaking = (): void => {}
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    stopWaking()
    listeners.clear()
    connection.live.end()
    for (const each of handles) await call((engine) => engine.close(each))
    connection.end()
  }
  const open: OpenHandle = async (ask) => {
    const opened = await call(ask)
    handles.add(opened.handle)
    return opened
  }
  const openBranch: OpenBranch<Schema> = async (ask) => {
    const { handle: of, branch } = await open(ask)
    return { ...createBranch<Schema>(connection, of, open), branch }
  }
  const database: Unnamed<Database<Schema>> = {
    ...createBranch<Schema>(connection, handle, open),
    ...createRefs<Schema>(connection, handle, {
      create: (name, options) => openBranch((engine) => engine.createBranch(handle, name, options)),
      open: (name) => openBranch((engine) => engine.openBranch(handle, name)),
    }),
    refresh: () => call((engine) => engine.wake(handle)),
    settled: () => call((engine) => engine.settled(handle)),
    exportBundle: () => call((engine) => engine.exportBundle(handle)),
    dismissLoss: async () => {
      await call((engine) => engine.dismissLoss(handle))
      lost = null
    },
    compact: () => call((engine) => engine.compact(handle)),
    subscribe: (listener) => {
      needFunction('listener', listener)
      listeners.add(listener)
      queueMicrotask(() => {
        if (lost && listeners.has(listener)) listener(lossEvent(lost))
      })
      return () => listeners.delete(listener)
    },
    close: () => (closing ??= close()),
  }
  return ({ branch, repository, lost: told }) => {
    lost = told
    // In a task of its own: what an app shows first does not wait for it.
    const later = setTimeout(() => {
      stopWaking = onWake(() => {
        // Catching up is a courtesy here: the next write looks again, and reports what is wrong.
        call((engine) => engine.wake(handle)).catch(() => {})
      })
    })
    stopWaking = () => clearTimeout(later)
    return Object.assign(database, { branch, repository })
  }
}

function caller(connection: Connection): Connection['call'] {
  return (run) => connection.call(run)
}
