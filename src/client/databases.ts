import type {
  DatabaseInfo,
  DatabasePage,
  DatabasesEngine,
  DeleteDatabaseOptions,
  DeleteOutcome,
  EmptyTrashOutcome,
  GetDatabaseOptions,
  ListDatabasesOptions,
  PurgeDatabaseOptions,
  RenameOutcome,
  RestoreOutcome,
  TrashedDatabase,
} from '../protocol/databases.ts'
import type { Reply } from '../protocol/engine.ts'
import type { Connection } from './connection.ts'
import type { KnownStores } from './known-stores.ts'

/**
 * The databases of this browser (or folder), none of which needs to be open. `which` is an id (`db.repository`) or an
 * address. All reject with `storage/unavailable` or `storage/newer-format` where the list cannot be read.
 *
 * @example
 * ```ts
 * import { databases } from 'espalier'
 *
 * const { items } = await databases.list({ orderBy: { sizeBytes: 'desc' } })
 * for (const { name, status, sizeBytes, unpushedCommits } of items)
 *   console.log(name, status, sizeBytes, unpushedCommits)
 * ```
 */
export interface Databases {
  /**
   * A page of databases, those in the trash left out. Errors: `engine/bad-argument`, `query/bad-cursor` for an `after`
   * of a list with other filters or another order.
   */
  list(options?: ListDatabasesOptions): Promise<DatabasePage>
  /**
   * One database; undefined where there is none, or it is in the trash. `fresh` counts what its store holds instead
   * of answering what was noted last.
   */
  get(which: string, options?: GetDatabaseOptions): Promise<DatabaseInfo | undefined>
  /** Gives it another display name. Errors: `engine/bad-argument` (empty, longer than 200, control characters). */
  rename(which: string, name: string): Promise<RenameOutcome>
  /**
   * Moves a database into the trash. Refuses where something is neither committed nor pushed, unless forced, and
   * while a tab has it open.
   *
   * @example
   * ```ts
   * import { databases } from 'espalier'
   *
   * const outcome = await databases.delete('https://git.example.com/acme/reference-data.git')
   * if (outcome.status === 'refused') console.log(`Push first: ${outcome.unpushed} commits exist only here.`)
   * ```
   */
  delete(which: string, options?: DeleteDatabaseOptions): Promise<DeleteOutcome>
  /** Deletes for good, without the trash. Refuses as `delete` does, but for what is in the trash already. */
  purge(which: string, options?: PurgeDatabaseOptions): Promise<DeleteOutcome>
  readonly trash: {
    list(options?: ListDatabasesOptions): Promise<DatabasePage<TrashedDatabase>>
    restore(which: string): Promise<RestoreOutcome>
    /** Deletes everything in the trash for good. */
    empty(): Promise<EmptyTrashOutcome>
  }
}

/** Reaches the calls about databases of some engine. */
export type ReachDatabases = <T>(call: (engine: DatabasesEngine) => Promise<Reply<T>>) => Promise<T>

/** `stores`: where it is remembered that a database was here, if anywhere. */
export function createDatabases(reach: ReachDatabases, namespace: string, stores?: KnownStores): Databases {
  const leaving = async (which: string, deleting: Promise<DeleteOutcome>): Promise<DeleteOutcome> => {
    const outcome = await deleting
    if (outcome.status === 'trashed' || outcome.status === 'deleted') stores?.forget(which)
    return outcome
  }
  return {
    list: (options = {}) => reach((engine) => engine.list(namespace, options)),
    get: (which, options = {}) => reach((engine) => engine.get(namespace, which, options)),
    rename: (which, name) => reach((engine) => engine.rename(namespace, which, name)),
    delete: (which, options = {}) =>
      leaving(
        which,
        reach((engine) => engine.delete(namespace, which, options)),
      ),
    purge: (which, options = {}) =>
      leaving(
        which,
        reach((engine) => engine.purge(namespace, which, options)),
      ),
    trash: {
      list: (options = {}) => reach((engine) => engine.trash(namespace, options)),
      restore: (which) => reach((engine) => engine.restore(namespace, which)),
      empty: () => reach((engine) => engine.emptyTrash(namespace)),
    },
  }
}

/** How long an engine waits for a next call before it is ended, in ms. */
const lingerMs = 10_000

/** Connects when it is needed, and ends the connection when it has not been for a while. */
export function reachOnDemand(connect: () => Promise<Connection>): ReachDatabases {
  let connecting: Promise<Connection> | undefined
  let calls = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  return async (call) => {
    const mine = (connecting ??= connect())
    clearTimeout(timer)
    calls++
    try {
      const connection = await mine
      return await connection.call(({ databases }) => call(databases))
    } finally {
      if (--calls === 0) {
        timer = setTimeout(() => {
          connecting = undefined
          mine.then((connection) => connection.end()).catch(() => {}) // it never began
        }, lingerMs)
      }
    }
  }
}
