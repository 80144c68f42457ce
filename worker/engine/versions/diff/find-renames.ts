import type { MergeRequest } from '../merging/merge-request.ts'
import type { UnitChanges } from '../merging/merge-units.ts'
import type { CollectionChanges } from '../merging/plan-units.ts'
import type { MetRecord, ReadUnits, Side } from '../merging/read-units.ts'
import { areRenamed, mayBeRenamed, renameFields, type Renames } from './renamed-columns.ts'

/** Reads units of a collection, once for each `which`. */
export type UnitReader = (
  units: readonly UnitChanges[],
  wanted: readonly Side[],
  which: string,
) => Promise<ReadUnits>

/** Whether renames of a collection are followed. */
export function isFollowing({ base, options }: MergeRequest, id: string): boolean {
  return options.followRenames !== false && !base.doubtfulRecords.has(id)
}

/** The columns that each side renamed. */
export interface FoundRenames {
  readonly ours: Renames
  readonly theirs: Renames
}

/** Finds the columns of a collection that a side renamed while the other kept them. */
export async function findRenames(
  request: MergeRequest,
  changes: CollectionChanges,
  read: UnitReader,
): Promise<FoundRenames> {
  const { id } = changes
  const [base, ours, theirs] = [request.base.snapshot, request.ours, request.theirs].map((snapshot) =>
    snapshot?.schema.collections.get(id),
  )
  const none: Renames = new Map()
  if (!base || !ours || !theirs || !isFollowing(request, id)) return { ours: none, theirs: none }
  const renamesOf = async (side: 'ours' | 'theirs'): Promise<Renames> => {
    const maybe = side === 'ours' ? mayBeRenamed(base, ours, theirs) : mayBeRenamed(base, theirs, ours)
    if (maybe.size === 0) return none
    const { records } = await read([...changes[side].values()], ['base', side], `renames of ${side}`)
    return areRenamed(
      maybe,
      [...records.values()].map((record) => ({ before: record.base, after: record[side] })),
    )
  }
  return { ours: await renamesOf('ours'), theirs: await renamesOf('theirs') }
}

/** The records with the columns that the merge has. */
export function renamedRecords(
  records: ReadonlyMap<string, MetRecord>,
  { ours, theirs }: FoundRenames,
): ReadonlyMap<string, MetRecord> {
  if (ours.size + theirs.size === 0) return records
  return new Map(
    [...records].map(([key, record]) => [
      key,
      {
        ...record,
        base: renameFields(renameFields(record.base, ours), theirs),
        ours: renameFields(record.ours, theirs),
        theirs: renameFields(record.theirs, ours),
      },
    ]),
  )
}
