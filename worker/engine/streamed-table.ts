import type { Row } from '../../src/protocol/records.ts'
import { createTable, type Table } from '../records/table.ts'
import { statusOf, type RecordView } from './read-records.ts'
import { tableRowMaker } from './table-rows.ts'

/**
 * A table of those rows of a collection that a query can use, for collections that are larger than the memory that
 * they may take: their records pass by in batches, and only the rows that match stay, for this query alone.
 * Undefined when the branch moved meanwhile: read again.
 */
export async function streamTable(
  view: () => RecordView,
  id: string,
  matches: ((row: Row) => boolean) | undefined,
): Promise<Table | undefined> {
  const { snapshot } = view()
  const collection = await snapshot.collection(id)
  const makeRow = tableRowMaker(collection.definition, snapshot.formulas)
  const rows: Row[] = []
  for await (const pairs of collection.batches?.() ?? [(await collection.load()).records.entries()]) {
    for (const [key, value] of pairs) {
      const row = makeRow(key, value, undefined)
      if (!matches || matches(row)) rows.push(row)
    }
  }
  const { snapshot: now, changes } = view()
  if (now !== snapshot) return undefined
  const left = rows.filter(({ $id }) => !changes.get(id, $id))
  for (const [key, change] of changes.of(id)) {
    const row = change.after && makeRow(key, change.after, statusOf(change))
    if (row && (!matches || matches(row))) left.push(row)
  }
  return createTable(left)
}
