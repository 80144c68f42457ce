import type { Issue } from '../protocol/issues.ts'
import type { HandleId, KeyedPatch } from '../protocol/engine.ts'
import type { Patch, RecordValue, Row } from '../protocol/records.ts'
import type { Connection } from './connection.ts'
import { askForPersistence } from './page-life.ts'

/** One collection on one branch or commit. Cheap to make; nothing is read before a method is called. */
export interface Collection<Fields extends object = RecordValue> {
  readonly id: string

  /**
   * One record by key, or undefined.
   *
   * @example
   * ```ts
   * const ireland = await db.collection('geo.countries').get('ie')
   * ```
   */
  get(key: string): Promise<Row<Fields> | undefined>

  /** Every record, in key order. Files that cannot be read are left out; see {@link Collection.problems}. */
  all(): Promise<readonly Row<Fields>[]>

  /** Record files of this collection that cannot be read, and why. */
  problems(): Promise<readonly Issue[]>

  count(): Promise<number>

  /**
   * Replaces the given fields of one record; resolves with the new row once the edit is durable.
   *
   * Errors: `record/missing`, `record/changed` (with `ifMatch`), `record/bad-value`, `engine/read-only`,
   * `format/not-readable-yet`, `storage/quota` (nothing was changed).
   *
   * @example
   * ```ts
   * const countries = db.collection('geo.countries')
   * const row = await countries.get('ie')
   * await countries.update('ie', { population: 5_300_000 }, { ifMatch: row?.$rev ?? '' })
   * ```
   */
  update(key: string, patch: Patch<Fields>, options?: { readonly ifMatch?: string }): Promise<Row<Fields>>

  /** Updates many records as one durable step: all of them or none. */
  updateMany(
    patches: readonly { readonly key: string; readonly patch: Patch<Fields>; readonly ifMatch?: string }[],
  ): Promise<readonly Row<Fields>[]>

  /**
   * Adds one record. Errors: `record/exists`, `record/bad-key`, `record/bad-value`.
   *
   * @example
   * ```ts
   * await db.collection('geo.countries').insert({ $id: 'is', name: 'Iceland', population: 387_758 })
   * ```
   */
  insert(row: Readonly<Fields> & { readonly $id: string }): Promise<Row<Fields>>

  /** Adds many records as one durable step: all of them or none. */
  insertMany(rows: readonly (Readonly<Fields> & { readonly $id: string })[]): Promise<readonly Row<Fields>[]>

  /** Deletes one record. Errors: `record/missing`, `record/changed` (with `ifMatch`). */
  delete(key: string, options?: { readonly ifMatch?: string }): Promise<void>
}

export function createCollection<Fields extends object>(
  connection: Connection,
  handle: HandleId,
  id: string,
): Collection<Fields> {
  // Rows cross the boundary as plain records; their static type is what the app's schema says of the collection.
  const typed = (row: Row | undefined): Row<Fields> => row as unknown as Row<Fields>
  const typedAll = (rows: readonly Row[]): readonly Row<Fields>[] => rows as unknown as readonly Row<Fields>[]

  const write = <T>(run: Parameters<typeof connection.call<T>>[0]): Promise<T> => {
    askForPersistence()
    return connection.call(run)
  }
  const updateMany: Collection<Fields>['updateMany'] = async (patches) =>
    typedAll(await write((engine) => engine.update(handle, id, patches as readonly KeyedPatch[])))
  const insertMany: Collection<Fields>['insertMany'] = async (rows) =>
    typedAll(await write((engine) => engine.insert(handle, id, rows.map(splitRow))))

  return {
    id,
    get: async (key) => {
      const row = await connection.call((engine) => engine.get(handle, id, key))
      return row === undefined ? undefined : typed(row)
    },
    all: async () => typedAll(await connection.call((engine) => engine.all(handle, id))),
    problems: () => connection.call((engine) => engine.problems(handle, id)),
    count: () => connection.call((engine) => engine.count(handle, id)),
    update: async (key, patch, options = {}) =>
      typed((await updateMany([{ key, patch, ...options }]))[0] as unknown as Row),
    updateMany,
    insert: async (row) => typed((await insertMany([row]))[0] as unknown as Row),
    insertMany,
    delete: (key, options = {}) => write((engine) => engine.delete(handle, id, [{ key, ...options }])),
  }
}

function splitRow(row: object): { key: string; value: RecordValue } {
  const { $id, $rev: _, ...value } = row as { $id: string; $rev?: string } & RecordValue // `$id` is required by the parameter's type
  return { key: $id, value }
}
