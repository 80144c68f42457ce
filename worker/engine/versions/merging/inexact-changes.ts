import type { RecordChange } from '../../../../src/protocol/carry.ts'
import type { Json } from '../../../../src/protocol/records.ts'
import { isJsonMap } from '../../../format/record-value.ts'
import { asRead, isMarked } from '../../../merge/marked-numbers.ts'
import type { SnapshotSource } from '../../snapshots/commit-snapshot.ts'
import type { Sides } from '../diff/diff-sides.ts'
import { comparePaths } from './merge-paths.ts'
import { createUnitOf, groupByUnit, type UnitChanges } from './merge-units.ts'
import { readUnits, type MetRecord } from './read-units.ts'

/**
 * Changes of records with those marked as unknown that bring digits which no JavaScript number holds: as values they would
 * be others. They are added where values do not tell that anything changed.
 */
export async function markInexact(
  source: SnapshotSource,
  { from, to }: Sides,
  changes: readonly RecordChange[],
  reverse: boolean,
  isWanted: (collection: string, key: string) => boolean = () => true,
): Promise<readonly RecordChange[]> {
  const roots = { base: from.root, ours: from.root, theirs: to.root }
  const { theirs: paths } = await comparePaths(source.trees, roots, new Set())
  const { units } = groupByUnit(createUnitOf([from.schema, to.schema]), paths)
  const collections = new Map<string, UnitChanges[]>()
  for (const unit of units.values()) {
    const { collection } = unit.unit
    collections.set(collection, [...(collections.get(collection) ?? []), unit])
  }
  const base = { root: from.root, snapshot: from, doubtful: new Set<string>(), doubtfulRecords: new Map() }
  const inexact = new Map<string, RecordChange>()
  for (const [collection, all] of collections) {
    const { records } = await readUnits({ source, base, ours: from, theirs: to }, collection, all, [
      'base',
      'theirs',
    ])
    for (const [key, record] of records) {
      if (!isWanted(collection, key) || !bringsDigits(record, reverse)) continue
      const { base: before, theirs: after, unit } = record
      inexact.set(`${collection}\n${key}`, {
        collection,
        key,
        ...(before && { before: asRead(before) }),
        ...(after && { after: asRead(after) }),
        problems: [
          {
            side: reverse ? 'before' : 'after',
            code: 'validation/unsafe-number',
            severity: 'error',
            message: 'The change is more exact than a JavaScript number: carry the commit whole.',
            collection,
            key,
            file: unit.changes[0]?.path ?? '',
          },
        ],
      })
    }
  }
  if (inexact.size === 0) return changes
  const exact = changes.filter(({ collection, key }) => !inexact.has(`${collection}\n${key}`))
  return [...exact, ...inexact.values()]
}

/** Whether what a record becomes has digits at a place where it did not have them. */
function bringsDigits({ base, theirs }: MetRecord, reverse: boolean): boolean {
  const [old, now] = reverse ? [theirs, base] : [base, theirs]
  const known = new Set(digitsIn(old, ''))
  return digitsIn(now, '').some((digits) => !known.has(digits))
}

function digitsIn(value: Json | undefined, path: string): readonly string[] {
  if (isMarked(value)) return [`${path}${value}`]
  if (!Array.isArray(value) && !isJsonMap(value)) return []
  return Object.entries(value).flatMap(([name, field]) => digitsIn(field as Json, `${path}${name}\n`)) // JSON data
}
