import type { RecordValue } from '../protocol/records.ts'

declare const refersTo: unique symbol
declare const collectionTypes: unique symbol
declare const otherCollections: unique symbol

/**
 * The key of a record of another collection: a string at run time. Plain strings are accepted where one is
 * needed; the key of one collection is refused where another collection's is meant.
 *
 * @example
 * ```ts
 * import type { Ref } from 'espalier'
 *
 * const home: Ref<'geo.countries'> = 'ie'
 * await db.collection('geo.countries').get(home)
 * ```
 */
export type Ref<Collection extends string = string> = string & { readonly [refersTo]?: Collection }

/** The collection that a key leads to; `string` where the type does not say it. */
export type RefTarget<Key> = typeof refersTo extends keyof NonNullable<Key>
  ? Exclude<NonNullable<Key>[typeof refersTo], undefined> & string
  : string

/**
 * The types of one collection in a schema: what reads return, what an insert takes, and the type of keys. A plain
 * object type in its place means that rows and inserts have the same fields.
 */
export interface CollectionTypes<Fields extends object, Insert extends object = Fields, Key = string> {
  /** Exists for the type checker only. */
  readonly [collectionTypes]: { readonly fields: Fields; readonly insert: Insert; readonly key: Key }
}

/** Maps collection ids to {@link CollectionTypes} or to the fields of their records. `espalier types` writes one. */
export type AnySchema = object

/** The schema of a database whose types are not known: every collection holds JSON. */
export type Untyped = { readonly [collection: string]: RecordValue }

/** A schema that types some collections and leaves the others open as JSON. */
export interface Partly {
  /** Exists for the type checker only. */
  readonly [otherCollections]?: never
}

/** The collection ids of a schema. */
export type IdOf<Schema> =
  | (keyof Schema & string)
  | (typeof otherCollections extends keyof Schema ? string & Record<never, never> : never)

/** The fields of a collection's rows, without `$id` and `$rev`. */
export type FieldsOf<Schema, Id extends string> = Id extends keyof Schema
  ? Schema[Id] extends { readonly [collectionTypes]: { readonly fields: infer Fields extends object } }
    ? Fields
    : ObjectOf<Schema[Id]>
  : RecordValue

/** What an insert into a collection takes, without `$id`: computed columns are not part of it. */
export type InsertOf<Schema, Id extends string> = Id extends keyof Schema
  ? Schema[Id] extends { readonly [collectionTypes]: { readonly insert: infer Insert extends object } }
    ? Insert
    : ObjectOf<Schema[Id]>
  : RecordValue

type ObjectOf<Value> = Value extends object ? Value : never

/** The type of a collection's keys. */
export type KeyOf<Schema, Id extends string> = Id extends keyof Schema
  ? Schema[Id] extends { readonly [collectionTypes]: { readonly key: infer Key extends string } }
    ? Key
    : string
  : string

/** The subcollections below a collection, by their names from there on (`order_details`, `order_details/notes`). */
export type SubcollectionsOf<Schema extends object, Id extends string> = string extends keyof Schema
  ? Schema
  : typeof otherCollections extends keyof Schema
    ? NamedBelow<Schema, Id> & Partly
    : NamedBelow<Schema, Id>

type NamedBelow<Schema, Id extends string> = {
  readonly [Name in keyof Schema as Name extends `${Id}/${infer Rest}` ? Rest : never]: Schema[Name]
}
