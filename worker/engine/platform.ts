import type { RepositoryLock } from '../storage/lock.ts'
import type { DerivedStore } from '../storage/derived-store.ts'
import type { Storage } from '../storage/storage.ts'

/** What the engine needs from where it runs: a browser's worker, or Node. */
export interface Platform {
  readonly environment: 'browser' | 'node'
  /** Whether a store of this name exists; true where nobody can say. */
  hasStorage(repository: string): Promise<boolean>
  /** Opens (or creates) the durable store of one local repository. */
  openStorage(repository: string): Promise<Storage>
  /** Opens what is kept beside that store and can be made again; absent where nothing is. */
  openDerived?(repository: string): DerivedStore
  lock(repository: string): RepositoryLock
  announcer(repository: string): Announcer
  /** Whether the browser promised not to evict the data; null where nobody can say. */
  persisted(): Promise<boolean | null>
  /** Runs soon, when there is nothing better to do; returns a way to call it off. */
  whenIdle(task: () => void): () => void
  /** Runs later; returns a way to call it off. Keeps no process alive. */
  after(delayMs: number, task: () => void): () => void
}

/** Tells other tabs that something changed. Only a hint: messages may be lost. */
export interface Announcer {
  announce(ref: string): void
  listen(listener: (ref: string) => void): void
  close(): void
}
