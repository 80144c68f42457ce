import type { DiffCounts, DiffStat, RecordDiff } from '../../../src/protocol/diff.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import { equalValues } from '../../format/record-diff.ts'
import type { DiffBatch } from './diff-records.ts'
import type { Sides } from './diff-sides.ts'

type Counts = { -readonly [Name in keyof DiffCounts]: number }

/** Counts a whole diff. The records of collections in which something differs are read, on the later side. */
export async function countDiff(sides: Sides, batches: AsyncIterable<DiffBatch>): Promise<DiffStat> {
  const byCollection = new Map<string, Counts>()
  for await (const { collection, records } of batches) {
    if (records.length === 0) continue
    let counts = byCollection.get(collection.id)
    if (!counts) byCollection.set(collection.id, (counts = await countNow(sides, collection.id)))
    for (const record of records) countRecord(counts, record)
  }
  const total = noCounts()
  for (const counts of byCollection.values())
    for (const name of Object.keys(total) as (keyof Counts)[]) total[name] += counts[name] // its own names
  return {
    ...total,
    collections: [...byCollection].map(([collection, counts]) => ({ collection, ...counts })),
  }
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

/** As if nothing differed: all that the later side holds. */
async function countNow({ to, changes }: Sides, id: string): Promise<Counts> {
  let rows = 0
  let cells = 0
  const own = changes?.get(id)
  const add = (value: RecordValue | null): void => {
    if (!value) return
    rows++
    cells += Object.keys(value).length
  }
  const definition = to.schema.collections.get(id)
  if (definition?.readable.ok) {
    const collection = await to.collection(id)
    const loaded = collection.loaded()
    const all = loaded ? [loaded.records.entries()] : collection.batches()
    for await (const batch of all) for (const [key, value] of batch) if (!own?.has(key)) add(value)
  }
  for (const { after } of own?.values() ?? []) add(after)
  return {
    ...noCounts(),
    rowsUnmodified: rows,
    oldRowCount: rows,
    newRowCount: rows,
    oldCellCount: cells,
    newCellCount: cells,
  }
}

/** A side without a value is no row: it cannot be read there, or is not there. */
function countRecord(counts: Counts, { before, after, kind }: RecordDiff): void {
  const old = Object.entries(before ?? {})
  const now = after ?? {}
  counts.oldRowCount += (before ? 1 : 0) - (after ? 1 : 0)
  counts.oldCellCount += old.length - Object.keys(now).length
  if (after) counts.rowsUnmodified--
  if (kind === 'added') counts.rowsAdded++
  else if (kind === 'removed') counts.rowsDeleted++
  else counts.rowsModified++
  let kept = 0
  for (const [name, value] of old) {
    if (!Object.hasOwn(now, name)) counts.cellsDeleted++
    else {
      kept++
      if (!equalValues(value, now[name])) counts.cellsModified++
    }
  }
  counts.cellsAdded += Object.keys(now).length - kept
}
