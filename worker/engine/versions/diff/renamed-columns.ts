import type { RecordValue } from '../../../../src/protocol/records.ts'
import type { CollectionDefinition, Column } from '../../../../src/protocol/schema.ts'
import { equalValues } from '../../../format/record-diff.ts'

/** New names by old ones. */
export type Renames = ReadonlyMap<string, string>

/**
 * Columns that a side may have renamed while the other kept them: one is gone and one is there that says the same,
 * at its place or as the only one of its kind. The records prove it: see {@link areRenamed}.
 */
export function mayBeRenamed(
  base: CollectionDefinition,
  side: CollectionDefinition,
  other: CollectionDefinition,
): Renames {
  const has = ({ columns }: CollectionDefinition, name: string): boolean =>
    columns.some((column) => column.name === name)
  const gone = base.columns.filter(
    ({ name }) => !has(side, name) && has(other, name) && !base.primaryKey.includes(name),
  )
  const added = side.columns.filter(({ name }) => !has(base, name) && !has(other, name))
  const renames = new Map<string, string>()
  for (const column of gone) {
    const alike = added.filter((each) => rulesOf(each) === rulesOf(column))
    const isOnly = alike.length === 1 && gone.filter((each) => rulesOf(each) === rulesOf(column)).length === 1
    const there = isOnly
      ? alike[0]
      : alike.find(
          ({ name }) => side.columns.findIndex((each) => each.name === name) === base.columns.indexOf(column),
        )
    if (there) renames.set(column.name, there.name)
  }
  return renames
}

function rulesOf(column: Column): string {
  return JSON.stringify({ ...column, name: '' })
}

/** Those whose values went along: more records have the old value under the new name than do not. */
export function areRenamed(
  renames: Renames,
  records: Iterable<{ readonly before: RecordValue | undefined; readonly after: RecordValue | undefined }>,
): Renames {
  const votes = new Map([...renames.keys()].map((name) => [name, 0]))
  for (const { before, after } of records) {
    for (const [name, to] of renames) {
      if (!before || !after || !Object.hasOwn(before, name)) continue
      const isMoved = Object.hasOwn(after, to) && equalValues(before[name], after[to])
      votes.set(name, (votes.get(name) ?? 0) + (isMoved ? 1 : -1))
    }
  }
  return new Map([...renames].filter(([name]) => (votes.get(name) ?? 0) > 0))
}

/** A record with its columns named anew. */
export function renameFields(value: RecordValue | undefined, renames: Renames): RecordValue | undefined {
  if (!value || renames.size === 0) return value
  const taken = new Set(Object.keys(value))
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      const to = renames.get(name)
      return [to === undefined || taken.has(to) ? name : to, field]
    }),
  )
}
