import type { DatabaseEvent } from '../../src/protocol/outcomes.ts'
import { createObjectStore, type ObjectStore } from '../git/object-store.ts'
import { createRefs, type Refs } from '../git/refs.ts'
import { createTreeCache, type TreeCache } from '../git/tree-cache.ts'
import type { RepositoryLock } from '../storage/lock.ts'
import type { Batch, Requirement, Storage, StorageState, Write } from '../storage/storage.ts'
import { createDerived, type Derived } from './derived.ts'
import { createMutex } from './mutex.ts'
import type { Announcer, Platform } from './platform.ts'
import type { EngineCodecs } from './plugins.ts'

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

/** The shared lock of everybody who has the repository open. */
const openLock = 'open'

export interface CommittedBatch {
  readonly journalSeqs: ReadonlyMap<string, number>
}

export async function openRepository(
  id: string,
  platform: Platform,
  emit: (event: DatabaseEvent) => void,
  codecs: EngineCodecs,
): Promise<Repository> {
  // Opened beside the storage, not after it.
  const derivedStore = platform.openDerived?.(id)
  const storage = await platform.openStorage(id)
  const derived = derivedStore && createDerived(derivedStore, (task) => platform.whenIdle(task))
  const tell = throttleProgress(emit)
  const lock = platform.lock(id)
  const state = createMutex()
  const opened = await storage.readState()
  const objects = await createObjectStore(storage, opened)
  const announcer = platform.announcer(id)
  const listeners: (() => void)[] = []
  let release = await lock.holdShared(openLock)
  let closed = false
  const aloneAmongTabs = createMutex()
  let { epoch } = opened
  let lastSeen: StorageState | undefined = opened
  let values = valuesOf(opened)
  let refs = createRefs(opened.refs)
  let meta = opened.meta
  let durable: Promise<void> = Promise.resolve()
  let unsettled = 0
  /** Refs of fetched things that are not durable yet. */
  let assumed: ReadonlyMap<string, string> = new Map()

  const see = (seen: ReadonlyMap<string, string>): void => {
    values = seen
    refs = createRefs([...values].map(([name, value]) => ({ name, value })))
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
    get refs() {
      return refs
    },
    get meta() {
      return meta
    },
    exclusive: async (task) => {
      await durable
      return lock.exclusive(() => state.run(task))
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
      see(moved)
      meta = noted
      for (const listener of listeners) listener()
      return { journalSeqs: outcome.journalSeqs }
    },
    onCommitted: (listener) => {
      listeners.push(listener)
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
