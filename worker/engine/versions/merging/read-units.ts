import type { RecordValue } from '../../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../../src/protocol/schema.ts'
import { keyFieldsOf } from '../../../format/list-keys.ts'
import { splitKey } from '../../../format/record-layout.ts'
import type { RecordSides } from '../../../merge/merge-record.ts'
import type { FileContent } from '../../snapshots/collection-snapshot.ts'
import type { MergeRequest } from './merge-request.ts'
import { layoutOf, type UnitChanges } from './merge-units.ts'
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

/**
 * The records of some units on some sides, as they are under the merged definition. A side that is not asked for counts
 * as ours.
 */
export async function readUnits(
  { source, base, ours, theirs }: Pick<MergeRequest, Side | 'source'>,
  id: string,
  units: readonly UnitChanges[],
  wanted: readonly Side[],
  merged?: CollectionDefinition,
): Promise<ReadUnits> {
  if (units.length === 0) return noUnits
  const snapshots = { base: base.snapshot, ours, theirs }
  const read = await Promise.all(
    wanted.map(async (side): Promise<readonly [Side, UnitValues]> => {
      const snapshot = snapshots[side]
      const found = await valuesIn({ source, snapshot, side }, id, units)
      const adapt = adaptKeys(snapshot?.schema.collections.get(id), merged)
      if (!adapt) return [side, found]
      const values = new Map([...found.values].map(([key, value]) => [key, adapt(key, value)]))
      return [side, { ...found, values }]
    }),
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

/**
 * What a layout says of a record's key in its fields: the columns that the merged layout wants are filled in, those that
 * only the other one had are left out. Undefined where both are laid out alike.
 */
function adaptKeys(
  definition: CollectionDefinition | undefined,
  merged: CollectionDefinition | undefined,
): ((key: string, value: RecordValue) => RecordValue) | undefined {
  if (!definition || !merged || layoutOf(definition) === layoutOf(merged)) return undefined
  const wanted = keyFieldsOf(merged)
  const declared = new Set([...merged.primaryKey, ...merged.columns.map(({ name }) => name)])
  const gone = new Set(definition.primaryKey.filter((name) => !declared.has(name)))
  return (key, value) => {
    const kept =
      gone.size === 0 ? value : Object.fromEntries(Object.entries(value).filter(([name]) => !gone.has(name)))
    return wanted ? wanted.withKey(splitKey(merged, key).own, kept) : kept
  }
}
