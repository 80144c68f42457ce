import type { Issue } from '../protocol/issues.ts'
import type { HandleId, KeyedPatch } from '../protocol/engine.ts'
import type { Patch, RecordValue, Row } from '../protocol/records.ts'
import type { WriteOptions } from '../protocol/validation.ts'
import { escapeKey, unescapeKey } from '../protocol/record-key.ts'
import type { FieldsOf, IdOf, InsertOf, KeyOf, SubcollectionsOf, Untyped } from '../types/collection-types.ts'
import type { Connection } from './connection.ts'
import { askForPersistence } from './page-life.ts'
import { createWriteCheck } from './write-check.ts'

/** One collection on one branch or commit. Cheap to make; nothing is read before a method is called. */
export interface Collection<
  Fields extends object = RecordValue,
  Insert extends object = Fields,
  Key extends string = string,
  Below extends object = Untyped,
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
   * Errors: `record/missing`, `record/changed` (with `ifMatch`), `record/bad-value`, `record/invalid` (the patch
   * breaks rules of the collection; `data.issues` lists them), `engine/read-only`,
   * `format/not-readable-yet`, `storage/quota` (nothing was changed).
   *
   * @example
   * ```ts
   * const countries = db.collection('geo.countries')
   * const row = await countries.get('ie')
   * await countries.update('ie', { population: 5_300_000 }, { ifMatch: row?.$rev ?? '' })
   * ```
   */
  update(
    key: Key,
    patch: Patch<Insert>,
    options?: { readonly ifMatch?: string } & CheckOptions,
  ): Promise<Row<Fields, Key>>

  /** Updates many records as one durable step: all of them or none. */
  updateMany(
    patches: readonly { readonly key: Key; readonly patch: Patch<Insert>; readonly ifMatch?: string }[],
    options?: CheckOptions,
  ): Promise<readonly Row<Fields, Key>[]>

  /**
   * Adds one record. Errors: `record/exists`, `record/bad-key`, `record/bad-value`, `record/invalid`.
   *
   * @example
   * ```ts
   * await db.collection('geo.countries').insert({ $id: 'is', name: 'Iceland', population: 387_758 })
   * ```
   */
  insert(row: Readonly<Insert> & { readonly $id: Key }, options?: CheckOptions): Promise<Row<Fields, Key>>

  /** Adds many records as one durable step: all of them or none. */
  insertMany(
    rows: readonly (Readonly<Insert> & { readonly $id: Key })[],
    options?: CheckOptions,
  ): Promise<readonly Row<Fields, Key>[]>

  /**
   * Deletes one record. Errors: `record/missing`, `record/changed` (with `ifMatch`), `record/referenced` when
   * other records refer to it or records of a subcollection lie below it.
   *
   * @example
   * ```ts
   * await db.collection('commerce.orders').delete('ord001', { references: 'cascade' })
   * ```
   */
  delete(key: Key, options?: { readonly ifMatch?: string } & WriteOptions): Promise<void>

  /**
   * The way to the subcollections of one record. Its records go by their own keys there, without the parent's.
   *
   * @example
   * ```ts
   * const details = db.collection('commerce.orders').record('ord001').collection('order_details')
   * const rows = await details.all()
   * ```
   */
  record(key: Key): RecordHandle<Below>
}

/** How one insert or update is checked. */
export type CheckOptions = Pick<WriteOptions, 'validate'>

/** One record as the parent of its subcollections. Cheap to make; nothing is read. */
export interface RecordHandle<Below extends object = Untyped> {
  /** The records of a subcollection below this record. An insert fails with `record/missing` when this record does not exist. */
  collection<Name extends IdOf<Below>>(
    name: Name,
  ): Collection<FieldsOf<Below, Name>, InsertOf<Below, Name>, string, SubcollectionsOf<Below, Name> & object>
}

/** The collection of a schema with this id. */
export type CollectionOf<Schema, Id extends string> = Collection<
  FieldsOf<Schema, Id>,
  InsertOf<Schema, Id>,
  KeyOf<Schema, Id>,
  SubcollectionsOf<Schema, Id> & object
>

/** `parent`: only the records below it, by their own keys; as it stands in whole keys. */
export function createCollection<
  Fields extends object,
  Insert extends object,
  Key extends string,
  Below extends object,
>(
  connection: Connection,
  handle: HandleId,
  id: string,
  parent?: string,
): Collection<Fields, Insert, Key, Below> {
  const whole = (key: string): string => (parent === undefined ? key : `${parent}/${escapeKey(key)}`)
  const own = (row: Row): Row =>
    parent === undefined ? row : { ...row, $id: unescapeKey(row.$id.slice(parent.length + 1)) }
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
  const get = async (key: string): Promise<Row | undefined> => {
    const row = await connection.call((engine) => engine.get(handle, id, whole(key)))
    return row && own(row)
  }
  const sender =
    (options?: CheckOptions) =>
    async (patches: readonly KeyedPatch[]): Promise<readonly Row[]> => {
      const sent = patches.map((patch) => ({ ...patch, key: whole(patch.key) }))
      return (await write((engine) => engine.update(handle, id, sent, options))).map(own)
    }

  const updateMany: Collection<Fields, Insert, Key, Below>['updateMany'] = async (typedPatches, options) => {
    const patches = typedPatches as readonly KeyedPatch[] // the schema's fields are JSON
    const send = sender(options)
    return typedAll(await (check ? check.update(patches, get, send) : send(patches)))
  }
  const insertMany: Collection<Fields, Insert, Key, Below>['insertMany'] = async (rows, options) => {
    const values = rows.map(splitRow)
    const checked = check ? await check.values(values) : values
    const sent = checked.map(({ key, value }) => ({ key: whole(key), value }))
    return typedAll((await write((engine) => engine.insert(handle, id, sent, options))).map(own))
  }

  return {
    id,
    get: async (key) => {
      const row = await get(key)
      return row === undefined ? undefined : typed(row)
    },
    all: async () => {
      const rows = await connection.call((engine) => engine.all(handle, id, parent))
      return typedAll(parent === undefined ? rows : rows.map(own))
    },
    problems: () => connection.call((engine) => engine.problems(handle, id, parent)),
    count: () => connection.call((engine) => engine.count(handle, id, parent)),
    update: async (key, patch, { ifMatch, ...options } = {}) => {
      const [row] = await updateMany([{ key, patch, ...(ifMatch === undefined ? {} : { ifMatch }) }], options)
      return typed(row as unknown as Row)
    },
    updateMany,
    insert: async (row, options) => typed((await insertMany([row], options))[0] as unknown as Row),
    insertMany,
    delete: (key, { ifMatch, ...options } = {}) => {
      const keys = [{ key: whole(key), ...(ifMatch === undefined ? {} : { ifMatch }) }]
      return write((engine) => engine.delete(handle, id, keys, options))
    },
    record: (key) => {
      // Keys of subcollections are made of escaped segments already.
      const below = parent === undefined && !id.includes('/') ? escapeKey(key) : whole(key)
      return { collection: (name) => createCollection(connection, handle, `${id}/${name}`, below) }
    },
  }
}

function splitRow(row: object): { key: string; value: RecordValue } {
  const { $id, $rev: _rev, $parent: _parent, ...value } = row as Row // `$id` is required by the parameter's type
  return { key: $id, value }
}
