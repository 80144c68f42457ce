import type { LiveChange, LiveResult } from '../protocol/live.ts'

/** What bindings need of a query: every `QueryResult` is one. */
export interface LiveSource<Item> {
  /** Equal for queries that ask the same of the same handle. */
  readonly key: string
  subscribe(listener: (result: LiveResult<Item>) => void, onError?: (error: unknown) => void): () => void
}

/** A live query at one moment. */
export interface QueryState<Item> {
  /** `loading`: nothing has arrived yet. `error`: the rows are the last ones that did. */
  readonly status: 'loading' | 'ready' | 'error'
  readonly rows: readonly Item[]
  /** Since the state before. */
  readonly changes: readonly LiveChange[]
  /** Counts the results; 0 while loading. */
  readonly version: number
  readonly error?: unknown
}

/** A value that changes, as every framework can follow it. */
export interface Store<Value> {
  get(): Value
  /** Calls back after every change until the returned function is called. */
  subscribe(listener: () => void): () => void
}

const loading: QueryState<never> = { status: 'loading', rows: [], changes: [], version: 0 }

/**
 * A query as a store. The query runs while somebody listens; whoever comes back later sees the last state until the
 * first new result. Without a query the state stays `loading`.
 */
export function createQueryStore<Item>(source: LiveSource<Item> | undefined): Store<QueryState<Item>> {
  let state: QueryState<Item> = loading
  const listeners = new Set<() => void>()
  let stop: (() => void) | undefined

  const become = (next: QueryState<Item>): void => {
    state = next
    for (const listener of listeners) listener()
  }

  return {
    get: () => state,
    subscribe: (listener) => {
      // A listener of its own for each call: the same function may be given twice.
      const own = (): void => listener()
      listeners.add(own)
      stop ??= source?.subscribe(
        ({ rows, changes, version }) => become({ status: 'ready', rows, changes, version }),
        (error) => become({ ...state, status: 'error', changes: [], error }),
      )
      return () => {
        listeners.delete(own)
        if (listeners.size > 0) return
        stop?.()
        stop = undefined
      }
    },
  }
}
