import type { Reply } from './engine.ts'
import type { StorageLoss } from './outcomes.ts'

/**
 * What a local database is at the moment, the most urgent word of several:
 *
 * - `absent`: nothing is kept here yet; its first clone was cut off or failed (`error` says why);
 * - `cloning`, `indexing`: the first clone arrives, and is then indexed and stored;
 * - `syncing`: a pull or push is running;
 * - `evicted`: the browser deleted its data; the figures say what had not been pushed; opening clones it again;
 * - `corrupt`: what is stored cannot be read (`error`); delete it and clone again;
 * - `quota`: the last write was refused because there is no room;
 * - `conflicted`: working changes wait for a decision;
 * - `diverged`: a branch here and the remote's have commits that the other lacks;
 * - `ready`: nothing of all that.
 */
export type DatabaseState =
  | 'absent'
  | 'cloning'
  | 'indexing'
  | 'ready'
  | 'syncing'
  | 'diverged'
  | 'conflicted'
  | 'quota'
  | 'corrupt'
  | 'evicted'

/** What went wrong last, and was not put right since. */
export interface DatabaseProblem {
  /** An {@link ErrorCode}; a string, since an older version may have written it. */
  readonly code: string
  readonly message: string
  readonly at: Date
}

/** A local database as the list shows it. The figures are the last ones noted; `get(id, { fresh: true })` counts. */
export interface DatabaseInfo {
  /** The name of the local repository (`db.repository`). Holds no secret. */
  readonly id: string
  /** For people; unique among the databases of a namespace. Any text: escape it like any other. */
  readonly name: string
  /** The address without user info or query. */
  readonly url: string
  readonly status: DatabaseState
  /** Some tab has it open. */
  readonly isOpen: boolean
  /** The branch that opens by default; null before the first clone. */
  readonly branch: string | null
  /** The local branches. */
  readonly branches: readonly string[]
  /** Bytes of packs and their indexes. */
  readonly sizeBytes: number
  readonly packs: number
  /** Commits of any local branch that no branch of the remote has; null when history is incomplete. */
  readonly unpushedCommits: number | null
  /** Working changes of all branches. */
  readonly workingChanges: number
  readonly createdAt: Date
  readonly lastOpenedAt: Date
  /** The last clone, pull or push that the remote answered. */
  readonly lastSyncAt: Date | null
  readonly error?: DatabaseProblem
  /** As in `db.status()`: the store before this one was lost, and nobody has dismissed that yet. */
  readonly lost?: StorageLoss
}

/** A database in the trash. Its data is still here. */
export interface TrashedDatabase extends DatabaseInfo {
  readonly deletedAt: Date
  /** After this it is deleted for good, when databases are next listed or opened. */
  readonly expiresAt: Date
}

/** What databases can be ordered by. */
export type DatabaseOrder = 'name' | 'url' | 'sizeBytes' | 'createdAt' | 'lastOpenedAt' | 'lastSyncAt'

export interface ListDatabasesOptions {
  /** Only these states. */
  readonly status?: DatabaseState | readonly DatabaseState[]
  /** Only names and addresses that contain this text, upper or lower case. */
  readonly text?: string
  /** One property and its direction. Default `{ lastOpenedAt: 'desc' }`. */
  readonly orderBy?: { readonly [Key in DatabaseOrder]?: 'asc' | 'desc' }
  /** At most so many (default 50). */
  readonly limit?: number
  /** Goes on after a page of the same list (filters and order): its `next`. */
  readonly after?: string
}

export interface DatabasePage<Info extends DatabaseInfo = DatabaseInfo> {
  readonly items: readonly Info[]
  /** How many fit, on all pages. */
  readonly total: number
  /** Give it as `after` for the next page; null on the last one. */
  readonly next: string | null
}

export interface GetDatabaseOptions {
  /** Counts what its store holds instead of answering what was noted last. */
  readonly fresh?: boolean
}

export type PurgeDatabaseOptions = Pick<DeleteDatabaseOptions, 'force'>

export interface DeleteDatabaseOptions {
  /** Deletes also what is neither committed nor pushed. */
  readonly force?: boolean
  /** How long it can be restored, in days (default 30). */
  readonly keepDays?: number
}

/** What `delete` and `purge` did. */
export type DeleteOutcome =
  /** In the trash, and restorable until then. */
  | { readonly status: 'trashed'; readonly expiresAt: Date }
  /** Gone for good. */
  | { readonly status: 'deleted' }
  /** Something exists only here. `unpushed` is null when that cannot be told. Push, or force. */
  | { readonly status: 'refused'; readonly unpushed: number | null; readonly workingChanges: number }
  /** A tab (or process) has it open. Close it there. */
  | { readonly status: 'open' }
  /** There is no such database. */
  | { readonly status: 'missing' }

export type RenameOutcome =
  | { readonly status: 'renamed'; readonly name: string }
  /** Another database has this name. */
  | { readonly status: 'taken'; readonly by: string }
  | { readonly status: 'missing' }

export type RestoreOutcome =
  | { readonly status: 'restored'; readonly database: DatabaseInfo }
  /** Not in the trash, or its data is gone. */
  | { readonly status: 'missing' }

/** What emptying the trash did. */
export interface EmptyTrashOutcome {
  readonly deleted: readonly string[]
  /** Open in a tab. */
  readonly kept: readonly string[]
}

/** The calls about databases that need not be open. `which`: an id or an address. */
export interface DatabasesEngine {
  list(namespace: string, options: ListDatabasesOptions): Promise<Reply<DatabasePage>>
  trash(namespace: string, options: ListDatabasesOptions): Promise<Reply<DatabasePage<TrashedDatabase>>>
  get(namespace: string, which: string, options: GetDatabaseOptions): Promise<Reply<DatabaseInfo | undefined>>
  rename(namespace: string, which: string, name: string): Promise<Reply<RenameOutcome>>
  delete(namespace: string, which: string, options: DeleteDatabaseOptions): Promise<Reply<DeleteOutcome>>
  purge(namespace: string, which: string, options: PurgeDatabaseOptions): Promise<Reply<DeleteOutcome>>
  restore(namespace: string, which: string): Promise<Reply<RestoreOutcome>>
  emptyTrash(namespace: string): Promise<Reply<EmptyTrashOutcome>>
}
