import { EspalierError, isEspalierError } from '../../../src/protocol/errors.ts'
import type { Remote } from '../../remote/remote.ts'
import { completeHistory, historyKey } from './fetch.ts'
import type { Repository } from '../repository/repository.ts'

/** Brings the history behind a shallow clone: in the background, or when a read needs it. */
export interface HistoryLoader {
  /** `tip`: nothing is on its way. */
  state(): 'full' | 'loading' | 'tip'
  loadInBackground(): void
  /**
   * Runs a read, and once more with the whole history when it needs what is not here. Throws `git/history-missing`,
   * and what the store says when it cannot keep the history (`storage/quota`).
   */
  withHistory<T>(read: () => Promise<T>): Promise<T>
  /** Aborts what is on its way and waits for its end. */
  stop(): Promise<void>
}

export function createHistoryLoader(repository: Repository, remote: Remote): HistoryLoader {
  const aborted = new AbortController()
  let loading: Promise<void> | undefined
  const isFull = (): boolean => repository.meta.get(historyKey) === 'full'

  /** Loads once; a failed try (offline) may be repeated. */
  const load = (): Promise<void> => {
    loading ??= completeHistory(repository, remote, aborted.signal).catch((cause: unknown) => {
      loading = undefined
      throw cause
    })
    return loading
  }

  return {
    state: () => (isFull() ? 'full' : loading ? 'loading' : 'tip'),
    loadInBackground: () => {
      if (loading !== undefined || isFull()) return
      load().catch((error: unknown) => {
        if (aborted.signal.aborted) return
        const { code, message } = isEspalierError(error)
          ? error
          : { code: 'engine/internal', message: String(error) }
        repository.emit({ type: 'warning', code, message: `History could not be completed: ${message}` })
        repository.emit({ type: 'status' })
      })
    },
    withHistory: async (read) => {
      try {
        return await read()
      } catch (error) {
        if (!mayLieInHistory(error) || isFull()) throw error
        try {
          await load()
        } catch (cause) {
          if (isEspalierError(cause) && cause.code.startsWith('storage/')) throw cause
          throw new EspalierError(
            'git/history-missing',
            'This needs history that is not here yet, and the remote cannot be reached now. Go online and try again.',
            { cause },
          )
        }
        return await read()
      }
    },
    stop: async () => {
      aborted.abort()
      await loading?.catch(() => {})
    },
  }
}

/** A tag or a commit may be unknown only because its history has not been fetched. */
function mayLieInHistory(error: unknown): boolean {
  return (
    isEspalierError(error, 'git/history-missing') ||
    isEspalierError(error, 'git/object-missing') ||
    isEspalierError(error, 'git/ref-missing')
  )
}
