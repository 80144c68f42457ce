'use client'
import {
  createContext,
  createElement,
  type ReactNode,
  useContext,
  useMemo,
  useSyncExternalStore,
  type JSX,
} from 'react'
import { EspalierError } from '../protocol/errors.ts'
import type { Status } from '../protocol/outcomes.ts'
import type { Database } from '../client/database.ts'
import type { AnySchema, Untyped } from '../types/collection-types.ts'
import { createQueryStore, type LiveSource, type QueryState } from './query-store.ts'
import { recordSource, recordState, type RecordSource, type RecordState } from './record-state.ts'
import { createStatusStore, type StatusSource } from './status-store.ts'

export type { LiveSource, QueryState } from './query-store.ts'
export type { RecordSource, RecordState } from './record-state.ts'

const DatabaseContext = createContext<Database | undefined>(undefined)

/**
 * Gives an open database to the components below.
 *
 * @example
 * ```tsx
 * createRoot(element).render(<DatabaseProvider database={db}><App /></DatabaseProvider>)
 * ```
 */
export function DatabaseProvider({
  database,
  children,
}: {
  readonly database: Database
  readonly children?: ReactNode
}): JSX.Element {
  return createElement(DatabaseContext.Provider, { value: database }, children)
}

/**
 * The database of the nearest {@link DatabaseProvider}. Throws `client/no-database` without one. The type that it was
 * opened with is named again here: `useDatabase<Schema>()` is a `Database<Schema>`; without it rows are plain JSON.
 *
 * @example
 * ```tsx
 * interface Schema {
 *   readonly 'geo.countries': { readonly name: string }
 * }
 * function Ireland() {
 *   const { row } = useRecord(useDatabase<Schema>().collection('geo.countries'), 'ie')
 *   return <p>{row?.name.toUpperCase()}</p>
 * }
 * ```
 */
export function useDatabase<Schema extends AnySchema = Untyped>(): Database<Schema> {
  // No context has a type for each of its readers: the app says what its provider gives.
  const database = useContext(DatabaseContext) as Database<Schema> | undefined
  if (database) return database
  throw new EspalierError(
    'client/no-database',
    'There is no DatabaseProvider above this component. Wrap your app in <DatabaseProvider database={db}>.',
  )
}

/**
 * The rows of a query, live: the component renders again when, and only when, they change. The query may be made anew
 * in every render; it is followed as long as it asks the same. On a server the state is `loading`.
 *
 * @example
 * ```tsx
 * function Large() {
 *   const db = useDatabase<Schema>()
 *   const { rows, status } = useQuery(db.collection('geo.countries').find({ where: { population: { gt: 1e6 } } }))
 *   return status === 'loading' ? 'Loading…' : <ul>{rows.map((row) => <li key={row.$id}>{row.name}</li>)}</ul>
 * }
 * ```
 */
export function useQuery<Item>(query: LiveSource<Item> | undefined): QueryState<Item> {
  // Queries with equal keys ask the same: the first one goes on.
  const key = query?.key
  // oxlint-disable-next-line react-hooks/exhaustive-deps
  const store = useMemo(() => createQueryStore(query), [key])
  return useSyncExternalStore(store.subscribe, store.get, store.get)
}

/**
 * One record by key, live; `row` is undefined while loading and where there is none. Without a key the state stays
 * `loading`.
 */
export function useRecord<Item>(collection: RecordSource<Item>, key: string | undefined): RecordState<Item> {
  const state = useQuery(key === undefined ? undefined : recordSource(collection, key))
  return useMemo(() => recordState(state), [state])
}

/** The status of a database (default: of the provider), live; undefined while it is read. */
export function useStatus(database?: StatusSource): Status | undefined {
  const provided = useContext(DatabaseContext)
  const source = database ?? provided
  const store = useMemo(() => (source ? createStatusStore(source) : noStatus), [source])
  return useSyncExternalStore(store.subscribe, store.get, store.get)
}

const noStatus = { get: () => undefined, subscribe: () => () => {} }
