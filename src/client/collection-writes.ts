import type { Patch, RecordValue, Revision, Row } from '../protocol/records.ts'
import type { WriteOptions } from '../protocol/validation.ts'
import type { Where } from '../types/filter-types.ts'

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
