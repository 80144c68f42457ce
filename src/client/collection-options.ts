import type { CollectionSettings, KeyGenerator } from '../protocol/collection-settings.ts'
import { isMap, needOptions, refuseOption } from '../protocol/options.ts'
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
  if (!isMap(options)) refuseOption('collections', options, 'an object')
  return Object.fromEntries(
    Object.entries(options).map(([collection, given]): [string, CollectionSettings] => {
      const option = `collections.${collection}`
      // What is undefined is no options either.
      needOptions(
        given ?? null,
        { id: true, timestamps: true, softDelete: true, defaults: 'object' },
        `${option}.`,
      )
      const { id, timestamps, softDelete } = given
      needEither(`${option}.id`, id, ['uuid', 'ulid'], { slug: 'string' })
      needEither(`${option}.timestamps`, timestamps, [true], { created: 'string', updated: 'string' })
      needEither(`${option}.softDelete`, softDelete, [true], { field: 'string' })
      const { created, updated } =
        timestamps === true ? { created: 'createdAt', updated: 'updatedAt' } : (timestamps ?? {})
      const deleted = softDelete === true ? 'deletedAt' : softDelete?.field
      const fields = [created, updated, deleted].filter((field) => field !== undefined)
      // Two in one field would overwrite each other: a change would look like a delete.
      if (new Set(fields).size < fields.length || fields.some((field) => !/^[^$]/.test(field)))
        refuseOption(option, given, 'each time a field of its own, without $')
      return [
        collection,
        {
          ...(id && { id }),
          ...(created && { created }),
          ...(updated && { updated }),
          ...(deleted && { deleted }),
        },
      ]
    }),
  )
}

/** An option that is one of some values, or an object that says at least one thing. */
function needEither(
  option: string,
  given: unknown,
  values: readonly unknown[],
  names: { readonly [name: string]: string },
): void {
  if (given === undefined || values.includes(given)) return
  if (!isMap(given) || Object.values(given).every((value) => value === undefined))
    refuseOption(option, given, `${values.join(', ')} or { ${Object.keys(names).join(', ')} }`)
  needOptions(given, names, `${option}.`)
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
