import type { DiffCounts, DiffOptions, DiffStat, RecordDiff } from '../../../../src/protocol/diff.ts'
import type { RecordValue } from '../../../../src/protocol/records.ts'
import { createFieldFilter } from '../../../merge/field-diffs.ts'
import type { DiffBatch } from './diff-records.ts'
import type { Sides } from './diff-sides.ts'

type Counts = { -readonly [Name in keyof DiffCounts]: number }

/**
 * Counts a whole diff. The records of collections in which something differs are read, on the later side. Only what is
 * wanted counts: rows with these keys, cells of these fields.
 */
export async function countDiff(
  sides: Sides,
  batches: AsyncIterable<DiffBatch>,
  wanted: Pick<DiffOptions, 'keys' | 'fields'> = {},
): Promise<DiffStat> {
  const byCollection = new Map<string, Counter>()
  for await (const { collection, records } of batches) {
    if (records.length === 0) continue
    let counter = byCollection.get(collection.id)
    if (!counter) {
      counter = createCounter(wanted)
      await countNow(counter, sides, collection.id)
      byCollection.set(collection.id, counter)
    }
    for (const record of records) counter.differs(record)
  }
  const total = noCounts()
  for (const { counts } of byCollection.values())
    for (const name of Object.keys(total) as (keyof Counts)[]) total[name] += counts[name] // its own names
  return {
    ...total,
    collections: [...byCollection].map(([collection, { counts }]) => ({ collection, ...counts })),
  }
}

/** Counts one collection. */
interface Counter {
  readonly counts: DiffCounts
  /** A row of the later side, as if it did not differ. */
  has(key: string, value: RecordValue): void
  /** A record that differs, after all rows. */
  differs(record: RecordDiff): void
}

function noCounts(): Counts {
  return {
    rowsUnmodified: 0,
    rowsAdded: 0,
    rowsDeleted: 0,
    rowsModified: 0,
    cellsAdded: 0,
    cellsDeleted: 0,
    cellsModified: 0,
    oldRowCount: 0,
    newRowCount: 0,
    oldCellCount: 0,
    newCellCount: 0,
  }
}

/** All that the later side holds. */
async function countNow(counter: Counter, { to, changes }: Sides, id: string): Promise<void> {
  const own = changes?.get(id)
  const definition = to.schema.collections.get(id)
  if (definition?.readable.ok) {
    const collection = await to.collection(id)
    const loaded = collection.loaded()
    const all = loaded ? [loaded.records.entries()] : collection.batches()
    for await (const batch of all)
      for (const [key, value] of batch) if (value && !own?.has(key)) counter.has(key, value)
  }
  for (const [key, { after }] of own ?? []) if (after) counter.has(key, after)
}

function createCounter({ keys, fields: names }: Pick<DiffOptions, 'keys' | 'fields'>): Counter {
  const counts = noCounts()
  const wantedKeys = keys && new Set(keys.map((key) => key.normalize('NFC')))
  const filter = names && createFieldFilter(names)
  const isRow = (key: string, value: RecordValue): boolean =>
    (!wantedKeys || wantedKeys.has(key)) && (!filter || filter.isIn(value))
  const cellsIn = (value: RecordValue | undefined): number => {
    const cells = Object.keys(value ?? {})
    return filter ? filter.pick(cells.map((name) => ({ path: [name] }))).length : cells.length
  }
  const add = (value: RecordValue): void => {
    const cells = cellsIn(value)
    counts.rowsUnmodified++
    counts.oldRowCount++
    counts.newRowCount++
    counts.oldCellCount += cells
    counts.newCellCount += cells
  }
  return {
    counts,
    has: (key, value) => {
      if (isRow(key, value)) add(value)
    },
    // A side without a value is no row: it cannot be read there, or is not there.
    differs: ({ key, kind, before, after, fields }) => {
      // Wanted by the key that it had, or by a field that it has no more.
      if (after && !isRow(key, after)) add(after)
      const [old, now] = [cellsIn(before), cellsIn(after)]
      counts.oldRowCount += (before ? 1 : 0) - (after ? 1 : 0)
      counts.oldCellCount += old - now
      if (after) counts.rowsUnmodified--
      if (kind === 'added') counts.rowsAdded++
      else if (kind === 'removed') counts.rowsDeleted++
      else counts.rowsModified++
      if (!before || !after) {
        counts.cellsAdded += now
        counts.cellsDeleted += old
        return
      }
      // Maps are compared field by field, and are one cell.
      for (const name of new Set(fields.map(({ path }) => path[0] as string))) {
        if (!Object.hasOwn(before, name)) counts.cellsAdded++
        else if (!Object.hasOwn(after, name)) counts.cellsDeleted++
        else counts.cellsModified++
      }
    },
  }
}
