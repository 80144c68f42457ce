import {
  computed,
  type ComputedRef,
  inject,
  type InjectionKey,
  type MaybeRefOrGetter,
  onScopeDispose,
  provide,
  shallowRef,
  type ShallowRef,
  toValue,
  watch,
} from 'vue'
import type { Database } from '../client/database.ts'
import { EspalierError } from '../protocol/errors.ts'
import type { Status } from '../protocol/outcomes.ts'
import type { AnySchema, Untyped } from '../types/collection-types.ts'
import { createQueryStore, type LiveSource, type QueryState, type Store } from './query-store.ts'
import { recordSource, recordState, type RecordSource, type RecordState } from './record-state.ts'
import { createStatusStore, type StatusSource } from './status-store.ts'

export type { LiveSource, QueryState } from './query-store.ts'
export type { RecordSource, RecordState } from './record-state.ts'

const databaseKey: InjectionKey<Database> = Symbol('espalier')

/** Gives an open database to the components below. Call it in `setup`. */
export function provideDatabase(database: Database): void {
  provide(databaseKey, database)
}

/**
 * The database that a component above provided. Throws `client/no-database` without one. The type that it was opened with
 * is named again here: `useDatabase<Schema>()` is a `Database<Schema>`; without it rows are plain JSON.
 *
 * @example
 * ```ts
 * import { useDatabase, useRecord } from 'espalier/vue'
 *
 * interface Schema {
 *   readonly 'geo.countries': { readonly name: string }
 * }
 * const Ireland = {
 *   setup() {
 *     const ireland = useRecord(useDatabase<Schema>().collection('geo.countries'), 'ie')
 *     return () => ireland.value.row?.name.toUpperCase()
 *   },
 * }
 * ```
 */
export function useDatabase<Schema extends AnySchema = Untyped>(): Database<Schema> {
  // No injection key has a type for each of its readers: the app says what was provided.
  const database = inject(databaseKey, undefined) as Database<Schema> | undefined
  if (database) return database
  throw new EspalierError(
    'client/no-database',
    'No component above this one provided a database. Call provideDatabase(db) in the setup of your app.',
  )
}

/**
 * The state of a query, live. A getter or ref is followed: when it asks something else, the other query runs.
 *
 * @example
 * ```ts
 * const least = ref(1e6)
 * const large = useQuery(() => db.collection('geo.countries').find({ where: { population: { gt: least.value } } }))
 * // <li v-for="row in large.rows" :key="row.$id">{{ row.name }}</li>
 * ```
 */
export function useQuery<Item>(
  query: MaybeRefOrGetter<LiveSource<Item> | undefined>,
): Readonly<ShallowRef<QueryState<Item>>> {
  return follow(
    () => toValue(query),
    (source) => source?.key,
    createQueryStore,
  )
}

/**
 * One record by key, live; its `row` is undefined while loading and where there is none. Without a key the state stays
 * `loading`.
 */
export function useRecord<Item>(
  collection: MaybeRefOrGetter<RecordSource<Item>>,
  key: MaybeRefOrGetter<string | undefined>,
): ComputedRef<RecordState<Item>> {
  const state = useQuery(() => {
    const wanted = toValue(key)
    return wanted === undefined ? undefined : recordSource(toValue(collection), wanted)
  })
  return computed(() => recordState(state.value))
}

/** The status of a database (default: the provided one), live; undefined while it is read. */
export function useStatus(database?: StatusSource): Readonly<ShallowRef<Status | undefined>> {
  const source = database ?? useDatabase()
  return follow(
    () => source,
    () => source,
    createStatusStore,
  )
}

/** Follows the store of a source for as long as the component lives, and another store when the source is another one. */
function follow<Source, Value>(
  source: () => Source,
  identity: (source: Source) => unknown,
  createStore: (source: Source) => Store<Value>,
): ShallowRef<Value> {
  let store = createStore(source())
  const state = shallowRef(store.get()) as ShallowRef<Value> // shallowRef's type would unwrap a ref inside; there is none
  let stop = (): void => {}
  const start = (): void => {
    const current = store
    state.value = current.get()
    // A server renders once and never disposes: nothing may run there.
    if (typeof window === 'undefined') return
    stop = current.subscribe(() => {
      state.value = current.get()
    })
  }
  start()
  watch(
    () => identity(source()),
    () => {
      stop()
      store = createStore(source())
      start()
    },
    { flush: 'sync' },
  )
  onScopeDispose(() => stop())
  return state
}
