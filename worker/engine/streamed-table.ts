import type { RecordValue, Row } from '../../src/protocol/records.ts'
import type { QueryRead } from '../records/run-query.ts'
import { createTable, type Table } from '../records/table.ts'
import type { CollectionSnapshot } from './collection-snapshot.ts'
import type { CommitSnapshot } from './commit-snapshot.ts'
import { readRecord } from './read-record.ts'
import { statusOf, type RecordView } from './read-records.ts'
import { tableRowMaker } from './table-rows.ts'

/** Makes the table of what was read, as it is at that moment. Undefined when the branch moved meanwhile: read again. */
export type StreamedRows = () => Table | undefined

type Batches = AsyncIterable<Iterable<readonly [key: string, value: RecordValue]>>

/**
 * A table of those rows of a collection that a query can use, for collections that are larger than the memory that
 * they may take: their records pass by in batches, and only the rows that match stay, for this query alone. Of a
 * query that names keys only these are read; one that asks for keys only reads no files at all.
 */
export async function streamTable(view: () => RecordView, read: QueryRead): Promise<StreamedRows> {
  const { source, matches, first } = read
  const { collection: id } = source
  const { snapshot, changes } = view()
  const collection = await snapshot.collection(id)
  const makeRow = tableRowMaker(collection.definition, snapshot)
  // Those with working changes are left out later.
  const count = first && first.count + changes.of(id).size
  let rows: Row[] = []
  let isCut = false
  const cut = (): void => {
    if (!first || count === undefined || rows.length <= count) return
    rows = rows.sort(first.compare).slice(0, count)
    isCut = true
  }
  for await (const pairs of await passing(snapshot, collection, read)) {
    for (const [key, value] of pairs) {
      const row = makeRow(key, value, undefined)
      if (!matches || matches(row)) rows.push(row)
    }
    cut()
  }
  return () => {
    const { snapshot: now, changes } = view()
    if (now !== snapshot) return undefined
    const left = rows.filter(({ $id }) => !changes.get(id, $id))
    if (isCut && first && left.length < first.count) return undefined
    for (const [key, change] of changes.of(id)) {
      const row = change.after && makeRow(key, change.after, statusOf(change))
      if (row && (!matches || matches(row))) left.push(row)
    }
    return createTable(left)
  }
}

const noFields: RecordValue = {}

/** The records that may matter to a query. */
async function passing(
  snapshot: CommitSnapshot,
  collection: CollectionSnapshot,
  { source: { collection: id, parent }, matches, keys, columns }: QueryRead,
): Promise<Batches> {
  if (matches && keys) return one(await recordsOf(snapshot, id, [...new Set(keys)]))
  const isKeysOnly = columns !== 'all' && [...columns].every((name) => name === '$id')
  const all = isKeysOnly ? await collection.largeKeys?.() : undefined
  if (all) return one(all.map((key) => [key, noFields]))
  if (parent !== undefined) return one((await collection.load(parent.normalize('NFC'))).records.entries())
  return collection.batches?.() ?? one((await collection.load()).records.entries())
}

async function* one(records: Iterable<readonly [string, RecordValue]>): Batches {
  yield records
}

/** Records by key, without those that are not there or cannot be read. */
async function recordsOf(
  snapshot: CommitSnapshot,
  id: string,
  keys: readonly string[],
): Promise<readonly (readonly [string, RecordValue])[]> {
  const collection = await snapshot.collection(id)
  const values = await collection
    .values(keys)
    // One that cannot be read, or cannot be a key, must not take the others with it.
    .catch(() => Promise.all(keys.map((key) => readRecord(snapshot, id, key))))
  return keys.flatMap((key, n) => {
    const value = values[n]
    return value ? [[key, value] as const] : []
  })
}
