/** How the engine treats the records of one collection, as the app said when it opened the database. Plain data. */
export interface CollectionSettings {
  /** Makes the keys of records that are inserted without one. */
  readonly id?: KeyGenerator
  /** The fields that get the time (ISO 8601, UTC) when a record is added, and when it is changed. */
  readonly created?: string
  readonly updated?: string
  /** A delete sets this field to the time; records that have it are hidden. */
  readonly deleted?: string
}

/**
 * `uuid`: random (version 4). `ulid`: sorts by time, also within a millisecond. `slug`: made of a field's text,
 * numbered when it is taken.
 */
export type KeyGenerator = 'uuid' | 'ulid' | { readonly slug: string }
