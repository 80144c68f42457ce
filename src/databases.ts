import { connectWorker, type WorkerSource } from './client/connection.ts'
import { createDatabases, reachOnDemand, type Databases } from './client/databases.ts'
import { createKnownStores } from './client/known-stores.ts'

export interface DatabasesOptions {
  /** The namespace that was given to `open`. Default `'espalier'`. */
  readonly namespace?: string
  /** As for `open`. It may be started several times. */
  readonly worker?: Exclude<WorkerSource, Worker>
}

/** What the browser grants to this site. */
export interface StorageEstimate {
  /** Bytes that the whole site uses; null where the browser does not say. */
  readonly usageBytes: number | null
  /** Bytes that it may use; null where the browser does not say. */
  readonly quotaBytes: number | null
  /** The browser promised not to evict the data; null where it cannot say. */
  readonly persisted: boolean | null
}

export interface LocalDatabases extends Databases {
  /**
   * The databases of another namespace, or over a worker of your own.
   *
   * @example
   * ```ts
   * import { databases } from 'espalier'
   *
   * const mine = databases.with({ namespace: 'my-app' })
   * await mine.list({ status: ['diverged', 'conflicted'] })
   * ```
   */
  with(options: DatabasesOptions): LocalDatabases
  /** How much room there is. Needs no worker. */
  estimate(): Promise<StorageEstimate>
  /** Asks the browser not to evict this site's data. False: it did not agree; null: it cannot be asked. */
  persist(): Promise<boolean | null>
}

/** What the browser says about this site's storage. */
export const storageFace: Pick<LocalDatabases, 'estimate' | 'persist'> = {
  estimate: async () => {
    const storage = storageManager()
    const { usage = null, quota = null } = (await storage?.estimate?.()) ?? {}
    return { usageBytes: usage, quotaBytes: quota, persisted: (await storage?.persisted?.()) ?? null }
  },
  persist: async () => (await storageManager()?.persist?.()) ?? null,
}

/** Absent in Node, and in pages that are not secure. */
function storageManager(): Partial<StorageManager> | undefined {
  return typeof navigator === 'undefined' ? undefined : navigator.storage
}

/** The databases of this browser: see {@link Databases}. Starts a worker when the first call needs one. */
export const databases: LocalDatabases = /* @__PURE__ */ localDatabases({})

function localDatabases({ namespace = 'espalier', worker }: DatabasesOptions): LocalDatabases {
  return {
    ...createDatabases(
      reachOnDemand(() => connectWorker(worker)),
      namespace,
      createKnownStores(),
    ),
    with: localDatabases,
    ...storageFace,
  }
}
