import type { HandleId } from '../protocol/engine.ts'
import { EspalierError } from '../protocol/errors.ts'
import { needOptions, refuseOption, type Allowed } from '../protocol/options.ts'
import type { Condition } from '../protocol/query.ts'
import type { Patch, RecordValue, Revision, Row } from '../protocol/records.ts'
import type { WriteOptions } from '../protocol/validation.ts'
import type { KeyedPatch, KeyedRecord, NewRecord, WriteOperation } from '../protocol/writes.ts'
import type { Where } from '../types/filter-types.ts'
import { sendWrite } from './bulk-write.ts'
import { withDefaults, withMadeKey } from './collection-options.ts'
import type { Connection } from './connection.ts'
import { askForPersistence } from './page-life.ts'
import { compileWhere } from './queries/compile-where.ts'
import { wholeKeys } from './queries/own-keys.ts'
import { keyScope, splitRow } from './rows.ts'
import { createWriteCheck } from './write-check.ts'

/** How one insert or update is checked. */
export type CheckOptions = Pick<WriteOptions, 'validate'>

/** The revision (`$rev`) that a record must still have; else nothing is written, and the call fails with `record/changed`. */
export interface MatchOptions {
  readonly ifMatch?: string
}

/**
 * A row to add: the fields, and the record's key unless the collection's `id` option makes it. A field that is undefined is
 * not there.
 */
export type NewRow<Insert extends object = RecordValue, Key extends string = string> = Readonly<Insert> & {
  readonly $id?: Key
}

/** A row to write: the fields and the record's key. Other `$` names, of a row that was read, are ignored. */
export type KeyedRow<Insert extends object = RecordValue, Key extends string = string> = Readonly<Insert> & {
  readonly $id: Key
}

/**
 * The writes of a collection. Each call is one durable step: it resolves once everything that it wrote is on disk, and
 * when it fails nothing of it was written.
 */
export interface CollectionWrites<
  Fields extends object = RecordValue,
  Insert extends object = Fields,
  Key extends string = string,
> {
  /**
   * Adds one record. Its `$id` may be left out where the collection's `id` option makes keys.
   *
   * Errors: `record/exists`, `record/bad-key`, `record/bad-value`, `record/invalid`.
   *
   * @example
   * ```ts
   * await db.collection('geo.countries').insert({ $id: 'is', name: 'Iceland', population: 387_758 })
   * ```
   */
  insert(row: NewRow<Insert, Key>, options?: CheckOptions): Promise<Row<Fields, Key>>

  /** Adds many records as one durable step: all of them or none. */
  insertMany(
    rows: readonly NewRow<Insert, Key>[],
    options?: CheckOptions,
  ): Promise<readonly Row<Fields, Key>[]>

  /**
   * Replaces the given fields of one record; resolves with the new row once the edit is durable.
   *
   * Errors: `record/missing`, `record/changed` (with `ifMatch`; `data.current` is the value now), `record/bad-value`,
   * `record/invalid` (the patch breaks rules of the collection; `data.issues` lists them), `engine/read-only`,
   * `format/not-readable-yet`, `storage/quota` (nothing was changed).
   *
   * @example
   * ```ts
   * const countries = db.collection('geo.countries')
   * const row = await countries.get('ie')
   * await countries.update('ie', { population: 5_300_000 }, { ifMatch: row?.$rev ?? '' })
   * ```
   */
  update(key: Key, patch: Patch<Insert>, options?: MatchOptions & CheckOptions): Promise<Row<Fields, Key>>

  /**
   * Gives every record that fulfils a condition the same patch, as one durable step: which these are is decided when it
   * is written, whatever other tabs do. Resolves with their new rows. Errors: those of `update`, and `query/invalid`.
   *
   * @example
   * ```ts
   * const small = { where: { population: { lt: 70_000_000 } } }
   * const rows = await db.collection('geo.countries').updateMany(small, { names: { en: 'small' } })
   * console.log(rows.length)
   * ```
   */
  updateMany(
    wanted: { readonly where: Where<Fields, Key> },
    patch: Patch<Insert>,
    options?: CheckOptions,
  ): Promise<readonly Row<Fields, Key>[]>
  /** Updates many records as one durable step: all of them or none. */
  updateMany(
    patches: readonly { readonly key: Key; readonly patch: Patch<Insert>; readonly ifMatch?: string }[],
    options?: CheckOptions,
  ): Promise<readonly Row<Fields, Key>[]>

  /**
   * Gives a record that exists exactly these fields: those that the row lacks go. Errors: `record/missing`, and those
   * of `update`.
   *
   * @example
   * ```ts
   * const units = db.collection('units')
   * const metre = await units.get('metre')
   * if (metre) await units.replace({ ...metre, symbol: 'M' }, { ifMatch: metre.$rev })
   * ```
   */
  replace(row: KeyedRow<Insert, Key>, options?: MatchOptions & CheckOptions): Promise<Row<Fields, Key>>

  /** Replaces many records as one durable step. `ifMatch: '$rev'`: each must still be at the revision of its row. */
  replaceMany(
    rows: readonly KeyedRow<Insert, Key>[],
    options?: { readonly ifMatch?: '$rev' } & CheckOptions,
  ): Promise<readonly Row<Fields, Key>[]>

  /**
   * Inserts a record, or replaces the one that has its key. Errors: those of `insert` and `update`, but
   * `record/exists` and `record/missing`.
   *
   * @example
   * ```ts
   * await db.collection('units').upsert({ $id: 'yard', symbol: 'yd', factor: 0.9144 })
   * ```
   */
  upsert(row: NewRow<Insert, Key>, options?: MatchOptions & CheckOptions): Promise<Row<Fields, Key>>

  /** Upserts many records as one durable step. `ifMatch: '$rev'`: each must still be at the revision of its row. */
  upsertMany(
    rows: readonly NewRow<Insert, Key>[],
    options?: { readonly ifMatch?: '$rev' } & CheckOptions,
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
  delete(key: Key, options?: MatchOptions & DeleteOptions): Promise<void>

  /**
   * Deletes many records as one durable step: all of them or none. With `where` those that fulfil a condition when it
   * is written.
   */
  deleteMany(
    wanted:
      | readonly (Key | { readonly key: Key; readonly ifMatch?: string })[]
      | { readonly where: Where<Fields, Key> },
    options?: DeleteOptions,
  ): Promise<void>

  /**
   * Brings a deleted record back, as an insert that is not committed yet: one that was deleted softly, or else the
   * value of the last commit on this branch that had it (of the revision `from` when it is given).
   *
   * Errors: `record/exists` for one that is there, `record/missing` for one that never was, `git/history-missing`.
   *
   * @example
   * ```ts
   * const units = db.collection('units')
   * await units.delete('foot')
   * const foot = await units.restore('foot')
   * console.log(foot.symbol)
   * ```
   */
  restore(key: Key, options?: { readonly from?: Revision } & CheckOptions): Promise<Row<Fields, Key>>
}

/** How deletes are checked, and whether they are for good. */
export type DeleteOptions = WriteOptions & {
  /** Also where the collection's deletes are soft. */
  readonly permanent?: boolean
}

/** The writes of one collection through a handle; of the records below one parent when it is given. */
export function createCollectionWrites<Fields extends object, Insert extends object, Key extends string>(
  connection: Connection,
  handle: HandleId,
  collection: string,
  parent: string | undefined,
  get: (key: string) => Promise<Row | undefined>,
): CollectionWrites<Fields, Insert, Key> {
  type Writes = CollectionWrites<Fields, Insert, Key>
  const { whole, own } = keyScope(parent)
  const { schemas, collections } = connection
  const { defaults, id } =
    (collections && Object.hasOwn(collections, collection) && collections[collection]) || {}
  const schema = schemas && Object.hasOwn(schemas, collection) ? schemas[collection] : undefined
  const check = schema && createWriteCheck(collection, schema)
  // Rows cross the boundary as plain records; their static type is what the app's schema says of the collection.
  const typed = (rows: readonly Row[]): readonly Row<Fields, Key>[] =>
    rows as unknown as readonly Row<Fields, Key>[]
  const first = ([row]: readonly Row<Fields, Key>[]): Row<Fields, Key> => row as Row<Fields, Key> // the engine answers a row for each

  const write = async (operation: WriteOperation, options?: WriteOptions): Promise<readonly Row[]> => {
    askForPersistence()
    return (await sendWrite(connection, handle, operation, options)).map(own)
  }
  const below = parent === undefined ? {} : { parent }
  const withWhole = <T extends { readonly key?: string }>(named: readonly T[]): readonly T[] =>
    parent === undefined
      ? named
      : named.map((each) => (each?.key === undefined ? each : { ...each, key: whole(each.key) }))
  const writeRows = async (
    kind: 'insert' | 'replace' | 'upsert',
    given: readonly (NewRecord & MatchOptions)[],
    options?: CheckOptions,
  ): Promise<readonly Row<Fields, Key>[]> => {
    const rows =
      defaults && kind !== 'replace'
        ? given.map((row) => ({ ...row, value: withDefaults(row.value, defaults) }))
        : given
    const checked = check ? await check.values(rows) : rows
    const keyed =
      typeof id === 'function' && kind !== 'replace'
        ? checked.map((row) => withMadeKey(row, collection, id))
        : checked
    return typed(await write({ kind, collection, rows: withWhole(keyed), ...below }, options))
  }
  const guarded = (row: object, ifMatch: string | undefined): NewRecord & MatchOptions =>
    ifMatch === undefined ? splitRow(row) : { ...splitRow(row), ifMatch }
  const writeOne =
    (kind: 'replace' | 'upsert'): Writes['replace'] =>
    async (row, given) => {
      const { ifMatch, ...options } = needed(given, oneOptions)
      return first(await writeRows(kind, [guarded(row, ifMatch)], options))
    }
  const writeMany =
    (kind: 'replace' | 'upsert'): Writes['replaceMany'] =>
    async (rows, given) => {
      const { ifMatch, ...options } = needed(given, manyOptions)
      // A row that was not read has no revision, and matches none.
      const guardedRows = needList(rows).map((row) => guarded(row, ifMatch && (revisionIn(row) ?? '')))
      return writeRows(kind, guardedRows, options)
    }

  const updateMany = async (
    patches: readonly KeyedPatch[],
    options?: CheckOptions,
  ): Promise<readonly Row<Fields, Key>[]> => {
    const send = (checked: readonly KeyedPatch[]): Promise<readonly Row[]> =>
      write({ kind: 'update', collection, patches: withWhole(checked) }, options)
    return typed(await (check ? check.update(patches, get, send) : send(patches)))
  }
  const conditionOf = (
    wanted: { readonly where: unknown } | undefined,
  ): { readonly where: Condition; readonly parent?: string } => {
    const condition = compileWhere(wanted?.where)
    // What is ignored here would make the write one of more records.
    needOptions(wanted, { where: true })
    return { where: parent !== undefined ? wholeKeys(condition, parent) : condition, ...below }
  }
  const updateWhere = async (
    wanted: { readonly where: unknown },
    patch: Patch,
    options?: CheckOptions,
  ): Promise<readonly Row<Fields, Key>[]> => {
    if (check) throw noValidator(collection)
    return typed(await write({ kind: 'updateWhere', collection, patch, ...conditionOf(wanted) }, options))
  }
  const deleteMany = async (
    wanted: readonly (string | KeyedRecord)[] | { readonly where: unknown },
    given: DeleteOptions | undefined,
  ): Promise<void> => {
    const { permanent, ...options } = needed(given, deleteOptions)
    const how = permanent && { permanent }
    if (isList(wanted)) {
      const records = wanted.map((key) => (typeof key === 'string' ? { key } : key))
      await write({ kind: 'delete', collection, keys: withWhole(records), ...how }, options)
    } else await write({ kind: 'deleteWhere', collection, ...conditionOf(wanted), ...how }, options)
  }

  return {
    insert: async (row, given) =>
      first(await writeRows('insert', [splitRow(row)], needed(given, checkOptions))),
    insertMany: async (rows, given) =>
      writeRows('insert', needList(rows).map(splitRow), needed(given, checkOptions)),
    update: async (key, typedPatch, given) => {
      const { ifMatch, ...options } = needed(given, oneOptions)
      const patch = typedPatch as Patch // the schema's fields are JSON
      return first(await updateMany([{ key, patch, ...(ifMatch !== undefined && { ifMatch }) }], options))
    },
    updateMany: async (wanted: unknown, ...rest: readonly unknown[]) =>
      // The two forms, as their overloads say.
      Array.isArray(wanted)
        ? updateMany(wanted as readonly KeyedPatch[], needed(rest[0] as CheckOptions, checkOptions))
        : updateWhere(
            wanted as { readonly where: unknown },
            rest[0] as Patch,
            needed(rest[1] as CheckOptions, checkOptions),
          ),
    replace: writeOne('replace'),
    replaceMany: writeMany('replace'),
    upsert: writeOne('upsert'),
    upsertMany: writeMany('upsert'),
    delete: async (key, given) => {
      const { ifMatch, ...options } = needed(given, { ...deleteOptions, ifMatch: 'string' })
      return deleteMany([{ key, ...(ifMatch !== undefined && { ifMatch }) }], options)
    },
    deleteMany,
    restore: async (key, given) => {
      const { from, ...options } = needed(given, { ...checkOptions, from: true })
      const named = from !== undefined && { from }
      return first(typed(await write({ kind: 'restore', collection, keys: [whole(key)], ...named }, options)))
    },
  }
}

const checkOptions = { validate: ['on', 'off'] }
const oneOptions = { ...checkOptions, ifMatch: 'string' }
const manyOptions = { ...checkOptions, ifMatch: ['$rev'] }
const deleteOptions = {
  ...checkOptions,
  references: ['restrict', 'cascade', 'set-null'],
  permanent: 'boolean',
}

/** The options of a call, checked. */
function needed<Options extends object>(
  given: Options | undefined,
  allowed: { readonly [option: string]: Allowed },
): Options | Partial<Options> {
  needOptions(given, allowed)
  return given ?? {}
}

function needList<Each>(rows: readonly Each[]): readonly Each[] {
  return Array.isArray(rows) ? rows : refuseOption('rows', rows, 'a list')
}

function isList<Each>(wanted: readonly Each[] | { readonly where: unknown }): wanted is readonly Each[] {
  return Array.isArray(wanted)
}

function noValidator(collection: string): EspalierError {
  return new EspalierError(
    'engine/bad-argument',
    `${collection} has a validator of the app, which cannot check an update by condition. Find the rows, and update them by key.`,
    { data: { collection } },
  )
}

function revisionIn(row: object): string | undefined {
  const { $rev } = row as Partial<Row> // a row that was read carries it
  return $rev
}
