import type { RecordStatus, Row } from './records.ts'
import type { WriteOptions } from './validation.ts'
import type { KeyedRecord, NewRecord, WriteOperation } from './writes.ts'

/**
 * A write of many rows. The rows cross the worker boundary before it, as JSON text in parts: for ten thousand rows
 * structured clone takes three times as long (76 against 28 ms, measured in Chromium), and the engine reads one part
 * while the page makes the text of the next.
 */
export interface BulkWrite {
  readonly kind: BulkKind
  readonly collection: string
  /** The number that its parts came with. */
  readonly bulk: number
  readonly parent?: string
  readonly options?: WriteOptions
}

/** How many levels of lists and maps the rows of a part have at most: their list, each row and its value are three. */
export const bulkLevels = 8

export type BulkKind = Extract<WriteOperation, { readonly rows: unknown }>['kind']

/** What became of the rows of a {@link BulkWrite}: what the page does not know already. */
export interface BulkWritten {
  /** The revisions of the rows in their order, {@link revisionLength} characters each: one text crosses faster than many. */
  readonly revisions: string
  /** The `$status` of the rows. */
  readonly status: RecordStatus | undefined
  /** Rows that are not just what was sent with these (other fields or keys, another status), by their place. */
  readonly others: readonly (readonly [index: number, row: Row])[]
}

const revisionLength = 16

/** Some rows of a bulk write, as they cross the worker boundary and as the journal keeps them. */
export interface BulkPart {
  readonly collection: string
  readonly rows: BulkRows
}

/** The rows of a bulk write, with `ifMatch` as in {@link WriteOperation}. */
export type BulkRows = readonly (NewRecord & Partial<KeyedRecord>)[]

/** The rows that an answer describes. */
export function rebuildWritten(sent: BulkRows, { revisions, status, others }: BulkWritten): readonly Row[] {
  const rows = sent.map(({ key, value }, index): Row => {
    const start = index * revisionLength
    const row: { $id: string; $rev: string; $status?: RecordStatus } = {
      ...value,
      $id: key ?? '', // one without a key is among the others
      $rev: revisions.slice(start, start + revisionLength),
    }
    if (status !== undefined) row.$status = status
    return row as Row // the fields are those of a record
  })
  for (const [index, row] of others) rows[index] = row
  return rows
}
