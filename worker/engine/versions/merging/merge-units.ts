import type { CollectionDefinition, DatabaseSchema } from '../../../../src/protocol/schema.ts'
import { matchRecordFile } from '../../../format/record-layout.ts'
import type { PathChange } from './merge-paths.ts'

/** What the sides can meet in: one record, or all records of a parent that share files. */
export interface MergeUnit {
  readonly collection: string
  /** Of the only record; absent where records share a file. */
  readonly key?: string
  readonly parent: string
}

/** Finds the unit that a file belongs to; undefined for files that hold no records. */
export type UnitOf = (path: string) => MergeUnit | undefined

/** Schemas may place a collection's records differently: a file counts where any of them finds records. */
export function createUnitOf(schemas: readonly DatabaseSchema[]): UnitOf {
  const layouts = new Map<string, CollectionDefinition>()
  for (const { collections } of schemas) {
    for (const definition of collections.values()) {
      if (definition.readable.ok) layouts.set(`${definition.id}\n${layoutOf(definition)}`, definition)
    }
  }
  const definitions = [...layouts.values()]
  let last = definitions[0]
  return (path) => {
    // Files come folder by folder.
    for (const definition of last ? [last, ...definitions] : definitions) {
      const match = matchRecordFile(definition, path)
      if (!match) continue
      last = definition
      return { collection: definition.id, ...match }
    }
    return undefined
  }
}

/** What decides which file holds a record, and how it reads. Equal: files mean the same. */
export function layoutOf(definition: CollectionDefinition): string {
  const { recordsDir, otherRecordsDirs, recordFile, primaryKey } = definition
  return JSON.stringify([recordsDir, otherRecordsDirs, recordFile, primaryKey])
}

export function unitId({ collection, key, parent }: MergeUnit): string {
  return JSON.stringify([collection, key ?? null, parent])
}

/** Files that changed, by unit; `undefined` holds those that are no records. */
export interface UnitChanges {
  readonly unit: MergeUnit
  readonly changes: PathChange[]
}

export function groupByUnit(
  unitOf: UnitOf,
  changes: Iterable<PathChange>,
): { readonly units: ReadonlyMap<string, UnitChanges>; readonly others: readonly PathChange[] } {
  const units = new Map<string, UnitChanges>()
  const others: PathChange[] = []
  for (const change of changes) {
    const unit = unitOf(change.path)
    if (!unit) {
      others.push(change)
      continue
    }
    const id = unitId(unit)
    const known = units.get(id)
    if (known) known.changes.push(change)
    else units.set(id, { unit, changes: [change] })
  }
  return { units, others }
}
