import type { CollectionSettings } from '../../../../src/protocol/collection-settings.ts'
import type { MergeOptions } from '../../../../src/protocol/merge-calls.ts'
import type { FieldStrategies } from '../../../../src/protocol/merge.ts'
import type { SettingsOf } from '../../queries/hide-deleted.ts'

/** How the times that writes keep are merged: both sides have changed them wherever both changed the record. */
export function timeStrategies({ created, updated, deleted }: CollectionSettings): FieldStrategies {
  return {
    ...(created === undefined ? {} : { [created]: 'min' }),
    ...(updated === undefined ? {} : { [updated]: 'max' }),
    ...(deleted === undefined ? {} : { [deleted]: 'soft-delete' }),
  }
}

/**
 * The options of a merge with the strategies of these times, unless the app names others. They are kept with the merge:
 * it comes out the same in a tab with other settings.
 */
export function withTimeStrategies(
  options: MergeOptions,
  collections: Iterable<string>,
  settingsOf: SettingsOf,
): MergeOptions {
  const strategies = new Map(Object.entries(options.strategies ?? {}))
  for (const id of collections) {
    const times = timeStrategies(settingsOf(id))
    if (Object.keys(times).length > 0) strategies.set(id, { ...times, ...strategies.get(id) })
  }
  return strategies.size === 0 ? options : { ...options, strategies: Object.fromEntries(strategies) }
}
