import type { RepositoryLock } from '../storage/lock.ts'
import type { Storage } from '../storage/storage.ts'

/** What an engine in this process shares: its open storage, which nobody else may open, and its writer lock. */
export interface LentStorage {
  readonly storage: Storage
  readonly lock: RepositoryLock
}

const lent = new WeakMap<object, LentStorage>()

/** Lends the storage behind an open database to `git` (Node, where the engine has it open in this process). */
export function lendStorage(database: object, parts: LentStorage): void {
  lent.set(database, parts)
}

/** What was lent for this database; undefined where the engine runs in a worker. */
export function lentStorage(database: object): LentStorage | undefined {
  return lent.get(database)
}
