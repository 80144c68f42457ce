import type { RecordValue } from '../../../src/protocol/records.ts'
import type { Column, CollectionDefinition, DatabaseSchema } from '../../../src/protocol/schema.ts'
import { splitKey } from '../../format/record-layout.ts'
import { referencesOf } from '../../format/validation/references.ts'
import type { CollectionSnapshot } from '../snapshots/collection-snapshot.ts'
import type { RecordMap } from '../../records/record-map.ts'

/** A column of some collection that refers to another. */
export interface ReferringColumn {
  readonly definition: CollectionDefinition
  readonly column: Column
}

const none: readonly ReferringColumn[] = []
const bySchema = new WeakMap<DatabaseSchema, ReadonlyMap<string, readonly ReferringColumn[]>>()

/** The columns that refer to a collection. What cannot be read refers to nothing. */
export function columnsThatReferTo(schema: DatabaseSchema, target: string): readonly ReferringColumn[] {
  let known = bySchema.get(schema)
  if (!known) {
    const columns = new Map<string, ReferringColumn[]>()
    for (const definition of schema.collections.values()) {
      if (!definition.readable.ok) continue
      for (const column of definition.columns) {
        if (column.references === undefined) continue
        const others = columns.get(column.references)
        if (others) others.push({ definition, column })
        else columns.set(column.references, [{ definition, column }])
      }
    }
    known = columns
    bySchema.set(schema, known)
  }
  return known.get(target) ?? none
}

/** The keys of records by what one of their columns names. */
export type ReferenceIndex = ReadonlyMap<string, readonly string[]>

/** Records that no commit changed keep their map, and so their index; those that stay on disk their collection. */
const indexes = new WeakMap<RecordMap | CollectionSnapshot, Map<string, ReferenceIndex>>()

/** The committed references of a column, found once for each version of its collection. */
export async function referenceIndex(
  collection: CollectionSnapshot,
  { definition, column }: ReferringColumn,
): Promise<ReferenceIndex> {
  const batches = (await collection.largeKeys()) && collection.batches()
  const { records } = batches ? { records: undefined } : await collection.load()
  const owner = records ?? collection
  const byColumn = indexes.get(owner) ?? new Map<string, ReferenceIndex>()
  indexes.set(owner, byColumn)
  const known = byColumn.get(column.name)
  if (known) return known
  const index = new Map<string, string[]>()
  for await (const pairs of batches ?? [records?.entries() ?? []]) {
    for (const [key, value] of pairs) {
      for (const text of textsOf({ definition, column }, key, value)) {
        const keys = index.get(text)
        if (keys) keys.push(key)
        else index.set(text, [key])
      }
    }
  }
  byColumn.set(column.name, index)
  return index
}

/** The keys that a record names in a column. */
export function textsOf(
  { definition, column }: ReferringColumn,
  key: string,
  value: RecordValue,
): ReadonlySet<string> {
  const own = column.name === '$ID' ? splitKey(definition, key).own : ''
  return new Set(referencesOf(column.name, own, value).map(({ text }) => text))
}
