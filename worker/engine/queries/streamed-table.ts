import type { Json, RecordValue, Row } from '../../../src/protocol/records.ts'
import { lookupTable, noLookups, type Lookups } from '../../records/lookup-table.ts'
import type { Gathered } from '../../records/query-context.ts'
import { setField } from '../../records/result-row.ts'
import type { FirstRows, QueryRead } from '../../records/run-query.ts'
import { createTable, type Table } from '../../records/table.ts'
import type { CollectionSnapshot } from '../snapshots/collection-snapshot.ts'
import type { CommitSnapshot } from '../snapshots/commit-snapshot.ts'
import { readRecord } from '../snapshots/read-record.ts'
import { statusOf, type RecordView } from './read-records.ts'
import { tableRowMaker } from './table-rows.ts'
import type { Change } from '../branches/working-changes.ts'

/** Makes what was read, as it is at that moment. Undefined when the branch moved meanwhile: read again. */
export type StreamedRows = () => Streamed | undefined

/** What passed by, for one query. */
export interface Streamed {
  readonly table: Table
  /** How many rows it holds: a table of looked up rows would read all to tell. */
  readonly held: number
  /** What the rows were gathered into, none of which the table holds then. */
  readonly gathered?: Gathered
  /** Reads the rows that a run of the query looked up and did not find; undefined when it found all. */
  more?(): Promise<StreamedRows> | undefined
}

type Batches = AsyncIterable<Iterable<readonly [key: string, value: RecordValue]>>

/**
 * A table of those rows of a collection that a query can use, for collections that are larger than the memory that
 * they may take: their records pass by in batches, and only the rows that match stay, for this query alone. Of a
 * query that names keys only these are read; one that asks for keys only reads no files at all; groups take the rows
 * as they pass; and where rows are looked up, those stay that a run of the query has asked for.
 *
 * `isAgain`: the branch changed while it was read.
 */
export async function streamTable(
  view: () => RecordView,
  read: QueryRead,
  isAgain: boolean,
): Promise<StreamedRows> {
  if (read.isLookedUp && !read.keys && read.source.parent === undefined)
    return lookUp(view, read, noLookups())
  return streamRows(view, isAgain ? { ...read, gather: undefined } : read)
}

/** So many rows more than are wanted are kept: edits may take some of them away while others are read. */
const spareRows = 64

async function streamRows(view: () => RecordView, read: QueryRead): Promise<StreamedRows> {
  const reading = await beginReading(view, read)
  const { begun, spare, take, end } = reading
  const gathered = read.gather?.()
  const rows = createKeptRows(read.first, spare)
  await take(await passing(reading, read), (row) => {
    if (!gathered) rows.add(partOf(row, read.columns))
    // What has changed is added at the end.
    else if (!begun.has(row.$id)) gathered.add(row)
  })
  return () => {
    const changed = reading.changed()
    if (gathered && !(changed.size === begun.size && [...changed.keys()].every((key) => begun.has(key))))
      return undefined
    const left = end(rows.all(), rows.isCut())
    if (!gathered || !left) return left && { table: createTable(left), held: left.length }
    for (const row of left) gathered.add(row)
    return { table: createTable([]), held: 0, gathered }
  }
}

/** The rows that lookups have asked for so far, and a table that notes those that are asked for beside them. */
async function lookUp(view: () => RecordView, read: QueryRead, wanted: Lookups): Promise<StreamedRows> {
  if (wanted.isAll) return streamRows(view, { ...read, first: undefined })
  const reading = await beginReading(view, read)
  const { collection, spare, take, end } = reading
  const found = new Map<string, Row>()
  const buckets = new Map<unknown, KeptRows>()
  await take(recordsOf(reading, wanted.keys), (row) => found.set(row.$id, row))
  if (wanted.fields.size > 0)
    await take(collection.batches(), (row) => {
      for (const name of wanted.placesOf(row)) {
        const bucket = buckets.get(name) ?? createKeptRows(read.first, spare)
        bucket.add(row)
        buckets.set(name, bucket)
      }
    })
  const isCut = [...buckets.values()].some((bucket) => bucket.isCut())
  for (const bucket of buckets.values()) for (const row of bucket.all()) found.set(row.$id, row)
  return () => {
    const rows = end([...found.values()], isCut)
    if (!rows) return undefined
    const missing = wanted.copy()
    return {
      held: rows.length,
      table: lookupTable(createTable(rows), wanted, missing),
      more: () => (missing.size() > wanted.size() ? lookUp(view, read, missing) : undefined),
    }
  }
}

/** A collection from the moment when it begins to be read. */
interface Reading {
  readonly snapshot: CommitSnapshot
  readonly collection: CollectionSnapshot
  /** The keys with working changes then. */
  readonly begun: ReadonlySet<string>
  /** So many rows may be taken away by edits before it must be read again. */
  readonly spare: number
  changed(): ReadonlyMap<string, Change>
  /** Hands out the committed rows that match, and lets the files go. */
  take(batches: Batches, add: (row: Row) => void): Promise<void>
  /** The rows as they are now, of those that were kept; undefined when they must be read again. */
  end(kept: readonly Row[], isCut: boolean): Row[] | undefined
}

async function beginReading(view: () => RecordView, { source, matches }: QueryRead): Promise<Reading> {
  const { collection: id } = source
  const { snapshot, changes } = view()
  const collection = await snapshot.collection(id)
  const makeRow = tableRowMaker(collection.definition, snapshot)
  const begun = new Set(changes.of(id).keys())
  const spare = begun.size + spareRows
  const changed = (): ReadonlyMap<string, Change> => view().changes.of(id)
  return {
    snapshot,
    collection,
    begun,
    spare,
    changed,
    take: async (batches, add) => {
      for await (const pairs of batches)
        for (const [key, value] of pairs) {
          const row = makeRow(key, value, undefined)
          if (!matches || matches(row)) add(row)
        }
      // Single records of a shared file have brought in all of it.
      collection.release()
    },
    end: (kept, isCut) => {
      const now = changed()
      if (view().snapshot !== snapshot || (isCut && now.size > spare)) return undefined
      const rows = kept.filter(({ $id }) => !now.has($id))
      for (const [key, change] of now) {
        const row = change.after && makeRow(key, change.after, statusOf(change))
        if (row && (!matches || matches(row))) rows.push(row)
      }
      return rows
    },
  }
}

/** Rows that pass; those that cannot matter go from time to time. */
interface KeptRows {
  add(row: Row): void
  all(): readonly Row[]
  isCut(): boolean
}

function createKeptRows(first: FirstRows | undefined, spare: number): KeptRows {
  const most = first === undefined ? Infinity : first.count + spare
  let rows: Row[] = []
  let isCut = false
  return {
    add: (row) => {
      if (first?.isBehind?.(row) === false) return
      rows.push(row)
      if (!first || rows.length < 2 * most) return
      rows = rows.sort(first.compare).slice(0, most)
      isCut = true
    },
    all: () => rows,
    isCut: () => isCut,
  }
}

/** The columns of a row that a query reads. */
function partOf(row: Row, columns: QueryRead['columns']): Row {
  if (columns === 'all') return row
  const part: { [name: string]: Json } = {}
  for (const name of columns) {
    const value = row[name]
    if (Object.hasOwn(row, name) && value !== undefined) setField(part, name, value)
  }
  return { ...part, $id: row.$id } as Row // the others are not read
}

const noFields: RecordValue = {}

/** The records that may matter to a query. */
async function passing(
  reading: Reading,
  { source: { parent }, matches, keys, columns }: QueryRead,
): Promise<Batches> {
  const { collection } = reading
  if (matches && keys) return recordsOf(reading, new Set(keys))
  const isKeysOnly = columns !== 'all' && [...columns].every((name) => name === '$id')
  const all = isKeysOnly ? await collection.largeKeys() : undefined
  if (all) return one(all.map((key) => [key, noFields]))
  if (parent !== undefined) return one((await collection.load(parent)).records.entries())
  return collection.batches()
}

async function* one(records: Iterable<readonly [string, RecordValue]>): Batches {
  yield records
}

const batchKeys = 4096

/** Records by key, some at a time, without those that are not there or cannot be read. */
async function* recordsOf({ snapshot, collection }: Reading, wanted: ReadonlySet<string>): Batches {
  const all = [...wanted]
  for (let at = 0; at < all.length; at += batchKeys) {
    const keys = all.slice(at, at + batchKeys)
    const values = await collection
      .values(keys)
      // One that cannot be read, or cannot be a key, must not take the others with it.
      .catch(() => Promise.all(keys.map((key) => readRecord(snapshot, collection.definition.id, key))))
    yield keys.flatMap((key, n) => {
      const value = values[n]
      return value ? [[key, value] as const] : []
    })
  }
}
