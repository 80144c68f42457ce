import { EspalierError } from '../../../src/protocol/errors.ts'
import type { RecordAddress, RecordValue } from '../../../src/protocol/records.ts'
import type { FormulaLanguage } from '../../format/extras.ts'
import { revisionOf } from '../../records/revision.ts'
import { checkRecord } from '../../records/row.ts'
import type { CollectionSnapshot, FileContent } from '../snapshots/collection-snapshot.ts'
import type { Edit } from '../branches/journal.ts'

/** An edit that is ready for the journal, but for the record's file. */
export interface PlannedEdit {
  readonly edit: Edit
  /** The most bytes that a file of the new value may take. */
  readonly maxBytes?: number
  /** Whether the commit surely has no file of the record. */
  readonly isNew?: boolean
  /** The file's new content; absent for a delete, and where the commit can surely make it. */
  readonly file?: FileContent
}

/** What an edit is planned on. */
export interface EditView {
  /** What runs formulas, when something does. */
  readonly formulas: FormulaLanguage | undefined
  readonly collection: CollectionSnapshot
  /** Every record that can be read, in key order; only those of one parent when it is given (as it stands in keys). */
  records(parent?: string): Promise<Iterable<readonly [key: string, value: RecordValue]>>
  /** The key of a record that is not in the commit yet and that a file system may take for the same; see `twinKey`. */
  newTwin(twin: string): string | undefined
  /**
   * The record's working state: `value` as reads see it, `base` what an edit must name as its before. Undefined
   * when the record has no working change.
   */
  working(key: string): { readonly value: RecordValue | null; readonly base: RecordValue | null } | undefined
  /** Whether a collection has a record now. */
  hasRecord(collection: string, key: string): Promise<boolean>
  /** A record of a subcollection that lies below a record of this collection now. */
  childOf(key: string): Promise<RecordAddress | undefined>
}

/** A record as it is before an edit. */
export interface Current {
  /** As reads see it. */
  readonly value: RecordValue | null
  /** What an edit must name as its before. */
  readonly base: RecordValue | null
}

/** The records of these keys, in their order. Throws `format/bad-record`. */
export async function readCurrent(
  { collection, working }: EditView,
  keys: readonly string[],
): Promise<readonly Current[]> {
  const committed = await collection.values(keys)
  return keys.map((key, index) => {
    const value = committed[index] ?? null
    return working(key) ?? { value, base: value }
  })
}

/**
 * The edit that gives a record a value. `known`: the most bytes of its file, when the value is known to be fine.
 * `isNew`: see {@link PlannedEdit.isNew}. Throws `record/bad-value`.
 */
export function planValue(
  { collection: { definition } }: EditView,
  key: string,
  before: RecordValue | null,
  after: RecordValue,
  known?: number,
  isNew = false,
): PlannedEdit {
  const maxBytes = known ?? checkRecord(after, definition.id, key)
  return { edit: { collection: definition.id, key, before, after }, maxBytes, isNew }
}

/** Throws `record/changed` when a record is not as the caller last read it; `data.current` is its value now. */
export function checkRevision(
  view: EditView,
  key: string,
  value: RecordValue | null,
  ifMatch: string | undefined,
): void {
  if (ifMatch === undefined) return
  const actual = value === null ? null : revisionOf(value)
  if (actual === ifMatch) return
  const collection = view.collection.definition.id
  throw new EspalierError(
    'record/changed',
    `${collection}/${key} changed since it was read. Read it again and repeat the edit.`,
    {
      data: { collection, key, expected: ifMatch, actual, current: value },
    },
  )
}

/** What a write of a record that is not there fails with: `record/changed` where its caller knew a revision of it. */
export function recordGone(view: EditView, key: string, ifMatch: string | undefined): EspalierError {
  checkRevision(view, key, null, ifMatch)
  return recordMissing(view, key)
}

function recordMissing(view: EditView, key: string): EspalierError {
  const collection = view.collection.definition.id
  return new EspalierError(
    'record/missing',
    `${collection} has no record "${key}". Insert or restore it, or check the key.`,
    {
      data: { collection, key },
    },
  )
}
