import { EspalierError } from '../../src/protocol/errors.ts'
import type { RecordAddress, RecordValue } from '../../src/protocol/records.ts'
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
  /** The edits, or their JSON as UTF-8. */
  readonly edits: readonly Edit[] | Uint8Array
}

/** From this many edits on an entry holds text: cloning ten thousand objects takes several times as long. */
const manyEdits = 64

/** An entry as storage keeps it. */
export function storedEntry({ base, edits }: JournalEntry): StoredEntry {
  if (edits.length < manyEdits) return { base, edits }
  return { base, edits: new TextEncoder().encode(JSON.stringify(edits)) }
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

function parseEdits(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}
