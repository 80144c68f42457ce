import type { Status } from '../protocol/outcomes.ts'
import { createQueryStore, type LiveSource, type QueryState, type Store } from './query-store.ts'
import { recordSource, recordState, type RecordSource, type RecordState } from './record-state.ts'
import { createStatusStore, type StatusSource } from './status-store.ts'

export type { LiveSource, QueryState } from './query-store.ts'
export type { RecordSource, RecordState } from './record-state.ts'

/** A store as Svelte defines it: `$name` in a component follows it, `fromStore` makes a rune of it. */
export interface SvelteStore<Value> {
  subscribe(run: (value: Value) => void): () => void
}

/**
 * A query as a Svelte store; it runs while a component follows it.
 *
 * @example
 * ```ts
 * // In a component: {#each $large.rows as row (row.$id)} <li>{row.name}</li> {/each}
 * const large = queryStore(db.collection('geo.countries').find({ where: { population: { gt: 1e6 } } }))
 * ```
 */
export function queryStore<Item>(query: LiveSource<Item> | undefined): SvelteStore<QueryState<Item>> {
  return svelteStore(createQueryStore(query), (state) => state)
}

/** One record by key as a Svelte store; its `row` is undefined while loading and where there is none. */
export function recordStore<Item>(
  collection: RecordSource<Item>,
  key: string,
): SvelteStore<RecordState<Item>> {
  return svelteStore(createQueryStore(recordSource(collection, key)), recordState)
}

/** The status of a database as a Svelte store; undefined while it is read. */
export function statusStore(database: StatusSource): SvelteStore<Status | undefined> {
  return svelteStore(createStatusStore(database), (status) => status)
}

/** Svelte's stores call back at once with the value now. */
function svelteStore<Value, Shown>(store: Store<Value>, show: (value: Value) => Shown): SvelteStore<Shown> {
  return {
    subscribe: (run) => {
      const stop = store.subscribe(() => run(show(store.get())))
      run(show(store.get()))
      return stop
    },
  }
}
