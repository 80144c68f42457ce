import { openDB } from 'idb'
import { type EspalierError, isEspalierError } from '../../src/protocol/errors.ts'
import {
  idbFormatVersion,
  lossKey,
  type StoreDatabase,
  type StoreSchema,
  upgradeStores,
} from './idb-schema.ts'
import { closedError, newerFormat, quotaError, unavailable } from './storage-errors.ts'

/** Keeps a living handle to one IndexedDB database. */
export interface IdbConnection {
  /**
   * Runs work on the handle. When the handle turns out to be dead (WebKit kills the connections of background
   * tabs), opens a fresh one and runs the work once more; `attempt` is then 1. Never retries on a dead handle.
   */
  run<T>(work: (db: StoreDatabase, attempt: 0 | 1) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Opens (and creates or upgrades) the database. Throws `storage/newer-format`, `storage/unavailable`. */
export async function connect(name: string, version: number = idbFormatVersion): Promise<IdbConnection> {
  let closed: EspalierError | undefined
  let identity: unknown
  let handle: Promise<StoreDatabase> | undefined

  function openHandle(): Promise<StoreDatabase> {
    const opening = openDatabase(name, version, identity === undefined, {
      // The browser cut the connection: the next call opens a fresh one.
      lost: () => forget(opening),
      // Another tab deletes or upgrades the database: make way, and never recreate what it deleted.
      ousted() {
        closed ??= unavailable(
          `The store "${name}" was deleted or upgraded elsewhere (another tab): open it again.`,
        )
      },
    })
    opening.catch(() => forget(opening))
    return opening
  }

  function forget(dead: Promise<StoreDatabase>): void {
    if (handle === dead) handle = undefined
  }

  async function living(): Promise<{ handle: Promise<StoreDatabase>; db: StoreDatabase }> {
    handle ??= openHandle()
    const opened = handle
    const db = await opened
    return { handle: opened, db }
  }

  async function attempt<T>(n: 0 | 1, work: (db: StoreDatabase, attempt: 0 | 1) => Promise<T>): Promise<T> {
    if (closed) throw closed
    const { handle, db } = await living()
    try {
      if (n === 1) await checkIdentity(db)
      return await work(db, n)
    } catch (error) {
      if (isDead(error)) {
        forget(handle)
        db.close()
      }
      throw error
    }
  }

  async function checkIdentity(db: StoreDatabase): Promise<void> {
    const row = await db.get('system', 'identity')
    if (row?.value === identity) return
    closed = unavailable(`The store "${name}" was deleted and made again elsewhere: open it again.`)
    db.close()
    throw closed
  }

  const first = await patiently(living).catch((error: unknown) => {
    throw explain(name, error)
  })
  identity = (await first.db.get('system', 'identity'))?.value

  return {
    async run(work) {
      try {
        return await attempt(0, work)
      } catch (error) {
        if (!isDead(error) || closed) throw closed ?? explain(name, error)
      }
      try {
        return await attempt(1, work)
      } catch (error) {
        throw explain(name, error)
      }
    },

    async close() {
      closed = closedError()
      const opened = handle
      handle = undefined
      await opened?.then(
        (db) => db.close(),
        () => {},
      )
    },
  }
}

/** Pauses before opening is tried again, in ms. */
const openingPausesMs: readonly number[] = [50, 200, 500]

/**
 * "Internal error opening backing store" passes by itself: Chromium says it once when it has found its files damaged
 * and drops them (the next try opens an empty store, see `dataLoss` below), or is still letting go of them.
 */
async function patiently<T>(open: () => Promise<T>): Promise<T> {
  for (const pauseMs of openingPausesMs) {
    try {
      return await open()
    } catch (error) {
      if (nameOf(error) !== 'UnknownError') throw error
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
  return open()
}

interface HandleEvents {
  lost(): void
  ousted(): void
}

async function openDatabase(
  name: string,
  version: number,
  mayCreate: boolean,
  events: HandleEvents,
): Promise<StoreDatabase> {
  let refusal: EspalierError | undefined
  let blocked: (error: EspalierError) => void = () => {}
  const whenBlocked = new Promise<never>((_, reject) => (blocked = reject))

  const opening = openDB<StoreSchema>(name, version, {
    upgrade(db, oldVersion, _newVersion, tx, event) {
      if (oldVersion === 0 && !mayCreate) {
        refusal = unavailable(`The store "${name}" was deleted by the browser or another tab: open it again.`)
        tx.done.catch(() => {}) // the abort below is the answer
        tx.abort()
        return
      }
      upgradeStores(db, oldVersion, tx, crypto.randomUUID())
      // Chromium: it found its files damaged and dropped every database of this origin (docs/decisions/007).
      if ('dataLoss' in event && event.dataLoss === 'total') {
        const value = { code: 'storage/corrupt', noticedAtMs: Date.now() }
        void tx.objectStore('meta').put({ key: lossKey, value })
      }
    },
    blocked() {
      blocked(
        unavailable(`An older version of this app holds the store "${name}" open: close its other tabs.`),
      )
      // Should the others go away later, nobody waits for this handle any more.
      opening.then(
        (db) => db.close(),
        () => {},
      )
    },
    blocking(_currentVersion, _blockedVersion, event) {
      events.ousted()
      // The event's target is the raw database that must make way.
      ;(event.target as IDBDatabase).close()
    },
    terminated: events.lost,
  })
  try {
    return await Promise.race([opening, whenBlocked])
  } catch (error) {
    throw refusal ?? error
  }
}

// A connection that the browser has cut answers in these ways: InvalidStateError from `transaction()`,
// UnknownError ("Connection to Indexed Database server lost", WebKit) or AbortError from what was under way.
const deadNames: ReadonlySet<string> = new Set(['InvalidStateError', 'UnknownError', 'AbortError'])

function isDead(error: unknown): boolean {
  return deadNames.has(nameOf(error))
}

/** Turns what IndexedDB throws into our errors. */
export function explain(name: string, error: unknown): EspalierError {
  if (isEspalierError(error)) return error
  switch (nameOf(error)) {
    case 'QuotaExceededError':
      return quotaError(error)
    case 'VersionError':
      return newerFormat(name, error)
    default:
      return unavailable(
        `The browser's storage of "${name}" failed (${String(error)}): reload the page, then try again.`,
        error,
      )
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error || error instanceof DOMException ? error.name : ''
}
