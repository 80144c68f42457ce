import type { Issue } from '../protocol/issues.ts'
import type { HandleId } from '../protocol/engine.ts'
import type { AtOptions, ReadOptions, RecordValue, Row } from '../protocol/records.ts'
import { needOptions, refuseOption } from '../protocol/options.ts'
import { escapeKey } from '../protocol/record-key.ts'
import type { FieldsOf, IdOf, InsertOf, KeyOf, SubcollectionsOf, Untyped } from '../types/collection-types.ts'
import { gatheredGet } from './gathered-gets.ts'
import { createCollectionQueries, type CollectionQueries } from './collection-queries.ts'
import type { CollectionWrites } from './collection-writes.ts'
import { createCollectionWrites } from './create-collection-writes.ts'
import type { Connection } from './connection.ts'
import { createRecordHistory, type RecordHistory } from './history.ts'
import { keyScope } from './rows.ts'

/** One collection on one branch or commit. Cheap to make; nothing is read before a method is called. */
export interface Collection<
  Fields extends object = RecordValue,
  Insert extends object = Fields,
  Key extends string = string,
  Below extends object = Untyped,
  Schema extends object = Untyped,
>
  extends CollectionWrites<Fields, Insert, Key>, CollectionQueries<Fields, Key, Schema>, RecordHistory<Key> {
  readonly id: string

  /**
   * One record by key, or undefined. With `at`, as it is committed there.
   *
   * Errors: `record/collection-missing`; with `at` `git/ref-missing`, `git/history-missing`, `engine/bad-argument`.
   *
   * @example
   * ```ts
   * const ireland = await db.collection('geo.countries').get('ie')
   * const committed = await db.collection('geo.countries').get('ie', { at: 'main' })
   * ```
   */
  get(key: Key, options?: ReadOptions): Promise<Row<Fields, Key> | undefined>

  /**
   * Records by their keys, in that order; undefined where there is none. One message, however many.
   *
   * @example
   * ```ts
   * const [ireland, france] = await db.collection('geo.countries').getMany(['ie', 'fr'])
   * ```
   */
  getMany(keys: readonly Key[], options?: ReadOptions): Promise<readonly (Row<Fields, Key> | undefined)[]>

  /** Every record, in key order. Files that cannot be read are left out; see {@link Collection.problems}. */
  all(options?: ReadOptions): Promise<readonly Row<Fields, Key>[]>

  /** Record files of this collection that cannot be read, and why. */
  problems(options?: AtOptions): Promise<readonly Issue[]>

  /**
   * The way to the subcollections of one record. Its records go by their own keys there, without the parent's.
   *
   * @example
   * ```ts
   * const details = db.collection('commerce.orders').record('ord001').collection('order_details')
   * const rows = await details.all()
   * ```
   */
  record(key: Key): RecordHandle<Below, Schema>
}

/** One record as the parent of its subcollections. Cheap to make; nothing is read. */
export interface RecordHandle<Below extends object = Untyped, Schema extends object = Untyped> {
  /** The records of a subcollection below this record. An insert fails with `record/missing` when this record does not exist. */
  collection<Name extends IdOf<Below>>(
    name: Name,
  ): Collection<FieldsOf<Below, Name>, InsertOf<Below, Name>, string, SubcollectionsOf<Below, Name>, Schema>
}

/** The collection of a schema with this id. */
export type CollectionOf<Schema extends object, Id extends string> = Collection<
  FieldsOf<Schema, Id>,
  InsertOf<Schema, Id>,
  KeyOf<Schema, Id>,
  SubcollectionsOf<Schema, Id>,
  Schema
>

/** `parent`: only the records below it, by their own keys; as it stands in whole keys. */
export function createCollection<
  Fields extends object,
  Insert extends object,
  Key extends string,
  Below extends object,
  Schema extends object,
>(
  connection: Connection,
  handle: HandleId,
  id: string,
  parent?: string,
): Collection<Fields, Insert, Key, Below, Schema> {
  const { whole, own } = keyScope(parent)
  // Rows cross the boundary as plain records; their static type is what the app's schema says of the collection.
  const typed = <Rows>(rows: Promise<unknown>): Promise<Rows> => rows as Promise<Rows>
  const get = (key: string, options?: ReadOptions): Promise<Row | undefined> => {
    const row =
      options === undefined
        ? gatheredGet(connection, handle, id, whole(key))
        : connection.call((engine) => engine.get(handle, id, whole(key), plain(options)))
    return parent === undefined ? row : row.then((found) => found && own(found))
  }

  return {
    id,
    ...createCollectionQueries<Fields, Key, Schema>(connection, handle, { collection: id, parent }, get),
    ...createCollectionWrites(connection, handle, id, parent, get),
    ...createRecordHistory<Key>(connection, handle, id, whole),
    get: (key, options) => typed(get(key, options)),
    getMany: (keys, options) =>
      typed(
        connection
          .call((engine) => {
            if (!Array.isArray(keys)) refuseOption('keys', keys, 'a list')
            return engine.getMany(handle, id, keys.map(whole), plain(options))
          })
          .then((rows) => rows.map((row) => (row ? own(row) : undefined))),
      ),
    all: (options) =>
      typed(
        connection
          .call((engine) => engine.all(handle, id, parent, plain(options)))
          .then((rows) => (parent === undefined ? rows : rows.map(own))),
      ),
    problems: (options) => connection.call((engine) => engine.problems(handle, id, parent, plain(options))),
    record: (key) => {
      if (typeof key !== 'string') refuseOption('key', key, 'a text')
      // Keys of subcollections are made of escaped segments already.
      const below = parent === undefined && !id.includes('/') ? escapeKey(key) : whole(key)
      // As keys are: own keys are cut out of whole ones.
      const normal = below.normalize('NFC')
      return { collection: (name) => createCollection(connection, handle, `${id}/${name}`, normal) }
    },
  }
}

const readOptions = { at: true, schema: ['own', 'current'], deleted: 'boolean' } as const

/** Options, checked; an app's may be reactive objects, which cannot cross the boundary as they are. */
function plain(options: ReadOptions | undefined): ReadOptions {
  needOptions(options, readOptions)
  return { ...options }
}
