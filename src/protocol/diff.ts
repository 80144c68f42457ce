import type { HandleId, Reply } from './engine.ts'
import type { Issue } from './issues.ts'
import type { Json, RecordAddress, RecordValue, Revision } from './records.ts'
import type { CollectionDefinition, Column } from './schema.ts'

/**
 * What differs in one record between two sides. `before` is absent where the record was not there, `after` where it is
 * not any more; a record that cannot be read on a side has a problem instead of a value there.
 */
export interface RecordDiff extends RecordAddress {
  /** The key after the change; before it for a removed record. */
  readonly key: string
  /** `moved`: the same content under another key of the collection; `from` and `to` say where. */
  readonly kind: 'added' | 'removed' | 'modified' | 'moved'
  readonly before?: RecordValue
  readonly after?: RecordValue
  /** The fields that a modified record has otherwise; none for the other kinds, where the values say all. */
  readonly fields: readonly FieldDiff[]
  /** Of a moved record: where it was. */
  readonly from?: RecordPlace
  /** Of a moved record: where it is. */
  readonly to?: RecordPlace
  /** Why a side has no value although the record is there. */
  readonly problems?: readonly DiffProblem[]
  /** The steps from `before` to `after` as RFC 6902 has them, when they were asked for; only of modified records. */
  readonly patch?: readonly JsonPatchStep[]
}

/**
 * A field, or a part of one: maps are compared field by field, lists as a whole. A field that is not there is absent,
 * which is not null.
 */
export interface FieldDiff {
  /** Names from the outermost field to the innermost. */
  readonly path: readonly string[]
  readonly before?: Json
  readonly after?: Json
}

/** Where a moved record lies. */
export interface RecordPlace {
  readonly key: string
  /** From the database root; absent for a working change, which has no file yet. */
  readonly file?: string
}

/** What cannot be read of a file that differs. */
export interface DiffProblem extends Issue {
  readonly side: 'before' | 'after'
}

/** One operation of a JSON Patch (RFC 6902). */
export type JsonPatchStep =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: Json }
  | { readonly op: 'remove'; readonly path: string }

/** Numbers of a diff, as Dolt names them. A row is a record that can be read, a cell one of its fields. */
export interface DiffCounts {
  readonly rowsUnmodified: number
  readonly rowsAdded: number
  readonly rowsDeleted: number
  /** Moved rows count as well. */
  readonly rowsModified: number
  readonly cellsAdded: number
  readonly cellsDeleted: number
  readonly cellsModified: number
  readonly oldRowCount: number
  readonly newRowCount: number
  readonly oldCellCount: number
  readonly newCellCount: number
}

/** The numbers of a diff, and of each collection in which records differ. */
export interface DiffStat extends DiffCounts {
  readonly collections: readonly (DiffCounts & { readonly collection: string })[]
}

/** How the definition of one collection differs. */
export interface CollectionDiff {
  readonly collection: string
  readonly kind: 'added' | 'removed' | 'modified'
  readonly before?: CollectionDefinition
  readonly after?: CollectionDefinition
  readonly columns: readonly ColumnDiff[]
  /** Other parts of the definition that differ, by their names in {@link CollectionDefinition}. */
  readonly properties: readonly string[]
}

/** How one column differs. */
export interface ColumnDiff {
  readonly name: string
  readonly kind: 'added' | 'removed' | 'modified'
  readonly before?: Column
  readonly after?: Column
}

/** How the definitions differ, by collection id. */
export interface SchemaDiff {
  readonly collections: readonly CollectionDiff[]
}

/** What a file holds: text, or bytes that are no UTF-8 text. */
export type FileValue = string | { readonly base64: string }

/** What differs in a file that holds no records: a definition, settings, any other one. Absent: there is no file. */
export interface FileDiff {
  /** The path, from the database root. */
  readonly file: string
  readonly before?: FileValue
  readonly after?: FileValue
}

/** Which differences are wanted. */
export interface DiffOptions {
  /** `merge-base`: what `to` changed since it left `from`; three dots in git. */
  readonly base?: 'merge-base'
  /** Only records of these collections. */
  readonly collections?: readonly string[]
  /** Only records with these keys, before or after. */
  readonly keys?: readonly string[]
  /** Only changes of these fields; `address.city` means a part of one. */
  readonly fields?: readonly string[]
  /** At most so many records. */
  readonly limit?: number
  /** Adds {@link RecordDiff.patch}. */
  readonly patch?: boolean
}

/** Two sides, and what of them is wanted. */
export interface DiffRequest extends DiffOptions {
  /** Default: the commit of the handle. `a..b` and `a...b` name both sides. */
  readonly from?: Revision
  /** Default: the handle as it is now, with its working changes. */
  readonly to?: Revision
}

/** Some of a diff's records, in order of collection and key. */
export interface DiffPage {
  readonly records: readonly RecordDiff[]
  /** For the next page; null when this is the last one. */
  readonly next: number | null
}

/** The sides that were compared. */
export interface DiffSides {
  /** The commit before. With `merge-base` that of the merge base. */
  readonly from: string
  /** The commit after; below the working changes when these are compared. */
  readonly to: string
  readonly withWorkingChanges: boolean
}

/** The calls about differences. */
export interface DiffCalls {
  diff(handle: HandleId, request: DiffRequest): Promise<Reply<DiffPage>>
  /** The next page. Throws `engine/closed` when the diff has ended. */
  diffNext(handle: HandleId, next: number): Promise<Reply<DiffPage>>
  /** Nobody wants the rest. */
  diffEnd(handle: HandleId, next: number): Promise<Reply<void>>
  diffStat(handle: HandleId, request: DiffRequest): Promise<Reply<DiffStat>>
  diffFiles(handle: HandleId, request: DiffRequest): Promise<Reply<readonly FileDiff[]>>
  diffSchema(handle: HandleId, request: DiffRequest): Promise<Reply<SchemaDiff>>
  /** What cannot be read of the files that differ, in files of one record and of many. */
  diffProblems(handle: HandleId, request: DiffRequest): Promise<Reply<readonly DiffProblem[]>>
  diffSides(handle: HandleId, request: DiffRequest): Promise<Reply<DiffSides>>
}
