/** A value that a record may hold: JSON data. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** A record's fields, without the library's `$` names. */
export type RecordValue = { readonly [field: string]: Json }

/** What every row carries beside its fields. `$`-names belong to the library. */
export interface RowMeta<Key extends string = string> {
  /** The record's key, unique in its collection. */
  readonly $id: Key
  /**
   * A hash of the record's value: equal values have equal revisions, whatever commit they came from. In Node the rows of
   * queries work it out when it is read, or copied with its row.
   */
  readonly $rev: string
  /** The parent record's key; only in rows of a subcollection, whose `$id` is `parent/own`. */
  readonly $parent?: string
  /** How the record stands to the branch's last commit. Absent means `'clean'`. */
  readonly $status?: RecordStatus
}

/**
 * How a record stands to the last commit. `saving`: applied in memory, not durable yet (only live queries of the tab
 * that writes see it). `deleted` only where deleted records are asked for.
 */
export type RecordStatus = 'clean' | 'added' | 'modified' | 'deleted' | 'conflict' | 'saving'

/** A record as reads return it: its fields, `$id` and `$rev`. */
export type Row<Fields extends object = RecordValue, Key extends string = string> = Readonly<Fields> &
  RowMeta<Key>

/** A patch: the given fields are replaced whole; a field set to `undefined` is removed. */
export type Patch<Fields extends object = RecordValue> = {
  readonly [Name in keyof Fields]?: Fields[Name] | undefined
}

/** A branch, tag, commit (`HEAD~3`, an abbreviated id), or a point in time. */
export type Revision = string | Date

/** Which state is read, and with whose definitions. */
export interface AtOptions {
  /** What to read at, instead of the handle's own state: what is committed there. */
  readonly at?: Revision
  /** With `at`: read with the definitions of that commit (`'own'`, the default), or with those of this handle's. */
  readonly schema?: 'own' | 'current'
}

/** How records are read. */
export interface ReadOptions extends AtOptions {
  /** Records that were deleted softly too. */
  readonly deleted?: boolean
}

/** Where a record lies. */
export interface RecordAddress {
  readonly collection: string
  readonly key: string
}

/** One record's difference between the branch's last commit and now. */
export interface WorkingChange extends RecordAddress {
  readonly kind: 'insert' | 'update' | 'delete'
  /** The value in the last commit; absent for an insert. */
  readonly before?: RecordValue
  /** The value now; absent for a delete. */
  readonly after?: RecordValue
  /**
   * Set when the branch moved and the record changed there too: the value it has there now (null: deleted).
   * Such a change is not committed until it is edited again or discarded.
   */
  readonly conflict?: { readonly theirs: RecordValue | null }
}

/**
 * Which working changes are meant: those of records, or all of a collection, of a kind, or both. Subcollections are
 * collections of their own.
 */
export type ChangeFilter =
  | readonly RecordAddress[]
  | { readonly collection?: string; readonly kind?: WorkingChange['kind'] }
