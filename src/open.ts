import { abortable } from './client/abort.ts'
import { settingsOf, type CollectionsOptions } from './client/collection-options.ts'
import {
  prepareWorker,
  type Connection,
  type StartingConnection,
  type WorkerSource,
} from './client/connection.ts'
import { askStore, lastScreen, type AskedStore } from './client/first-screen.ts'
import { createCollection } from './client/collection.ts'
import { createDatabase } from './client/create-database.ts'
import type { Database } from './client/database.ts'
import { createKnownStores } from './client/known-stores.ts'
import type { HandleId, HandleInfo, WireAuthRequest, WireCredentials } from './protocol/engine.ts'
import type { CommitDefaults } from './protocol/commit-options.ts'
import type { Author, DatabaseEvent, Progress } from './protocol/outcomes.ts'
import type { AnySchema, Untyped } from './types/collection-types.ts'
import type { FromStandard, StandardSchemas } from './types/standard-schema.ts'

/** Why the app is asked for credentials: first need, after a refusal, or for a push. */
export type AuthRequest = WireAuthRequest
/** A user name and a password or token. Kept in memory only. */
export type Credentials = WireCredentials

export interface OpenOptions extends CommitDefaults {
  /** Who commits. Without one a local name is used and `status()` warns. */
  readonly author?: Author
  /** Asked when the remote needs credentials; null gives up. Credentials stay in memory. */
  readonly auth?: (request: AuthRequest) => Promise<Credentials | null> | Credentials | null
  readonly onProgress?: (progress: Progress) => void
  /** The branch to open; the remote's default branch unless given. */
  readonly branch?: string
  /** Fetch all branches (default) or only the opened one. */
  readonly branches?: 'all' | 'one'
  /** `'full'` (default) completes history in the background after the tip has answered; `'tip'` never does by itself. */
  readonly history?: 'full' | 'tip'
  /** Separates the databases of several apps on one origin. Default `'espalier'`. */
  readonly namespace?: string
  /** A git bundle's bytes, to open instead of fetching `url` (which then only names the database). */
  readonly bundle?: Uint8Array
  /** A proxy for hosts without CORS, run by you. It gets credentials only with `sendCredentials`. */
  readonly corsProxy?: string | { readonly url: string; readonly sendCredentials?: boolean }
  /** The git protocol version to ask for. 0 (default) needs no preflighted header and one round trip less. */
  readonly protocol?: 0 | 2
  /**
   * `'go'` writes the bytes that the Go tools of the format write, and an edit rewrites its whole file as they do.
   * By default an edit changes only the lines of the fields that differ.
   */
  readonly canonical?: 'go'
  /**
   * `'off'` accepts writes that break rules of their collection; each call can say otherwise. By default (`'on'`)
   * they fail with `record/invalid`, and deletes of records that others refer to with `record/referenced`.
   */
  readonly validate?: 'on' | 'off'
  /** Queries that take longer are told to `db.subscribe` as `slow-query` events. Default 100. */
  readonly slowQueryMs?: number
  /**
   * Collections with more records (of one file each) stay on disk: each of their queries reads them in passing and keeps
   * what matches. Default 250,000.
   */
  readonly maxRecordsInMemory?: number
  /** Where the worker comes from, for bundlers that cannot follow the default. */
  readonly worker?: WorkerSource
  /**
   * Validators by collection, of any library that speaks Standard Schema (Zod, Valibot, ArkType …). They run here,
   * on every insert and update before it is sent, and type the collection unless a schema is named.
   */
  readonly schemas?: StandardSchemas
  /**
   * Keys, timestamps, soft deletes and defaults by collection id. They hold for this database object; whoever else
   * opens the repository has their own.
   *
   * @example
   * ```ts
   * import { open } from 'espalier'
   *
   * const db = await open('https://git.example.com/acme/reference-data.git', {
   *   auth: () => ({ username: 'ada', password: 'a-token' }),
   *   collections: { units: { id: { slug: 'symbol' }, defaults: { factor: 1 } } },
   * })
   * const { $id } = await db.collection('units').insert({ symbol: 'km²' })
   * console.log($id) // 'km2'
   * await db.close()
   * ```
   */
  readonly collections?: CollectionsOptions
  readonly signal?: AbortSignal
}

/**
 * Opens a repository of records: clones it on the first visit, reopens it from this browser's storage later.
 * Resolves as soon as the tip can answer reads. Where nothing was written since the last visit, that is before the worker
 * runs: queries with a `limit` that the app asked then have their answers at once, every other call waits, and what keeps
 * the worker from opening is told by these calls.
 *
 * Errors: `engine/bad-argument` for options that are none, and for times in columns that a collection does not declare;
 * `record/collection-missing` for options of a collection that the branch does not have, `remote/*` while cloning,
 * `format/not-a-database`, `format/legacy-layout`, `storage/*`, `client/*`.
 *
 * @example
 * ```ts
 * import { open } from 'espalier'
 *
 * const db = await open('https://git.example.com/acme/reference-data.git', {
 *   author: { name: 'Ada', email: 'ada@example.com' },
 *   auth: () => ({ username: 'ada', password: 'a-token' }),
 * })
 * const countries = db.collection('geo.countries')
 * await countries.update('ie', { population: 5_300_000 })
 * await db.commit({ message: 'Update Ireland' })
 * await db.push()
 * await db.close()
 * ```
 */
export function open<const Schemas extends StandardSchemas>(
  url: string,
  options: OpenOptions & { readonly schemas: Schemas },
): Promise<Database<FromStandard<Schemas>>>
export function open<Schema extends AnySchema = Untyped>(
  url: string,
  options?: OpenOptions,
): Promise<Database<Schema>>
export async function open(url: string, { worker, ...options }: OpenOptions = {}): Promise<Database> {
  // First of all: what else there is to do costs nothing while the browser opens the store.
  const store = askStore(storeName(url, options), createKnownStores())
  return openOver(prepareWorker(worker), url, options, store)
}

/** Opens over a connection that exists; the connection ends when opening fails. */
export async function openOver<Schema extends AnySchema>(
  bareConnection: Connection & Partial<StartingConnection>,
  url: string,
  options: Omit<OpenOptions, 'worker'>,
  store: Promise<AskedStore> | undefined = bareConnection.stores &&
    askStore(storeName(url, options), bareConnection.stores),
): Promise<Database<Schema>> {
  const { auth, onProgress, signal, corsProxy, schemas, collections, ...more } = options
  // An option of another name goes along, for the engine to refuse.
  const { committer, timeZone, audit, ...rest } = more
  const { namespace = defaultNamespace, branches = 'all', history = 'full', ...request } = rest
  const connection: Connection = {
    ...bareConnection,
    schemas,
    collections,
  }
  const listeners = new Set<(event: DatabaseEvent) => void>()
  if (onProgress) listeners.add((event) => event.type === 'progress' && onProgress(event.progress))
  const callbacks = connection.share({
    auth: async (request) => (auth ? await auth(request) : null),
    event: (event) => {
      for (const listener of listeners) listener(event)
    },
    live: connection.live.receive,
  })
  const aborting = new AbortController()
  const abort = (): void => aborting.abort()
  try {
    const settings = collections !== undefined && { collections: settingsOf(collections) }
    const wanted = { ...request, namespace, branches, history, ...settings }
    const screen = lastScreen(wanted, store)
    const openEngine = async (): Promise<HandleInfo> => {
      await bareConnection.start?.()
      return abortable(connection, aborting.signal, async (engine, abortName) =>
        engine.open(
          {
            ...wanted,
            handle: screen?.handle,
            screen: screen?.options,
            url,
            abortName,
            hasAuth: auth !== undefined,
            commits: { committer, timeZone, audit },
            known: connection.stores?.list(),
            lost: (await store)?.lost,
            ...(corsProxy && { corsProxy: typeof corsProxy === 'string' ? { url: corsProxy } : corsProxy }),
          },
          callbacks,
        ),
      )
    }
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort)
    const reading = screen?.read()
    // What can be done while the store opens is done now.
    const prepared = screen && createDatabase<Schema>(connection, screen.handle, listeners)
    if (screen) callFirst(connection, screen.handle)
    const early = await reading
    if (early && prepared && !aborting.signal.aborted) {
      // The app gets what it shows first; then there is time to start the worker.
      const opening = new Promise((resolve) => setTimeout(resolve)).then(openEngine)
      opening.catch((error: unknown) => connection.end(error))
      connection.hold(opening, early.answer)
      return prepared(early.info)
    }
    const info = await openEngine()
    rememberStore(connection, info)
    return (prepared ?? createDatabase(connection, info.handle, listeners))(info)
  } catch (error) {
    connection.end()
    throw error
  } finally {
    signal?.removeEventListener('abort', abort)
    void store?.then((opened) => opened?.close?.())
  }
}

const defaultNamespace = 'espalier'

/** The name of a repository's store, as the engine names it. */
function storeName(url: string, { namespace = defaultNamespace }: Pick<OpenOptions, 'namespace'>): string {
  return `${namespace} ${url}`
}

/** JavaScript engines compile a function when it is first called: 1 ms for what an app calls for its first screen. */
function callFirst(connection: Connection, handle: HandleId): void {
  createCollection<{ $id: string }, object, string, Untyped, Untyped>(connection, handle, '').find({
    orderBy: '$id',
    limit: 1,
  })
}

/** Once it is durable: a clone that a kill cut short was not lost. */
function rememberStore({ call, stores }: Connection, { handle, repository }: HandleInfo): void {
  if (!stores) return
  call((engine) => engine.settled(handle)).then(
    () => stores.add(repository),
    () => {}, // not stored, or closed before: the next opening remembers it
  )
}
