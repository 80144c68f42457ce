import type { LiveSource, QueryState } from './query-store.ts'

/** What single records are followed through: every collection is one. */
export interface RecordSource<Item> {
  /** Says what a row is. */
  get(key: never): Promise<Item | undefined>
  find(options: { readonly where: { readonly $id: never } }): LiveSource<unknown>
}

/** The query for one record. */
export function recordSource<Item>(collection: RecordSource<Item>, key: string): LiveSource<Item> {
  const source = collection.find({ where: { $id: key as never } }) // a key of this collection
  return source as LiveSource<Item> // whole rows, as `get` gives them
}

/** One record at one moment. */
export interface RecordState<Item> {
  readonly status: QueryState<Item>['status']
  /** Undefined while loading, and when there is no such record. */
  readonly row: Item | undefined
  readonly error?: unknown
}

/** The state of a query for one key as that of its record. */
export function recordState<Item>({ status, rows, error }: QueryState<Item>): RecordState<Item> {
  return { status, row: rows[0], ...(error === undefined ? {} : { error }) }
}
