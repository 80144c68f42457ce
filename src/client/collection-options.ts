import type { CollectionSettings, KeyGenerator } from '../protocol/collection-settings.ts'
import { EspalierError } from '../protocol/errors.ts'
import type { Json, RecordValue } from '../protocol/records.ts'

/** What the library does for one collection beside storing it. All of it is off unless given. */
export interface CollectionOptions {
  /**
   * Makes the `$id` of records that are inserted without one: `'uuid'`, `'ulid'` (sorts by time), or `{ slug: 'title' }`
   * from a field (`my-title`, `my-title-2`).
   */
  readonly id?: KeyGenerator
  /** Keeps the times when a record was added and last changed in these fields, as ISO text. `true`: `createdAt` and `updatedAt`. */
  readonly timestamps?: true | { readonly created?: string; readonly updated?: string }
  /**
   * Deletes set a field (`true`: `deletedAt`) to the time instead; reads and queries hide such records unless they ask
   * with `deleted: true`. `restore` brings them back, `permanent: true` deletes for good.
   */
  readonly softDelete?: true | { readonly field: string }
  /** Fields that inserts and upserts get where the row has none: values, or functions that make them. */
  readonly defaults?: { readonly [field: string]: Json | (() => Json) }
}

/** Options by collection id. */
export interface CollectionsOptions {
  readonly [collection: string]: CollectionOptions
}

/** The options as the engine takes them: functions stay here. Throws `engine/bad-argument`. */
export function settingsOf(options: CollectionsOptions): {
  readonly [collection: string]: CollectionSettings
} {
  return Object.fromEntries(
    Object.entries(options).map(
      ([collection, { id, timestamps, softDelete, defaults: _defaults, ...slips }]): [
        string,
        CollectionSettings,
      ] => {
        const times =
          timestamps === true ? { created: 'createdAt', updated: 'updatedAt' } : (timestamps ?? {})
        const deleted = softDelete === true ? 'deletedAt' : softDelete?.field
        const isGenerator =
          id === undefined ||
          id === 'uuid' ||
          id === 'ulid' ||
          (typeof id === 'object' && typeof id.slug === 'string')
        const [slip] = Object.keys(slips)
        if (!isGenerator || slip !== undefined) {
          throw new EspalierError(
            'engine/bad-argument',
            isGenerator
              ? `${collection} has no option "${slip}".`
              : `The id option of ${collection} is 'uuid', 'ulid' or { slug: 'field' }.`,
            { data: { collection } },
          )
        }
        return [
          collection,
          {
            ...(id === undefined ? {} : { id }),
            ...(times.created === undefined ? {} : { created: times.created }),
            ...(times.updated === undefined ? {} : { updated: times.updated }),
            ...(deleted === undefined ? {} : { deleted }),
          },
        ]
      },
    ),
  )
}

/** A row with the defaults of the fields that it lacks. */
export function withDefaults(value: RecordValue, defaults: CollectionOptions['defaults']): RecordValue {
  if (!defaults) return value
  const missing = Object.entries(defaults).filter(([name]) => !Object.hasOwn(value, name))
  if (missing.length === 0) return value
  const made = missing.map(([name, given]): [string, Json] => [
    name,
    typeof given === 'function' ? given() : given,
  ])
  return Object.fromEntries([...Object.entries(value), ...made])
}
