import { EspalierError } from '../../src/protocol/errors.ts'
import type { BulkPart } from '../../src/protocol/bulk-write.ts'
import type { RecordAddress, RecordValue } from '../../src/protocol/records.ts'
import { isOid, type Oid } from '../git/oid.ts'
import type { LogRow } from '../storage/storage.ts'

/**
 * The write-ahead journal of working changes. One entry is one acknowledged call: its edits, in values, and the
 * commit that they were made on. The branch's full ref name is the journal's scope. A call of many edits is several
 * stored entries, which come and go together.
 */
export interface JournalEntry {
  readonly base: Oid
  readonly edits: readonly Edit[]
}

/** An entry as it is read back. */
export interface ReadEntry extends JournalEntry {
  /** Whether it belongs to the call of the entry before it. */
  readonly continues: boolean
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
  /** See {@link ReadEntry.continues}. */
  readonly continues?: boolean
}

/** Edits, or the new records of one collection as they came. */
type StoredEdits = readonly Edit[] | BulkPart

/** Records that were written, with the JSON that they came as: {@link BulkPart}s, as UTF-8. */
export interface BulkText extends BulkPart {
  readonly texts: readonly Uint8Array[]
}

/** From this many edits on an entry holds text: cloning ten thousand objects takes several times as long. */
const manyEdits = 64

/** What has more goes on in another entry: browsers take several of 100 kB faster than one of megabytes. */
const maxEdits = 256

/** An entry as storage keeps it: all of these, in one batch. `bulk`: what the edits were made of, which saves making text of them again. */
export function storedEntries({ base, edits }: JournalEntry, bulk?: BulkText): readonly StoredEntry[] {
  if (edits.length < manyEdits) return [{ base, edits }]
  const texts = bulk && isInsertOf(bulk, edits) ? bulk.texts : textsOf(edits)
  return texts.map((text, index) => ({ base, edits: text, ...(index > 0 && { continues: true }) }))
}

function textsOf(edits: readonly Edit[]): readonly Uint8Array[] {
  const texts: Uint8Array[] = []
  for (let at = 0; at < edits.length; at += maxEdits)
    texts.push(encode(JSON.stringify(edits.slice(at, at + maxEdits))))
  return texts
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** Whether edits do nothing but add these records. */
function isInsertOf({ collection: id, rows }: BulkPart, edits: readonly Edit[]): boolean {
  return (
    edits.length === rows.length &&
    edits.every(({ collection, key, before, after }, index) => {
      const row = rows[index]
      return collection === id && before === null && row?.value === after && row.key === key
    })
  )
}

/** Reads a stored entry back. Throws `storage/corrupt`. */
export function parseJournalEntry(row: LogRow): ReadEntry {
  const entry = row.entry as Partial<StoredEntry> | null // checked below
  if (entry && typeof entry.base === 'string' && isOid(entry.base)) {
    const edits = entry.edits instanceof Uint8Array ? parseEdits(entry.edits) : entry.edits
    if (Array.isArray(edits)) return { base: entry.base, edits, continues: entry.continues === true }
  }
  throw new EspalierError('storage/corrupt', `Entry ${row.seq} of the journal of ${row.scope} is damaged.`, {
    data: { scope: row.scope, seq: row.seq },
  })
}

function parseEdits(bytes: Uint8Array): readonly Edit[] | undefined {
  try {
    const stored = JSON.parse(new TextDecoder().decode(bytes)) as StoredEdits // storedEntries wrote it
    if (!('rows' in stored)) return stored
    const { collection, rows } = stored
    return rows.map(({ key = '', value }) => ({ collection, key, before: null, after: value })) // they have keys
  } catch {
    return undefined
  }
}
