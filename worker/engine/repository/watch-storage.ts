import { type EspalierError, isEspalierError } from '../../../src/protocol/errors.ts'
import type { Storage } from '../../storage/storage.ts'

/** Told how the calls of a storage end. */
export interface StorageWatcher {
  failed(error: EspalierError): void
  /** A batch became durable. */
  stored(): void
}

/** A storage whose failures are noted on their way to whoever called it. */
export function watchStorage(storage: Storage, watcher: StorageWatcher): Storage {
  const noted = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call
    } catch (error) {
      if (isEspalierError(error)) watcher.failed(error)
      throw error
    }
  }
  return {
    readState: (known) => noted(storage.readState(known)),
    readPacks: (known) => noted(storage.readPacks(known)),
    readJournal: (scope, after) => noted(storage.readJournal(scope, after)),
    readReflog: (ref) => noted(storage.readReflog(ref)),
    readSegment: (pack, index) => noted(storage.readSegment(pack, index)),
    writeSegment: (pack, index, bytes) => noted(storage.writeSegment(pack, index, bytes)),
    dropOrphanSegments: () => noted(storage.dropOrphanSegments()),
    commit: async (batch) => {
      const outcome = await noted(storage.commit(batch))
      if (outcome.ok) watcher.stored()
      return outcome
    },
    ...(storage.keepFirstScreen && { keepFirstScreen: storage.keepFirstScreen }),
    close: () => storage.close(),
  }
}
