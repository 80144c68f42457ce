import type { CollectionSettings, KeyGenerator } from '../protocol/collection-settings.ts'
import { EspalierError } from '../protocol/errors.ts'
import { isMap, needOptions, refuseOption, shown } from '../protocol/options.ts'
import type { Json, RecordValue } from '../protocol/records.ts'
import type { NewRecord } from '../protocol/writes.ts'

/** What the library does for one collection beside storing it. All of it is off unless given. */
export interface CollectionOptions {
  /**
   * Makes the `$id` of records that are inserted without one: `'uuid'`, `'ulid'` (sorts by time), `{ slug: 'title' }`
   * from a field (`my-title`, `my-title-2`), or a function. That one runs here, after `defaults` and validators, and what
   * it returns counts as a given `$id`: `record/exists` when it is taken, `record/bad-key` when it is no text. Of a
   * record that has its key in a column it returns just that key.
   */
  readonly id?: KeyGenerator | KeyFunction
  /** Keeps the times when a record was added and last changed in these fields, as ISO text. `true`: `createdAt` and `updatedAt`. */
  readonly timestamps?: true | { readonly created?: string; readonly updated?: string }
  /**
   * Deletes set a field (`true`: `deletedAt`) to the time instead; reads and queries hide such records unless they ask
   * with `deleted: true`. `restore` brings them back, `permanent: true` deletes for good. Merges ask when the other side
   * changed the record.
   */
  readonly softDelete?: true | { readonly field: string }
  /** Fields that inserts and upserts get where the row has none: values, or functions that make them. */
  readonly defaults?: { readonly [field: string]: Json | (() => Json) }
}

/** Gives a record its key. */
export type KeyFunction = (record: RecordValue) => string

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
      const { timestamps, softDelete } = given
      const id = typeof given.id === 'function' ? undefined : given.id
      needEither(`${option}.id`, id, ['uuid', 'ulid'], { slug: 'string' }, 'a function, ')
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

/** An option that is one of some values, or an object that says at least one thing. `others` are checked elsewhere. */
function needEither(
  option: string,
  given: unknown,
  values: readonly unknown[],
  names: { readonly [name: string]: string },
  others = '',
): void {
  if (given === undefined || values.includes(given)) return
  if (!isMap(given) || Object.values(given).every((value) => value === undefined))
    refuseOption(option, given, `${others}${values.join(', ')} or { ${Object.keys(names).join(', ')} }`)
  needOptions(given, names, `${option}.`)
}

/** A record with the key that a function of the app makes, when it has none. Throws `record/bad-key`. */
export function withMadeKey<Given extends NewRecord>(
  row: Given,
  collection: string,
  make: KeyFunction,
): Given {
  if (row.key !== undefined) return row
  const key: unknown = make(row.value)
  if (typeof key === 'string') return { ...row, key }
  throw new EspalierError(
    'record/bad-key',
    `"collections.${collection}.id" made ${shown(key)}. Return a text.`,
    { data: { collection } },
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
