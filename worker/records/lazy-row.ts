import type { RecordStatus, RecordValue, Row } from '../../src/protocol/records.ts'

/** What a row of a table shows besides the record's key and fields. */
export interface LazyRowExtras {
  /** The parent's key, of a record of a subcollection. */
  readonly parent?: string | undefined
  /** Undefined for a clean record. */
  readonly status?: RecordStatus | undefined
}

/**
 * A row without its `$rev`: hashing every record costs ten times as much as making its row, and few rows of a table
 * leave it. Whoever needs the revision asks `rowRevision`; `toResultRow` gives it to a row that leaves.
 *
 * Undefined when the record has fields with names of the library, which the revision could not be told from any more.
 */
export function lazyRow(
  key: string,
  value: RecordValue,
  { parent, status }: LazyRowExtras = {},
): Row | undefined {
  // Not `Object.hasOwn`: this runs for every record, and no prototype has these.
  if ('$id' in value || '$rev' in value || '$parent' in value || '$status' in value) return undefined
  const row = { ...value, $id: key } as unknown as Row & {
    // `$rev` is made when it is asked for
    $parent?: string
    $status?: RecordStatus
  }
  if (parent !== undefined) row.$parent = parent
  if (status !== undefined) row.$status = status
  return row
}
