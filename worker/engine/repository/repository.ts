import type { EspalierError } from '../../../src/protocol/errors.ts'
import type { DatabaseEvent } from '../../../src/protocol/outcomes.ts'
import { createObjectStore, type ObjectStore } from '../../git/packs/object-store.ts'
import { createRefs, type Refs } from '../../git/refs/refs.ts'
import { createTreeCache, type TreeCache } from '../../git/trees/tree-cache.ts'
import type { RepositoryLock } from '../../storage/lock.ts'
import type { Batch, Requirement, Storage, StorageState, Write } from '../../storage/storage.ts'
import { activities, openLock, type Activity } from './activities.ts'
import { isDamage } from './database-state.ts'
import { createDerived, type Derived } from './derived.ts'
import { createMutex } from '../common/mutex.ts'
import type { Announcer, Platform } from '../platform/platform.ts'
import type { EngineCodecs } from '../platform/plugins.ts'
import { watchStorage } from './watch-storage.ts'

/**
 * One local repository as this tab sees it: its objects, its refs, and the one place through which everything
 * durable is written.
 */
export interface Repository {
  readonly id: string
  readonly platform: Platform
  readonly storage: Storage
  readonly objects: ObjectStore
  /** Reads objects too, and remembers trees: each commit and diff wants those of the last one again. */
  readonly trees: TreeCache
  /** How record files are read and written. */
  readonly codecs: EngineCodecs
  /** What is kept beside the truth for the next opening; absent where nothing is. */
  readonly derived: Derived | undefined
  /** Refs as last seen. */
  readonly refs: Refs
  readonly meta: ReadonlyMap<string, unknown>
  /** What storage held when this tab looked last, if it has not written since. */
  readonly lastSeen: StorageState | undefined
  readonly lock: RepositoryLock
  readonly announcer: Announcer
  emit(event: DatabaseEvent): void

  /** What this tab is busy with. */
  readonly activity: Activity | undefined
  /** Says, here and to other tabs, that something begins; call what it returns at the end. */
  begin(activity: Activity): () => void
  /** Why the last write was refused (no room), or what is damaged. */
  readonly problem: EspalierError | undefined

  /** Whether a task of this tab runs alone among all writers, or waits for that. */
  readonly isWriting: boolean
  /** Runs alone among all writers of all tabs, after everything fetched is durable. */
  exclusive<T>(task: () => Promise<T>): Promise<T>
  /** Runs alone among the tasks of this tab that change what it sees. */
  alone<T>(task: () => Promise<T>): Promise<T>

  /**
   * Writes one batch durably, with this tab's epoch as a further requirement. False: another tab was faster;
   * nothing was written and the caller must {@link refresh}, look again and decide again.
   */
  commit(require: readonly Requirement[], writes: readonly Write[]): Promise<CommittedBatch | false>
  /** Calls back after every batch that this tab wrote. */
  onCommitted(listener: () => void): void
  /** Calls back after every write of this tab: of these batches, of what is fetched or compacted. */
  onStored(listener: () => void): void
  /** Calls back, within the task that sees it, when refs may have moved: by this tab, by others, by a fetch. */
  onRefs(listener: () => void): void
  /** Runs only if no other tab has this repository open, so that nobody reads what it takes away. */
  whenAlone(task: () => Promise<void>): Promise<boolean>
  /** Sees what other tabs wrote. */
  refresh(): Promise<StorageState>

  /** Makes fetched things count as seen before they are durable; writers wait for `settled`. */
  assume(refs: ReadonlyMap<string, string>, durable: Promise<void>): void
  settled(): Promise<void>
  isDurable(): boolean
  close(): Promise<void>
}

/** Parsed records and first pages are kept so long after the last of them was made. */
const keepAfterMs = 500

export interface CommittedBatch {
  readonly journalSeqs: ReadonlyMap<string, number>
}

/** Throws `storage/*`, `git/pack-corrupt`. */
export async function openRepository(
  id: string,
  platform: Platform,
  emit: (event: DatabaseEvent) => void,
  codecs: EngineCodecs,
): Promise<Repository> {
  const lock = platform.lock(id)
  // First of all: nobody deletes what somebody is about to open.
  const release = await lock.holdShared(openLock)
  const opening = platform.openStorage(id)
  // Opened beside the storage, not after it; and not before: Chromium tells only the first one of damage.
  const derivedStore = platform.openDerived?.(id)
  let storage: Storage | undefined
  try {
    storage = await opening
    const opened = await storage.readState()
    const derived = derivedStore && createDerived(derivedStore, (task) => platform.after(keepAfterMs, task))
    const parts = { lock, storage, opened, derived, release }
    return await createRepository(id, platform, throttleProgress(emit), codecs, parts)
  } catch (error) {
    await derivedStore?.close()
    await storage?.close()
    release()
    throw error
  }
}

interface OpenedParts {
  readonly lock: RepositoryLock
  readonly storage: Storage
  readonly opened: StorageState
  readonly derived: Derived | undefined
  /** Gives the lock back that says that it is open. */
  readonly release: () => void
}

async function createRepository(
  id: string,
  platform: Platform,
  tell: (event: DatabaseEvent) => void,
  codecs: EngineCodecs,
  parts: OpenedParts,
): Promise<Repository> {
  const { lock, opened, derived } = parts
  let { release } = parts
  let problem: EspalierError | undefined
  const setProblem = (next: EspalierError | undefined): void => {
    if (next?.code === problem?.code) return
    problem = next
    tell({ type: 'status' })
    for (const listener of listeners) listener()
  }
  const storage = watchStorage(parts.storage, {
    failed: (error) => {
      if (error.code === 'storage/quota' || isDamage(error.code)) setProblem(error)
    },
    stored: () => {
      if (problem?.code === 'storage/quota') setProblem(undefined)
      for (const listener of storedListeners) listener()
    },
  })
  const busy: Activity[] = []
  const listeners: (() => void)[] = []
  const storedListeners: (() => void)[] = []
  const refListeners: (() => void)[] = []
  const state = createMutex()
  const objects = await createObjectStore(storage, opened)
  const announcer = platform.announcer(id)
  let closed = false
  const aloneAmongTabs = createMutex()
  let { epoch } = opened
  let lastSeen: StorageState | undefined = opened
  let values = valuesOf(opened)
  let refs = createRefs(opened.refs)
  let meta = opened.meta
  let durable: Promise<void> = Promise.resolve()
  let unsettled = 0
  let writers = 0
  /** Refs of fetched things that are not durable yet. */
  let assumed: ReadonlyMap<string, string> = new Map()

  const see = (seen: ReadonlyMap<string, string>): void => {
    values = seen
    refs = createRefs([...values].map(([name, value]) => ({ name, value })))
    for (const listener of refListeners) listener()
  }

  const refresh = async (): Promise<StorageState> => {
    const seen = await storage.readState(new Set(objects.packs().map((pack) => pack.id)))
    // Packs first: a ref must never be seen before its objects.
    // While a clone is being stored nobody else can write, and the storage does not name its pack yet.
    if (unsettled === 0) await objects.refresh()
    ;({ epoch, meta } = seen)
    see(new Map([...valuesOf(seen), ...assumed]))
    lastSeen = seen
    return seen
  }

  return {
    id,
    platform,
    storage,
    objects,
    trees: createTreeCache(objects),
    codecs,
    derived,
    get lastSeen() {
      return lastSeen
    },
    lock,
    announcer,
    emit: tell,
    get activity() {
      return activities.find((activity) => busy.includes(activity))
    },
    begin: (activity) => {
      const held = lock.holdShared(activity)
      busy.push(activity)
      tell({ type: 'status' })
      let ended = false
      return () => {
        if (ended) return
        ended = true
        busy.splice(busy.indexOf(activity), 1)
        held.then((letGo) => letGo()).catch(() => {}) // one that was never taken needs no return
        tell({ type: 'status' })
      }
    },
    get problem() {
      return problem
    },
    get refs() {
      return refs
    },
    get meta() {
      return meta
    },
    get isWriting() {
      return writers > 0
    },
    exclusive: async (task) => {
      writers++
      try {
        await durable
        return await lock.exclusive(() => state.run(task))
      } finally {
        writers--
      }
    },
    alone: (task) => state.run(task),
    commit: async (require, writes) => {
      const batch: Batch = { require: [...require, { kind: 'epoch', value: epoch }], writes }
      const outcome = await storage.commit(batch)
      if (!outcome.ok) return false
      lastSeen = undefined
      epoch = outcome.epoch
      const moved = new Map(values)
      const noted = new Map(meta)
      for (const write of writes) {
        if (write.kind === 'putPack') objects.adopt(write.row)
        else if (write.kind === 'setMeta') noted.set(write.key, write.value)
        else if (write.kind === 'setRef') {
          if (write.value === null) moved.delete(write.name)
          else moved.set(write.name, write.value)
        }
      }
      // Most batches are edits, which move none.
      if (writes.some(({ kind }) => kind === 'setRef')) see(moved)
      meta = noted
      for (const listener of listeners) listener()
      return { journalSeqs: outcome.journalSeqs }
    },
    onCommitted: (listener) => {
      listeners.push(listener)
    },
    onStored: (listener) => {
      storedListeners.push(listener)
    },
    onRefs: (listener) => {
      refListeners.push(listener)
    },
    whenAlone: (task) =>
      // One at a time: each gives its own lock back, and takes it again.
      aloneAmongTabs.run(async () => {
        release()
        try {
          return await lock.whenUnheld(openLock, task)
        } finally {
          release = await lock.holdShared(openLock)
          if (closed) release()
        }
      }),
    refresh,
    assume: (fetched, becoming) => {
      assumed = new Map([...assumed, ...fetched])
      see(new Map([...values, ...assumed]))
      unsettled++
      const settle = becoming.finally(() => {
        unsettled--
        if (unsettled === 0) assumed = new Map()
        tell({ type: 'status' })
      })
      durable = Promise.all([durable, settle]).then(() => {})
      // A failure reaches whoever writes or asks for `settled`; it must not be an unhandled rejection meanwhile.
      durable.catch(() => {})
    },
    settled: () => durable,
    isDurable: () => unsettled === 0,
    close: async () => {
      closed = true
      announcer.close()
      release()
      await derived?.close()
      await storage.close()
    },
  }
}

function valuesOf(state: StorageState): ReadonlyMap<string, string> {
  return new Map(state.refs.map(({ name, value }) => [name, value]))
}

/** A progress bar needs a few steps a second; each event costs a message between threads. */
const progressIntervalMs = 100

/** Lets at most one progress event of a phase through per interval; other events always pass. */
function throttleProgress(emit: (event: DatabaseEvent) => void): (event: DatabaseEvent) => void {
  const last = new Map<string, number>()
  return (event) => {
    if (event.type === 'progress') {
      const { phase, loaded, total } = event.progress
      const now = performance.now()
      if (loaded !== total && now - (last.get(phase) ?? -Infinity) < progressIntervalMs) return
      last.set(phase, now)
    }
    emit(event)
  }
}
