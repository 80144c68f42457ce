import type { LiveSource, QueryState } from './query-store.ts'

/** What single records are followed through: every collection is one. */
export interface RecordSource<Item> {
  find(options: { readonly where: { readonly $id: string } }): LiveSource<Item>
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
