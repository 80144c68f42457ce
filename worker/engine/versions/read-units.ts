import type { RecordValue } from '../../../src/protocol/records.ts'
import type { RecordSides } from '../../merge/merge-record.ts'
import type { FileContent } from '../collection-snapshot.ts'
import type { MergeRequest } from './merge-request.ts'
import type { UnitChanges } from './merge-units.ts'
import { valuesIn, type UnitValues } from './unit-values.ts'

export type Side = 'base' | 'ours' | 'theirs'

/** A record on all sides, and its file where it has one of its own. */
export interface MetRecord extends RecordSides {
  readonly unit: UnitChanges
  /** What the sides that can be written into hold, whatever it is merged as. */
  readonly held: { readonly [Which in 'ours' | 'theirs']: RecordValue | undefined }
  /** One side gave it another key, under which it is merged. */
  readonly movedAway?: true
  /** The key under which its conflicts are told: both sides gave it another one. */
  readonly askedAs?: string
  readonly files: { readonly [Which in Side]?: FileContent | undefined }
}

/** What some units hold. */
export interface ReadUnits {
  readonly records: ReadonlyMap<string, MetRecord>
  /** Units of which a side cannot be read. */
  readonly unreadable: readonly UnitChanges[]
}

export const noUnits: ReadUnits = { records: new Map(), unreadable: [] }

/** The records of some units on some sides. A side that is not asked for counts as ours. */
export async function readUnits(
  { source, base, ours, theirs }: MergeRequest,
  id: string,
  units: readonly UnitChanges[],
  wanted: readonly Side[],
): Promise<ReadUnits> {
  if (units.length === 0) return noUnits
  const snapshots = { base: base.snapshot, ours, theirs }
  const read = await Promise.all(
    wanted.map(async (side): Promise<readonly [Side, UnitValues]> => [
      side,
      await valuesIn({ source, snapshot: snapshots[side], side }, id, units),
    ]),
  )
  const unreadable = new Set(read.flatMap(([, { unreadable: bad }]) => [...bad]))
  const doubtful = base.doubtfulRecords.get(id)
  const of = new Map(read)
  const records = new Map<string, MetRecord>()
  for (const unit of units) {
    if (unreadable.has(unit)) continue
    for (const key of new Set(read.flatMap(([, { keys }]) => keys.get(unit) ?? []))) {
      const our = of.get('ours')?.values.get(key)
      const was = doubtful?.has(key) ? doubtful.get(key) : of.get('base')?.values.get(key)
      records.set(key, {
        unit,
        held: { ours: our, theirs: of.get('theirs')?.values.get(key) },
        base: of.has('base') ? was : our,
        ours: our,
        theirs: of.get('theirs')?.values.get(key),
        files: { ours: of.get('ours')?.files.get(key), theirs: of.get('theirs')?.files.get(key) },
      })
    }
  }
  return { records, unreadable: [...unreadable] }
}
