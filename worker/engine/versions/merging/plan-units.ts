import type { CollectionDefinition } from '../../../../src/protocol/schema.ts'
import type { MergeRequest } from './merge-request.ts'
import { layoutOf, type UnitChanges } from './merge-units.ts'

/** One collection, and what each side changed of it. Files that both changed are in both maps. */
export interface CollectionChanges {
  readonly id: string
  readonly ours: ReadonlyMap<string, UnitChanges>
  readonly theirs: ReadonlyMap<string, UnitChanges>
  /** Records in files of their own that both deleted. */
  readonly gone: ReadonlyMap<string, UnitChanges>
}

/** How the units of one collection are merged. */
export interface UnitPlan {
  /** The side whose files go on. */
  readonly carrier: 'ours' | 'theirs'
  /** Whose files are taken as theirs has them. */
  readonly taken: readonly UnitChanges[]
  /** Those of them whose records nobody else changed. */
  readonly noted: readonly UnitChanges[]
  /** To be merged record by record. */
  readonly met: readonly UnitChanges[]
}

/** Which units are taken as they are, and which are merged record by record. */
export function planUnits(
  { ours, theirs }: MergeRequest,
  merged: CollectionDefinition | undefined,
  changes: CollectionChanges,
): UnitPlan {
  const ourLayout = layoutIn(ours.schema.collections.get(changes.id))
  const theirLayout = layoutIn(theirs.schema.collections.get(changes.id))
  const layout = layoutIn(merged) ?? ourLayout
  const ourUnits = [...changes.ours.values()]
  const theirUnits = [...changes.theirs]
  if (layout !== ourLayout && layout === theirLayout) {
    // Our files are laid out in a way that is no more: what they hold is written anew.
    const alone = theirUnits.filter(([id]) => !changes.ours.has(id)).map(([, unit]) => unit)
    const taken = [...changes.theirs.values(), ...ourUnits]
    return { carrier: 'theirs', taken, noted: alone, met: ourUnits }
  }
  const isMoved = theirLayout !== undefined && theirLayout !== layout
  const alone: UnitChanges[] = []
  const met: UnitChanges[] = []
  for (const [id, unit] of theirUnits) {
    const our = changes.ours.get(id)
    // The same record or group may lie in other files on the two sides.
    if (our) met.push({ unit: unit.unit, changes: [...new Set([...our.changes, ...unit.changes])] })
    else (isMoved ? met : alone).push(unit)
  }
  return { carrier: 'ours', taken: alone, noted: alone, met }
}

/** How the files of a collection are laid out, where it exists. */
export function layoutIn(definition: CollectionDefinition | undefined): string | undefined {
  return definition && layoutOf(definition)
}

/** All units of both sides, to be merged record by record. */
export function meetAll({ ours, theirs }: CollectionChanges): UnitPlan {
  const met = new Map(ours)
  for (const [id, unit] of theirs) {
    const our = ours.get(id)
    met.set(id, our ? { unit: unit.unit, changes: [...new Set([...our.changes, ...unit.changes])] } : unit)
  }
  return { carrier: 'ours', taken: [], noted: [], met: [...met.values()] }
}
