import { type ReadonlySignal, signal } from '@preact/signals-core'
import type { Status } from '../protocol/outcomes.ts'
import { createQueryStore, type LiveSource, type QueryState, type Store } from './query-store.ts'
import { recordSource, recordState, type RecordSource, type RecordState } from './record-state.ts'
import { createStatusStore, type StatusSource } from './status-store.ts'

export type { LiveSource, QueryState } from './query-store.ts'
export type { RecordSource, RecordState } from './record-state.ts'

/**
 * A query as a signal; it runs while an effect, computed signal or component reads it. Works with `@preact/signals`,
 * `@preact/signals-react` and `@preact/signals-core`.
 *
 * @example
 * ```ts
 * const large = querySignal(db.collection('geo.countries').find({ where: { population: { gt: 1e6 } } }))
 * effect(() => console.log(large.value.rows.length))
 * ```
 */
export function querySignal<Item>(query: LiveSource<Item> | undefined): ReadonlySignal<QueryState<Item>> {
  return storeSignal(createQueryStore(query), (state) => state)
}

/** One record by key as a signal; its `row` is undefined while loading and where there is none. */
export function recordSignal<Item>(
  collection: RecordSource<Item>,
  key: string,
): ReadonlySignal<RecordState<Item>> {
  return storeSignal(createQueryStore(recordSource(collection, key)), recordState)
}

/** The status of a database as a signal; undefined while it is read. */
export function statusSignal(database: StatusSource): ReadonlySignal<Status | undefined> {
  return storeSignal(createStatusStore(database), (status) => status)
}

/** A signal that follows a store while somebody follows the signal. */
function storeSignal<Value, Shown>(
  store: Store<Value>,
  show: (value: Value) => Shown,
): ReadonlySignal<Shown> {
  let stop = (): void => {}
  return signal(show(store.get()), {
    watched() {
      this.value = show(store.get())
      stop = store.subscribe(() => {
        this.value = show(store.get())
      })
    },
    unwatched() {
      stop()
    },
  })
}
