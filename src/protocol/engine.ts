import type { DatabasesEngine } from './databases.ts'
import type { Issue } from './issues.ts'
import type { BulkWrite, BulkWritten } from './bulk-write.ts'
import type { CommitDefaults, CommitOptions } from './commit-options.ts'
import type { CollectionSettings } from './collection-settings.ts'
import type { WireError } from './errors.ts'
import type {
  Author,
  CommitInfo,
  DatabaseEvent,
  PullOutcome,
  PushOutcome,
  Status,
  UndoOutcome,
  StorageLoss,
} from './outcomes.ts'
import type { LiveId, LiveUpdate } from './live.ts'
import type { Query, QueryPage, QueryPlan } from './query.ts'
import type { AtOptions, ChangeFilter, ReadOptions, Revision, Row, WorkingChange } from './records.ts'
import type { CollectionDefinition } from './schema.ts'
import type { SchemaChange, SchemaCommit, SchemaPlan, SchemaProposal } from './schema-changes.ts'
import type { VersionsEngine } from './versions.ts'
import type { ValidateOptions, ValidationReport, WriteOptions } from './validation.ts'
import type { WriteOperation } from './writes.ts'

/** Counts changes of this protocol; client and worker must agree. */
export const protocolVersion = 6

/** Names an open handle (a branch, or a read-only commit) inside one engine. */
export type HandleId = number

/** Every call answers with data, never with a throw: an error keeps its code across the worker boundary. */
export type Reply<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: WireError }

/** What the page says first. */
export interface Hello {
  /** The absolute address of the extras, as the page's bundler placed them. */
  readonly extras?: string
}

export interface OpenRequest {
  readonly url: string
  /** Names this call for `abort`. */
  readonly abortName: string
  /** Whether the app gave an `auth` callback (a proxied object cannot tell). */
  readonly hasAuth: boolean
  /** Bytes of a git bundle, when the database is opened from a file instead of a URL. */
  readonly bundle?: Uint8Array
  /** Separates the databases of several apps on one origin. */
  readonly namespace: string
  readonly branch?: string
  readonly branches: 'all' | 'one'
  readonly history: 'full' | 'tip'
  readonly author?: Author
  /** Undefined where the app does not say. */
  readonly commits?: { readonly [Name in keyof CommitDefaults]: CommitDefaults[Name] | undefined }
  readonly corsProxy?: { readonly url: string; readonly sendCredentials?: boolean }
  readonly protocol?: 0 | 2
  /** Write record files as the Go tools do, whole files in their canonical bytes. */
  readonly canonical?: 'go'
  /** How writes are checked unless they say otherwise. */
  readonly validate?: 'on' | 'off'
  readonly collections?: { readonly [collection: string]: CollectionSettings }
  /** Queries that take longer are told as `slow-query` events. */
  readonly slowQueryMs?: number
  readonly maxRecordsInMemory?: number
  /** Repositories that this browser stored: one of these that must be cloned again was lost. */
  readonly known?: readonly string[] | undefined
  /** This one's store is gone because the browser found its files damaged, as it told the page. */
  readonly lost?: boolean | undefined
  /** What to call the handle, below 0 and never used before in this engine: for a page that does not wait for its number. */
  readonly handle?: HandleId | undefined
  /** The options on which answers depend, as text: what the app shows first is kept for openings with the same ones. */
  readonly screen?: string | undefined
}

export interface WireCredentials {
  readonly username: string
  readonly password: string
}

export interface WireAuthRequest {
  readonly url: string
  readonly reason: 'required' | 'refused' | 'push'
}

/** What the engine may ask of the app; proxied over the worker boundary. */
export interface EngineCallbacks {
  auth(request: WireAuthRequest): Promise<WireCredentials | null>
  event(event: DatabaseEvent): void
  /** A live query's result changed. Nobody waits for an answer. */
  live(update: LiveUpdate): void
}

export interface HandleInfo {
  readonly handle: HandleId
  /** The branch, or null for a read-only commit. */
  readonly branch: string | null
  readonly commit: string
  /** The local repository's name: of its storage, its locks and its channel. Holds no secret. */
  readonly repository: string
  /** The loss of an earlier store, until it is dismissed. */
  readonly lost: StorageLoss | null
}

export interface CollectionInfo {
  readonly definition: CollectionDefinition
  /** Records now, working changes included; null when the collection is not readable yet. */
  readonly count: number | null
}

/** A committed file. */
export interface FileText {
  /** The file as text, byte order mark included. */
  readonly text: string
  /** The file's bytes; only when they are not valid UTF-8, so that `text` is not all that they say. */
  readonly bytes?: Uint8Array
}

/** The calls that answer queries. */
export interface QueryEngine {
  getMany(
    handle: HandleId,
    collection: string,
    keys: readonly string[],
    options?: ReadOptions,
  ): Promise<Reply<readonly (Row | undefined)[]>>
  /** `cursors`: those of the pages around the rows are wanted too; making them takes as long as a small query. */
  query(handle: HandleId, query: Query, cursors?: boolean): Promise<Reply<QueryPage>>
  /** Runs the query, and says how. */
  explain(handle: HandleId, query: Query): Promise<Reply<QueryPlan>>
  /**
   * Makes a query live: {@link EngineCallbacks.live} gets all rows as version 1, then what changes. `live` is the
   * caller's name for it, never used before in this engine.
   */
  subscribe(handle: HandleId, live: LiveId, query: Query): Promise<Reply<void>>
  /** Does nothing when it has ended. */
  unsubscribe(live: LiveId): Promise<Reply<void>>
}

/** The calls of the engine. Plain data in, plain data out. */
export interface Engine extends QueryEngine {
  handshake(hello: Hello): Promise<{ readonly protocol: number }>
  open(request: OpenRequest, callbacks: EngineCallbacks): Promise<Reply<HandleInfo>>
  /** Aborts the open, pull or push that was started with this token; does nothing when it has ended. */
  abort(token: string): Promise<Reply<void>>
  close(handle: HandleId): Promise<Reply<void>>
  readonly databases: DatabasesEngine
  readonly versions: VersionsEngine

  collections(
    handle: HandleId,
    options?: AtOptions,
  ): Promise<Reply<{ collections: readonly CollectionInfo[]; issues: readonly Issue[] }>>
  get(
    handle: HandleId,
    collection: string,
    key: string,
    options?: ReadOptions,
  ): Promise<Reply<Row | undefined>>
  /** `parent`: only the records below one parent, given as it stands in their keys (escaped segments). */
  all(
    handle: HandleId,
    collection: string,
    parent?: string,
    options?: ReadOptions,
  ): Promise<Reply<readonly Row[]>>
  problems(
    handle: HandleId,
    collection: string,
    parent?: string,
    options?: AtOptions,
  ): Promise<Reply<readonly Issue[]>>
  count(handle: HandleId, collection: string, parent?: string, options?: ReadOptions): Promise<Reply<number>>
  validate(handle: HandleId, options: ValidateOptions): Promise<Reply<ValidationReport>>

  /** One durable step. Answers the rows that it wrote, one for each row or patch; none for deletes. */
  write(handle: HandleId, operation: WriteOperation, options?: WriteOptions): Promise<Reply<readonly Row[]>>
  /** Some rows of a {@link Engine.writeBulk} that follows: the JSON of a {@link BulkPart} in UTF-8. The journal keeps it as it is. */
  bulkRows(bulk: number, rows: Uint8Array): Promise<Reply<void>>
  /** {@link Engine.write} for many rows. */
  writeBulk(handle: HandleId, bulk: BulkWrite): Promise<Reply<BulkWritten>>

  /**
   * A handle that reads a branch as it is now, and to which writes go; {@link Engine.close} drops them. Only calls that
   * read and write records take it.
   */
  beginTransaction(handle: HandleId): Promise<Reply<HandleInfo>>
  /** Writes everything as one step, unless what the transaction read has changed: then the answer is false. */
  commitTransaction(handle: HandleId): Promise<Reply<boolean>>

  changes(handle: HandleId): Promise<Reply<readonly WorkingChange[]>>
  discard(handle: HandleId, filter: ChangeFilter | 'all'): Promise<Reply<void>>
  /** Takes back the last operation that this engine wrote on the branch, or (redo) that it took back. */
  undo(handle: HandleId, direction: 'undo' | 'redo'): Promise<Reply<UndoOutcome>>
  commit(handle: HandleId, options?: CommitOptions): Promise<Reply<CommitInfo>>
  readFile(
    handle: HandleId,
    path: string,
    options?: Pick<AtOptions, 'at'>,
  ): Promise<Reply<FileText | undefined>>
  /** Commits one file's new text; `force` commits it although records could not be read from it. */
  replaceFile(
    handle: HandleId,
    path: string,
    text: string,
    options: { readonly message: string; readonly force: boolean; readonly author?: Author },
  ): Promise<Reply<CommitInfo>>
  planSchema(handle: HandleId, changes: readonly SchemaChange[]): Promise<Reply<SchemaPlan>>
  inferSchema(handle: HandleId): Promise<Reply<SchemaProposal>>
  /** Changes in order, or the inferred definitions. */
  applySchema(
    handle: HandleId,
    wanted: readonly SchemaChange[] | 'inferred',
    message: string,
    author?: Author,
  ): Promise<Reply<SchemaCommit>>
  log(handle: HandleId, limit: number, at?: Revision): Promise<Reply<readonly CommitInfo[]>>
  push(handle: HandleId, token: string): Promise<Reply<PushOutcome>>
  pull(handle: HandleId, token: string): Promise<Reply<PullOutcome>>
  status(handle: HandleId): Promise<Reply<Status>>
  dismissLoss(handle: HandleId): Promise<Reply<void>>
  /** The page came back to life (focus, thaw, network): look what other tabs did, go on with what waited. */
  wake(handle: HandleId): Promise<Reply<void>>
  settled(handle: HandleId): Promise<Reply<void>>
  exportBundle(handle: HandleId): Promise<Reply<Uint8Array>>
  compact(handle: HandleId): Promise<Reply<void>>

  createBranch(
    handle: HandleId,
    name: string,
    options: { readonly from?: Revision } | undefined,
  ): Promise<Reply<HandleInfo>>
  openBranch(handle: HandleId, name: string): Promise<Reply<HandleInfo>>
  at(handle: HandleId, revision: Revision, schema?: AtOptions['schema']): Promise<Reply<HandleInfo>>
}
