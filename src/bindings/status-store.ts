import type { DatabaseEvent, Status } from '../protocol/outcomes.ts'
import type { Store } from './query-store.ts'

/** What the status of a database is read from: an open database is one. */
export interface StatusSource {
  status(): Promise<Status>
  subscribe(listener: (event: DatabaseEvent) => void): () => void
}

/** The status of a database as a store; undefined until it was read. Asks again when something happened. */
export function createStatusStore(database: StatusSource): Store<Status | undefined> {
  let status: Status | undefined
  const listeners = new Set<() => void>()
  let stop: (() => void) | undefined
  let asked = 0

  const ask = (): void => {
    const question = ++asked
    database.status().then(
      (answer) => {
        // Answers may overtake each other; the last question counts.
        if (question !== asked) return
        status = answer
        for (const listener of listeners) listener()
      },
      () => {}, // a database that was closed has no status any more
    )
  }

  return {
    get: () => status,
    subscribe: (listener) => {
      const own = (): void => listener()
      listeners.add(own)
      if (!stop) {
        stop = database.subscribe(({ type }) => {
          if (type === 'status' || type === 'changed') ask()
        })
        ask()
      }
      return () => {
        listeners.delete(own)
        if (listeners.size > 0) return
        stop?.()
        stop = undefined
      }
    },
  }
}
