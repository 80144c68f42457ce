import type { Issue } from '../protocol/issues.ts'
import type { CollectionInfo, Engine, HandleId, HandleInfo, Reply } from '../protocol/engine.ts'
import type { LogEntry, LogOptions } from '../protocol/history.ts'
import type { CommitOptions } from '../protocol/commit-options.ts'
import type {
  CommitInfo,
  DatabaseEvent,
  PullOutcome,
  PushOutcome,
  Status,
  UndoOutcome,
} from '../protocol/outcomes.ts'
import { needFunction } from '../protocol/options.ts'
import type { ValidateOptions, ValidationReport } from '../protocol/validation.ts'
import type { AtOptions, ChangeFilter, Revision, WorkingChange } from '../protocol/records.ts'
import type { AnySchema, IdOf, Untyped } from '../types/collection-types.ts'
import { abortable } from './abort.ts'
import { createRefs, type Refs } from './branches.ts'
import { createCarry, type CarryFace } from './carry.ts'
import { createCollection, type CollectionOf } from './collection.ts'
import type { Connection } from './connection.ts'
import { createQueryFace, type QueryFace } from './query-face.ts'
import { createDiff, type DiffFace } from './diff.ts'
import { createFiles, type EditableFiles, type Files } from './files.ts'
import { createMerges, type Merges } from './merge.ts'
import { onWake } from './page-life.ts'
import { lossEvent, withLossWarning } from './storage-loss.ts'
import { createSchemaFace, type SchemaFace } from './schema-face.ts'
import { runTransaction, type TransactionOptions, type TransactionWork } from './transaction.ts'

/** What can be read from any branch or commit. */
export interface Snapshot<Schema extends AnySchema = Untyped> extends DiffFace, QueryFace<Schema> {
  /** The branch's name when it was opened, or null for a read-only commit. `status()` says that of now. */
  readonly branch: string | null
  collection<Id extends IdOf<Schema>>(id: Id): CollectionOf<Schema, Id>
  /**
   * Reads any branch, tag, commit (`HEAD~3`, an abbreviated id) or point in time. A name is looked up once: what the
   * handle reads never changes, also when the branch goes on (one that follows it is `branches.open`'s). Old records
   * are read with the definitions of their own commit, or with `schema: 'current'` by those of this handle's commit.
   *
   * Errors: `git/ref-missing`, `git/history-missing`, `engine/bad-argument`.
   *
   * @example
   * ```ts
   * const then = await db.at(new Date())
   * await then.collection('geo.countries').get('ie')
   * await then.close()
   * ```
   */
  at(revision: Revision, options?: Pick<AtOptions, 'schema'>): Promise<Snapshot<Schema>>
  /**
   * Every collection of the schema with its record count, and what is wrong with the definitions.
   *
   * @example
   * ```ts
   * const { collections } = await db.collections({ at: 'main' })
   * console.log(collections.map(({ definition, count }) => `${definition.id}: ${count}`))
   * ```
   */
  collections(options?: AtOptions): Promise<{
    readonly collections: readonly CollectionInfo[]
    readonly issues: readonly Issue[]
  }>
  readonly files: Files
  /**
   * Commits, newest first: 50 unless `limit` says more. They can be filtered by author, time, text, collection and record.
   *
   * Errors: `git/ref-missing`, `record/collection-missing`, `git/history-missing` while offline.
   *
   * @example
   * ```ts
   * const commits = await db.log({ collection: 'units', author: 'grace', since: new Date('2024-01-01') })
   * for (const { graph, message } of await db.log({ graph: true })) console.log(graph?.lane, graph?.refs, message)
   * ```
   */
  log(options?: LogOptions): Promise<readonly LogEntry[]>
  status(): Promise<Status>
  /**
   * Checks definitions, records, references and record counts, working changes included. What is wrong is data.
   *
   * Errors: `record/collection-missing`, `git/ref-missing` (with `from`).
   *
   * @example
   * ```ts
   * const { valid, issues } = await db.validate()
   * for (const { file, line, message } of issues) console.log(`${file}:${line ?? 1}: ${message}`)
   * ```
   */
  validate(options?: ValidateOptions): Promise<ValidationReport>
  /** Ends this handle. The database ends with its last handle. */
  close(): Promise<void>
}

/** An open branch: reads, edits, commits and syncs. Several branches may be open at once. */
export interface Branch<Schema extends AnySchema = Untyped> extends Snapshot<Schema>, CarryFace {
  readonly files: EditableFiles
  /**
   * Runs a callback whose reads and writes are one step: all of it is written when it resolves, nothing when it throws,
   * its `signal` aborts or the page goes. Reads see the branch as it was at the start, and the callback's own writes;
   * nobody else sees any of them before the end. Nothing is locked meanwhile: when others changed what the callback
   * read, it runs again, so it should do nothing else that counts. Other writers, in this and other tabs, never wait.
   *
   * Errors: what the callback throws; `engine/busy` after `maxAttempts` (default 10) runs; `engine/aborted`;
   * `engine/bad-argument` for a transaction inside it, for options that are none, and without a callback.
   *
   * @example
   * ```ts
   * await db.transaction(async (tx) => {
   *   const units = tx.collection('units')
   *   const foot = await units.get('foot')
   *   if (foot) await units.insert({ ...foot, $id: 'feet' })
   *   await units.delete('foot')
   * })
   * ```
   */
  transaction<T>(work: TransactionWork<Schema, T>, options?: TransactionOptions): Promise<T>
  /** The working changes: what `commit` would commit. */
  changes(): Promise<readonly WorkingChange[]>
  /**
   * Takes working changes back: all of them, or those of records, of a collection, or of a kind. A part without which
   * the others would break the database is refused.
   *
   * Errors: `record/missing` and `record/referenced` where a record would lack its parent or still have records below
   * it, `record/invalid` for a reference to nothing, `engine/bad-argument`, `record/collection-missing`.
   *
   * @example
   * ```ts
   * await db.collection('units').update('foot', { symbol: 'ft.' })
   * await db.discard({ collection: 'units' })
   * ```
   */
  discard(filter?: ChangeFilter): Promise<void>
  /**
   * Takes back the last operation of this tab on this branch: a call that wrote, a transaction, a discard. It is a new
   * edit, which brings back the values from before; records that were changed since by something else, or committed,
   * are left as they are and named. An undo is lost with the page; working changes are not.
   *
   * Errors: `record/referenced` and `record/missing` when other records came to need it so; nothing was undone then.
   *
   * @example
   * ```ts
   * await db.collection('geo.countries').delete('ie')
   * const { status } = await db.undo()
   * console.log(status, await db.collection('geo.countries').exists('ie'))
   * ```
   */
  undo(): Promise<UndoOutcome>
  /** Does again what `undo` took back, until something else is written. */
  redo(): Promise<UndoOutcome>
  /**
   * Commits the working changes, or the `records` that are named; resolves once the commit is durable. The others stay
   * working changes.
   *
   * Without a message it says what changed. Errors: `engine/nothing-to-commit`, `engine/bad-argument` for options that
   * are none, `record/collection-missing`, `record/changed` (a conflict waits, see {@link WorkingChange.conflict});
   * `record/invalid`, `record/missing` and `record/referenced` for records that need others which were not named.
   *
   * @example
   * ```ts
   * await db.collection('units').update('foot', { symbol: 'ft.' })
   * const { oid } = await db.commit({ message: 'Abbreviate the foot' })
   *
   * await db.collection('units').update('foot', { symbol: 'feet' })
   * await db.commit({ trailers: { 'Reviewed-by': 'Grace <grace@example.com>' } }) // Update units/foot
   * ```
   */
  commit(options?: CommitOptions): Promise<CommitInfo>
  /**
   * Fetches, and moves the branch forward when that loses nothing. Never merges, never overwrites working changes:
   * where both sides have commits it answers `diverged`, and `db.merge.start('origin/main')` is the way on.
   *
   * @example
   * ```ts
   * const outcome = await db.pull()
   * if (outcome.status === 'blocked') console.log('Commit or discard first:', outcome.records)
   * ```
   */
  pull(options?: { readonly signal?: AbortSignal }): Promise<PullOutcome>
  /** Merges other branches into this one, record by record. */
  readonly merge: Merges
  /** Changes of the schema, planned and committed with the records that they rewrite. */
  readonly schema: SchemaFace
  /** Pushes the branch's commits, no tags. Never forces. */
  push(options?: { readonly signal?: AbortSignal }): Promise<PushOutcome>
}

/** An open database: the branch it was opened on, and the way to its other branches and commits. */
export interface Database<Schema extends AnySchema = Untyped> extends Branch<Schema>, Refs<Schema> {
  /** The name of the local repository: of its IndexedDB database, locks and channel. Holds no secret. */
  readonly repository: string
  /** Sees what other tabs and `espalier/git` wrote. Happens by itself; the promise tells when. */
  refresh(): Promise<void>
  /** Resolves when everything fetched and written so far is on disk. */
  settled(): Promise<void>
  /** The whole repository as a git bundle, for a backup or `git clone`. */
  exportBundle(): Promise<Uint8Array>
  /**
   * Forgets that an earlier store was lost (`status().lost`), once the user knows. Until then every opening tells.
   *
   * @example
   * ```ts
   * const { lost } = await db.status()
   * if (lost) {
   *   console.log(`Local work of before ${new Date(lost.noticedAtMs).toISOString()} is gone (${lost.code})`)
   *   await db.dismissLoss()
   * }
   * ```
   */
  dismissLoss(): Promise<void>
  /** Packs the many small packs of single commits into one. Runs by itself when idle. */
  compact(): Promise<void>
  /**
   * Calls back on every event until the returned function is called. A loss that was not dismissed is told to every
   * listener as a `warning` (`storage/evicted`, `storage/corrupt`). Errors: `engine/bad-argument` without a function.
   *
   * @example
   * ```ts
   * const stop = db.subscribe((event) => event.type === 'changed' && console.log(event.branch, event.records))
   * stop()
   * ```
   */
  subscribe(listener: (event: DatabaseEvent) => void): () => void
}

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
      return call((engine) => engine.close(handle))
    },
  }
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
    close: async () => {
      stopWaking()
      listeners.clear()
      connection.live.end()
      for (const each of handles) await call((engine) => engine.close(each))
      connection.end()
    },
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
