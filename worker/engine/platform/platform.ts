import type { RepositoryLock } from '../../storage/lock.ts'
import type { DerivedStore } from '../../storage/derived-store.ts'
import type { Registry } from '../../storage/registry.ts'
import type { Storage } from '../../storage/storage.ts'

/** What the engine needs from where it runs: a browser's worker, or Node. */
export interface Platform {
  readonly environment: 'browser' | 'node'
  /** Whoever asks is in the same thread: no answer crosses to another. */
  readonly answersStay?: boolean
  /** Makes requests; the global `fetch` unless given. */
  readonly fetch?: typeof fetch
  /** Whether a store of this name exists; true where nobody can say. */
  hasStorage(repository: string): Promise<boolean>
  /** Opens (or creates) the durable store of one local repository. */
  openStorage(repository: string): Promise<Storage>
  /** Opens what is kept beside that store and can be made again; absent where nothing is. */
  openDerived?(repository: string): DerivedStore
  /** Deletes a store; does nothing where there is none. Call it only while nobody can have it open. */
  deleteStorage(repository: string): Promise<void>
  /** The stores that exist. */
  storages(): Promise<StorageNames>
  /** What is remembered of the databases of a namespace, apart from their stores. */
  registry(namespace: string): Registry
  lock(repository: string): RepositoryLock
  announcer(repository: string): Announcer
  /** Whether the browser promised not to evict the data; null where nobody can say. */
  persisted(): Promise<boolean | null>
  /** Runs soon, when there is nothing better to do; returns a way to call it off. */
  whenIdle(task: () => void): () => void
  /** Runs later; returns a way to call it off. Keeps no process alive. */
  after(delayMs: number, task: () => void): () => void
}

/** The name of what remembers the databases of a namespace. No database is called so. */
export function registryName(namespace: string): string {
  return `espalier:${namespace}`
}

export interface StorageNames {
  /** True where nobody can say. */
  has(repository: string): boolean
  /** As far as they can be listed. */
  readonly names: readonly string[]
}

/** Tells other tabs that something changed. Only a hint: messages may be lost. */
export interface Announcer {
  announce(ref: string): void
  listen(listener: (ref: string) => void): void
  close(): void
}
