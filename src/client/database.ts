import type { Issue } from '../protocol/issues.ts'
import type { CollectionInfo } from '../protocol/engine.ts'
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
import type { ValidateOptions, ValidationReport } from '../protocol/validation.ts'
import type { AtOptions, ChangeFilter, Revision, WorkingChange } from '../protocol/records.ts'
import type { AnySchema, IdOf, Untyped } from '../types/collection-types.ts'
import type { Refs } from './branches.ts'
import type { CarryFace } from './carry.ts'
import type { CollectionOf } from './collection.ts'
import type { QueryFace } from './query-face.ts'
import type { DiffFace } from './diff.ts'
import type { EditableFiles, Files } from './files.ts'
import type { Merges } from './merge.ts'
import type { SchemaFace } from './schema-face.ts'
import type { TransactionOptions, TransactionWork } from './transaction.ts'

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
  /** Ends this handle; again does nothing. The database ends with its last handle. */
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
