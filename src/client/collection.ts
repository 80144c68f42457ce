import type { Issue } from '../protocol/issues.ts'
import type { HandleId, KeyedPatch } from '../protocol/engine.ts'
import type { Patch, RecordValue, Row } from '../protocol/records.ts'
import type { FieldsOf, InsertOf, KeyOf } from '../types/collection-types.ts'
import type { Connection } from './connection.ts'
import { askForPersistence } from './page-life.ts'
import { createWriteCheck } from './write-check.ts'

/** One collection on one branch or commit. Cheap to make; nothing is read before a method is called. */
export interface Collection<
  Fields extends object = RecordValue,
  Insert extends object = Fields,
  Key extends string = string,
> {
  readonly id: string

  /**
   * One record by key, or undefined.
   *
   * @example
   * ```ts
   * const ireland = await db.collection('geo.countries').get('ie')
   * ```
   */
  get(key: Key): Promise<Row<Fields, Key> | undefined>

  /** Every record, in key order. Files that cannot be read are left out; see {@link Collection.problems}. */
  all(): Promise<readonly Row<Fields, Key>[]>

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
  update(key: Key, patch: Patch<Insert>, options?: { readonly ifMatch?: string }): Promise<Row<Fields, Key>>

  /** Updates many records as one durable step: all of them or none. */
  updateMany(
    patches: readonly { readonly key: Key; readonly patch: Patch<Insert>; readonly ifMatch?: string }[],
  ): Promise<readonly Row<Fields, Key>[]>

  /**
   * Adds one record. Errors: `record/exists`, `record/bad-key`, `record/bad-value`.
   *
   * @example
   * ```ts
   * await db.collection('geo.countries').insert({ $id: 'is', name: 'Iceland', population: 387_758 })
   * ```
   */
  insert(row: Readonly<Insert> & { readonly $id: Key }): Promise<Row<Fields, Key>>

  /** Adds many records as one durable step: all of them or none. */
  insertMany(
    rows: readonly (Readonly<Insert> & { readonly $id: Key })[],
  ): Promise<readonly Row<Fields, Key>[]>

  /** Deletes one record. Errors: `record/missing`, `record/changed` (with `ifMatch`). */
  delete(key: Key, options?: { readonly ifMatch?: string }): Promise<void>
}

/** The collection of a schema with this id. */
export type CollectionOf<Schema, Id extends string> = Collection<
  FieldsOf<Schema, Id>,
  InsertOf<Schema, Id>,
  KeyOf<Schema, Id>
>

export function createCollection<Fields extends object, Insert extends object, Key extends string>(
  connection: Connection,
  handle: HandleId,
  id: string,
): Collection<Fields, Insert, Key> {
  // Rows cross the boundary as plain records; their static type is what the app's schema says of the collection.
  const typed = (row: Row | undefined): Row<Fields, Key> => row as unknown as Row<Fields, Key>
  const typedAll = (rows: readonly Row[]): readonly Row<Fields, Key>[] =>
    rows as unknown as readonly Row<Fields, Key>[]

  const write = <T>(run: Parameters<typeof connection.call<T>>[0]): Promise<T> => {
    askForPersistence()
    return connection.call(run)
  }
  const { schemas } = connection
  const schema = schemas && Object.hasOwn(schemas, id) ? schemas[id] : undefined
  const check = schema && createWriteCheck(id, schema)
  const get = (key: string): Promise<Row | undefined> =>
    connection.call((engine) => engine.get(handle, id, key))
  const send = (patches: readonly KeyedPatch[]): Promise<readonly Row[]> =>
    write((engine) => engine.update(handle, id, patches))

  const updateMany: Collection<Fields, Insert, Key>['updateMany'] = async (typedPatches) => {
    const patches = typedPatches as readonly KeyedPatch[] // the schema's fields are JSON
    return typedAll(await (check ? check.update(patches, get, send) : send(patches)))
  }
  const insertMany: Collection<Fields, Insert, Key>['insertMany'] = async (rows) => {
    const values = rows.map(splitRow)
    const checked = check ? await check.values(values) : values
    return typedAll(await write((engine) => engine.insert(handle, id, checked)))
  }

  return {
    id,
    get: async (key) => {
      const row = await get(key)
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
