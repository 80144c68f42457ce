import type { FieldDiff } from './diff.ts'
import type { HandleId, Reply } from './engine.ts'
import type { Issue } from './issues.ts'
import type { CommitInfo } from './outcomes.ts'
import type { AtOptions, RecordValue, Revision } from './records.ts'

/** Which commits a log shows. */
export interface LogOptions {
  /** At most so many; 50 unless given. */
  readonly limit?: number
  /** Where it begins. */
  readonly at?: Revision
  /** Part of an author's name or e-mail address, in any case. */
  readonly author?: string
  /** Part of the message, in any case. */
  readonly text?: string
  /** Not before this time (of the committer). */
  readonly since?: Date
  /** Not after this time. */
  readonly until?: Date
  /** Only commits that changed files of this collection. */
  readonly collection?: string
  /** With `collection`: only commits that changed this record. */
  readonly key?: string
  /** Adds what it takes to draw the graph. */
  readonly graph?: boolean
}

/** A commit of a log. */
export interface LogEntry extends CommitInfo {
  /** Only with `graph`. */
  readonly graph?: CommitGraph
}

/** Where a commit stands in a drawing of a log that is not filtered. */
export interface CommitGraph {
  /** Branches, tags and remote branches at this commit: `main`, `v1`, `origin/main`. */
  readonly refs: readonly string[]
  /** The column of the commit, from 0. */
  readonly lane: number
  /** The columns in which lines go on to the parents, in their order. */
  readonly parentLanes: readonly number[]
}

/** One change of one record. */
export interface RecordVersion {
  readonly commit: CommitInfo
  readonly kind: 'added' | 'removed' | 'modified'
  /** The record in the first parent; absent where it was not there, or cannot be read. */
  readonly before?: RecordValue
  /** The record in the commit; absent where it is not there, or cannot be read. */
  readonly after?: RecordValue
  /**
   * The fields that the commit changed: of a merge those that none of its parents has so. Empty when only the text of
   * the file changed.
   */
  readonly fields: readonly FieldDiff[]
  /** Why the record cannot be read in the commit. */
  readonly problem?: Issue
}

/** Which changes of a record are wanted. */
export interface HistoryOptions {
  /** At most so many; 100 unless given. */
  readonly limit?: number
  /** Only changes of these fields; `address.city` means a part of one. */
  readonly fields?: readonly string[]
  /** Where it begins. */
  readonly at?: Revision
}

/** Who set a field last. */
export interface FieldOrigin {
  readonly field: string
  /** The commit that gave the field its value; null for a working change. */
  readonly commit: CommitInfo | null
}

/** The calls about history. */
export interface HistoryCalls {
  searchLog(handle: HandleId, options: LogOptions): Promise<Reply<readonly LogEntry[]>>
  recordHistory(
    handle: HandleId,
    collection: string,
    key: string,
    options: HistoryOptions,
  ): Promise<Reply<readonly RecordVersion[]>>
  blame(
    handle: HandleId,
    collection: string,
    key: string,
    options?: Pick<AtOptions, 'at'>,
  ): Promise<Reply<readonly FieldOrigin[]>>
}
