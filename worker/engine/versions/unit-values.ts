import { isEspalierError } from '../../../src/protocol/errors.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import { isShared, splitKey } from '../../format/record-layout.ts'
import type { CollectionSnapshot } from '../collection-snapshot.ts'
import type { CommitSnapshot } from '../commit-snapshot.ts'
import type { UnitChanges } from './merge-units.ts'

/** The records of some units in one commit. */
export interface UnitValues {
  /** By key; those that are not there have none. */
  readonly values: UnitRecords
  readonly unreadable: ReadonlySet<UnitChanges>
}

/** The records that were read, and which unit each belongs to. */
export interface UnitRecords {
  get(key: string): RecordValue | undefined
  readonly byUnit: ReadonlyMap<UnitChanges, readonly string[]>
}

export function keysIn({ byUnit }: UnitRecords, unit: UnitChanges): readonly string[] {
  return byUnit.get(unit) ?? []
}

/** Reads units, and nothing else of their collection. A commit that does not have the collection has no records of it. */
export async function valuesIn(
  snapshot: CommitSnapshot | undefined,
  id: string,
  units: readonly UnitChanges[],
): Promise<UnitValues> {
  const found = new Map<string, RecordValue>()
  const byUnit = new Map<UnitChanges, readonly string[]>()
  const unreadable = new Set<UnitChanges>()
  const values: UnitRecords = { get: (key) => found.get(key), byUnit }
  const definition = snapshot?.schema.collections.get(id)
  if (!snapshot || !definition) return { values, unreadable }
  if (!definition.readable.ok) return { values, unreadable: new Set(units) }
  const collection = await snapshot.collection(id)

  const keyed = units.filter(({ unit }) => unit.key !== undefined)
  for (const unit of keyed) byUnit.set(unit, [unit.unit.key as string]) // they were chosen for having one
  await readKeyed(collection, keyed, found, unreadable)
  const groups = units.filter(({ unit }) => unit.key === undefined)
  for (const unit of groups) await readGroup(collection, unit, found, byUnit, unreadable)
  return { values, unreadable }
}

async function readKeyed(
  collection: CollectionSnapshot,
  units: readonly UnitChanges[],
  found: Map<string, RecordValue>,
  unreadable: Set<UnitChanges>,
): Promise<void> {
  const take = (key: string, value: RecordValue | undefined): void => {
    if (value) found.set(key, value)
  }
  const keys = units.map(({ unit }) => unit.key as string) // units of one record
  try {
    const records = await collection.current(keys)
    records.forEach(({ value }, index) => take(keys[index] as string, value))
    return
  } catch (error) {
    if (!isUnreadable(error)) throw error
  }
  // One of them cannot be read; the others can.
  for (const unit of units) {
    const key = unit.unit.key as string // as above
    try {
      take(key, await collection.get(key))
    } catch (error) {
      if (!isUnreadable(error)) throw error
      unreadable.add(unit)
    }
  }
}

/** All records of one parent: they share files. */
async function readGroup(
  collection: CollectionSnapshot,
  group: UnitChanges,
  found: Map<string, RecordValue>,
  byUnit: Map<UnitChanges, readonly string[]>,
  unreadable: Set<UnitChanges>,
): Promise<void> {
  const { parent } = group.unit
  const { definition } = collection
  try {
    const { records, problems } = await collection.load(parent)
    // What a file does not say is not deleted.
    if (problems.some(({ severity }) => severity === 'error')) {
      unreadable.add(group)
      return
    }
    const keys: string[] = []
    for (const [key, value] of records.entries()) {
      if (!isShared(definition) && splitKey(definition, key).parent !== parent) continue
      keys.push(key)
      found.set(key, value)
    }
    byUnit.set(group, keys)
  } catch (error) {
    if (!isUnreadable(error)) throw error
    unreadable.add(group)
  }
}

function isUnreadable(error: unknown): boolean {
  return isEspalierError(error) && /^(record|format)\//.test(error.code)
}
