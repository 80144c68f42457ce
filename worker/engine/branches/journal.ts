import { EspalierError } from '../../../src/protocol/errors.ts'
import type { BulkPart } from '../../../src/protocol/bulk-write.ts'
import type { RecordAddress, RecordValue } from '../../../src/protocol/records.ts'
import { isOid, type Oid } from '../../git/objects/oid.ts'
import type { LogRow } from '../../storage/storage.ts'

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
  /** The edits; of many of them the JSON of {@link StoredEdits}, as UTF-8: in parts, or (earlier) in one. */
  readonly edits: readonly Edit[] | readonly Uint8Array[] | Uint8Array
}

/** Edits, or the new records of one collection as they came. */
type StoredEdits = readonly Edit[] | BulkPart

/** Records that were written, with the JSON that they came as: {@link BulkPart}s, as UTF-8. */
export interface BulkText extends BulkPart {
  readonly texts: readonly Uint8Array[]
}

/** From this many edits on an entry holds text: cloning ten thousand objects takes several times as long. */
const manyEdits = 64

/** An entry as storage keeps it. `bulk`: what the edits were made of, which saves making text of them again. */
export function storedEntry({ base, edits }: JournalEntry, bulk?: BulkText): StoredEntry {
  if (edits.length < manyEdits) return { base, edits }
  const isBulk = bulk && isInsertOf(bulk, edits)
  return { base, edits: isBulk ? bulk.texts : [encode(JSON.stringify(edits))] }
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
export function parseJournalEntry(row: LogRow): JournalEntry {
  const entry = row.entry as Partial<StoredEntry> | null // checked below
  if (entry && typeof entry.base === 'string' && isOid(entry.base)) {
    const edits = parseEdits(entry.edits)
    if (edits) return { base: entry.base, edits }
  }
  throw new EspalierError('storage/corrupt', `Entry ${row.seq} of the journal of ${row.scope} is damaged.`, {
    data: { scope: row.scope, seq: row.seq },
  })
}

function parseEdits(stored: StoredEntry['edits'] | undefined): readonly Edit[] | undefined {
  if (stored instanceof Uint8Array) return parseText(stored)
  if (!Array.isArray(stored) || !(stored[0] instanceof Uint8Array))
    return Array.isArray(stored) ? stored : undefined
  const parts = (stored as readonly Uint8Array[]).map(parseText)
  return parts.includes(undefined) ? undefined : parts.flatMap((edits = []) => edits)
}

function parseText(bytes: Uint8Array): readonly Edit[] | undefined {
  try {
    const stored = JSON.parse(new TextDecoder().decode(bytes)) as StoredEdits // storedEntry wrote it
    if (!('rows' in stored)) return Array.isArray(stored) ? stored : undefined
    const { collection, rows } = stored
    return rows.map(({ key = '', value }) => ({ collection, key, before: null, after: value })) // they have keys
  } catch {
    return undefined
  }
}
