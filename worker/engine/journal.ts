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

/** Reads a stored entry back. Throws `storage/corrupt`. */
export function parseJournalEntry(row: LogRow): JournalEntry {
  const entry = row.entry as Partial<JournalEntry> | null // checked below
  if (!entry || typeof entry.base !== 'string' || !isOid(entry.base) || !Array.isArray(entry.edits)) {
    throw new EspalierError(
      'storage/corrupt',
      `Entry ${row.seq} of the journal of ${row.scope} is damaged.`,
      {
        data: { scope: row.scope, seq: row.seq },
      },
    )
  }
  return { base: entry.base, edits: entry.edits }
}
