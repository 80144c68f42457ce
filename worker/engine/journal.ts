import { EspalierError } from '../../src/protocol/errors.ts'
import type { BulkRows } from '../../src/protocol/bulk-write.ts'
import type { RecordAddress, RecordValue } from '../../src/protocol/records.ts'
import { concatBytes } from '../git/object-text.ts'
import { isOid, type Oid } from '../git/oid.ts'
import type { LogRow } from '../storage/storage.ts'

/**
 * The write-ahead journal of working changes. One entry is one acknowledged call: its edits, in values, and the
 * commit that they were made on. The branch's full ref name is the journal's scope.
 */
export interface JournalEntry {
  readonly base: Oid
  readonly edits: readonly Edit[]
}

/** One record's value before and after; null where there is no record. */
export interface Edit extends RecordAddress {
  readonly before: RecordValue | null
  readonly after: RecordValue | null
}

/** An entry as it is stored. */
interface StoredEntry {
  readonly base: Oid
  /** The edits; of many of them the JSON of a {@link StoredEdits}, as UTF-8. */
  readonly edits: readonly Edit[] | Uint8Array
}

/** Edits, or the new records of one collection as they came. */
type StoredEdits = readonly Edit[] | BulkRecords

interface BulkRecords {
  readonly collection: string
  readonly rows: BulkRows
}

/** Records that were written, with the JSON that they came as: lists of them, as UTF-8. */
export interface BulkText extends BulkRecords {
  readonly texts: readonly Uint8Array[]
  /** Whether nothing in them stands for what a record cannot hold (NUL, half of a surrogate pair). */
  readonly isClean?: boolean
}

/** From this many edits on an entry holds text: cloning ten thousand objects takes several times as long. */
const manyEdits = 64

/** An entry as storage keeps it. `bulk`: what the edits were made of, which saves making text of them again. */
export function storedEntry({ base, edits }: JournalEntry, bulk?: BulkText): StoredEntry {
  if (edits.length < manyEdits) return { base, edits }
  const stored = bulk && isInsertOf(bulk, edits) ? joinTexts(bulk) : encode(JSON.stringify(edits))
  return { base, edits: stored }
}

/** The JSON of {@link BulkRecords}, without making text of the records again. */
function joinTexts({ collection, texts }: BulkText): Uint8Array {
  const parts = [encode(`{"collection":${JSON.stringify(collection)},"rows":[`)]
  for (const text of texts) {
    if (parts.length > 1) parts.push(encode(','))
    parts.push(text.subarray(1, -1)) // without the brackets of its list
  }
  return concatBytes([...parts, encode(']}')])
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** Whether edits do nothing but add these records. */
function isInsertOf({ collection: id, rows }: BulkRecords, edits: readonly Edit[]): boolean {
  return (
    edits.length === rows.length &&
    edits.every(({ collection, key, before, after }, index) => {
      const row = rows[index]
      return collection === id && before === null && row?.value === after && row.key === key
    })
  )
}

/** Reads a stored entry back. Throws `storage/corrupt`. */
export function parseJournalEntry(row: LogRow): JournalEntry {
  const entry = row.entry as Partial<StoredEntry> | null // checked below
  if (entry && typeof entry.base === 'string' && isOid(entry.base)) {
    const edits = entry.edits instanceof Uint8Array ? parseEdits(entry.edits) : entry.edits
    if (Array.isArray(edits)) return { base: entry.base, edits }
  }
  throw new EspalierError('storage/corrupt', `Entry ${row.seq} of the journal of ${row.scope} is damaged.`, {
    data: { scope: row.scope, seq: row.seq },
  })
}

function parseEdits(bytes: Uint8Array): readonly Edit[] | undefined {
  try {
    const stored = JSON.parse(new TextDecoder().decode(bytes)) as StoredEdits // storedEntry wrote it
    if (!('rows' in stored)) return stored
    const { collection, rows } = stored
    return rows.map(({ key = '', value }) => ({ collection, key, before: null, after: value })) // they have keys
  } catch {
    return undefined
  }
}
