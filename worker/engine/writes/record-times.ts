import type { CollectionSettings } from '../../../src/protocol/collection-settings.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import { equalValues } from '../../format/record-diff.ts'

/** What a write knows beside its rows. */
export interface WriteContext {
  readonly settings: CollectionSettings
  /** The time of the write, ISO 8601. */
  readonly now: string
  /** The most bytes that a file of one of its rows may take, when they are known to hold what a record can. */
  readonly maxBytes?: number | undefined
}

/** A new record with its times; a time of creation that it brings stays. */
export function stampNew({ settings, now }: WriteContext, value: RecordValue): RecordValue {
  const { created, updated } = settings
  if (created === undefined && updated === undefined) return value
  const given = created !== undefined && Object.hasOwn(value, created) ? value[created] : now
  return withFields(value, [
    [created, given ?? now],
    [updated, now],
  ])
}

/** A changed record with its times; one that is the same keeps them. */
export function stampChanged(
  { settings, now }: WriteContext,
  before: RecordValue,
  after: RecordValue,
): RecordValue {
  const { created, updated } = settings
  const since = created !== undefined && Object.hasOwn(before, created) ? before[created] : undefined
  const kept = since === undefined ? after : withFields(after, [[created, since]])
  if (updated === undefined) return kept
  const old = Object.hasOwn(before, updated) ? before[updated] : undefined
  const same = old === undefined ? kept : withFields(kept, [[updated, old]])
  return equalValues(before, same) ? same : withFields(kept, [[updated, now]])
}

/** Fields keep their places; new ones come last. */
export function withFields(
  value: RecordValue,
  fields: readonly (readonly [name: string | undefined, value: RecordValue[string]])[],
): RecordValue {
  const entries = new Map(Object.entries(value))
  for (const [name, field] of fields) if (name !== undefined) entries.set(name, field)
  return Object.fromEntries(entries)
}
