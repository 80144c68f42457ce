import type { CollectionSettings } from '../../../src/protocol/collection-settings.ts'
import type { Condition, Expression, Include, Query, Source } from '../../../src/protocol/query.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import { includedSource } from '../../records/query-parts.ts'

/** The settings of a collection, none unless the app gave some. */
export type SettingsOf = (collection: string) => CollectionSettings

/** Where no app gives any. */
export const noSettings: SettingsOf = () => ({})

/** Whether a record is hidden: it was deleted softly. */
export function isHidden({ deleted }: CollectionSettings, value: RecordValue): boolean {
  return deleted !== undefined && Object.hasOwn(value, deleted) && value[deleted] !== null
}

/**
 * The same query without records that were deleted softly, of each source that does not ask for them. `targetOf`
 * tells the collection that an include's own foreign key column leads to.
 */
export function hideDeleted(
  query: Query,
  settingsOf: SettingsOf,
  targetOf: (source: Source, column: string) => string | undefined,
): Query {
  const { from, joins, include } = query
  const own = markOf(from, settingsOf)
  if (own === undefined && joins === undefined && include === undefined) return query
  const isPlain = joins === undefined
  const where = own === undefined ? query.where : allOf(query.where, isShown(fieldOf(own, from, isPlain)))
  return {
    ...query,
    ...(where && { where }),
    ...(joins && {
      joins: joins.map((join) => {
        const mark = markOf(join.source, settingsOf)
        if (mark === undefined) return join
        // On the pair, not on the result: a row whose partner is hidden has none.
        const right: Expression = {
          fn: 'coalesce',
          of: [fieldOf(mark, join.source, false), { value: '' }],
        }
        return { ...join, on: [...join.on, { left: { value: '' }, right }] }
      }),
    }),
    ...(include && { include: hideIncluded(include, from, settingsOf, targetOf) }),
  }
}

function hideIncluded(
  includes: NonNullable<Query['include']>,
  owner: Source,
  settingsOf: SettingsOf,
  targetOf: (source: Source, column: string) => string | undefined,
): NonNullable<Query['include']> {
  return Object.fromEntries(
    Object.entries(includes).map(([name, include]): [string, Include] => {
      const collection = include.collection ?? targetOf(owner, include.column)
      if (collection === undefined) return [name, include]
      const source = includedSource(collection, owner)
      const mark = owner.deleted === true ? undefined : markOf(source, settingsOf)
      const where = mark === undefined ? include.where : allOf(include.where, isShown({ field: [mark] }))
      return [
        name,
        {
          ...include,
          ...(where && { where }),
          ...(include.include && { include: hideIncluded(include.include, source, settingsOf, targetOf) }),
        },
      ]
    }),
  )
}

function markOf(source: Source, settingsOf: SettingsOf): string | undefined {
  return source.deleted === true ? undefined : settingsOf(source.collection).deleted
}

function fieldOf(name: string, { alias }: Source, isPlain: boolean): Expression {
  return isPlain ? { field: [name] } : { field: [name], from: alias }
}

function isShown(left: Expression): Condition {
  return { op: 'isNull', left, value: true }
}

function allOf(given: Condition | undefined, more: Condition): Condition {
  return given === undefined ? more : { op: 'and', of: [given, more] }
}
