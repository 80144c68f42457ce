import type { RecordStatus, RecordValue, Row } from '../../src/protocol/records.ts'
import { revisionOf } from './revision.ts'

/** What a row of a table shows besides the record's key and fields. */
export interface LazyRowExtras {
  /** The parent's key, of a record of a subcollection. */
  readonly parent?: string | undefined
  /** Undefined for a clean record. */
  readonly status?: RecordStatus | undefined
}

/**
 * A row whose `$rev` is computed when somebody reads it: hashing every record costs ten times as much as making its
 * row, and few rows of a table leave it. The fields are own properties; `$rev` comes from the prototype, so that
 * neither a spread nor a structured clone has it: {@link wholeRow} makes what may leave.
 *
 * Undefined when the record has fields with names of the library, which the revision could not be told from any more.
 */
export function lazyRow(
  key: string,
  value: RecordValue,
  { parent, status }: LazyRowExtras = {},
): Row | undefined {
  if (libraryNames.some((name) => Object.hasOwn(value, name))) return undefined
  // `__proto__:` in a literal sets the prototype; a field of that name, which the spread defines, stays a field.
  const row = { __proto__: lazyRevision, ...value, $id: key } as unknown as Row & {
    // `$rev` is the prototype's
    $parent?: string
    $status?: RecordStatus
  }
  if (parent !== undefined) row.$parent = parent
  if (status !== undefined) row.$status = status
  return row
}

/** A row with its own `$rev`, as it leaves the engine: a copy, since the table's may be read by others. */
export function wholeRow(row: Row): Row {
  return { ...row, $rev: row.$rev }
}

const libraryNames = ['$id', '$rev', '$parent', '$status'] as const

const lazyRevision = {
  get $rev(): string {
    const { $id: _id, $parent: _parent, $status: _status, ...value } = this as unknown as Row // a row's prototype
    return revisionOf(value)
  },
}
