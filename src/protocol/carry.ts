import type { FileDiff, RecordDiff } from './diff.ts'
import type { HandleId, Reply } from './engine.ts'
import type { Issue } from './issues.ts'
import type { FieldConflict } from './merge.ts'
import type { MergeConflict } from './merge-calls.ts'
import type { CommitInfo } from './outcomes.ts'
import type { RecordAddress, RecordValue, Revision } from './records.ts'

/**
 * A change of one record as plain data: what a diff tells of it, or its parts that count. `before` is absent where the
 * record is added, `after` where it is removed.
 */
export type RecordChange = RecordAddress & Pick<RecordDiff, 'before' | 'after' | 'from' | 'problems'>

/** A change of a record, or of a file that holds none, as a diff's `files()` tell of it. */
export type Change = RecordChange | FileDiff

/** A change, or (with `fields`) parts of one: the paths of fields in it. */
export type ChangeSelection =
  | (RecordAddress & { readonly fields?: readonly (readonly string[])[] })
  | { readonly file: string }

export interface CarryOptions {
  /** Only these changes. One that is not there (any more) makes the outcome `stale`, and nothing is written. */
  readonly select?: readonly ChangeSelection[]
  /**
   * Where a record changed here as well, in ways that do not go together: write nothing (`stop`, unless given), leave
   * the record as it is (`skip`), or take one side at each conflict.
   */
  readonly onConflict?: 'stop' | 'skip' | 'ours' | 'theirs'
  /** Of the commit, where there is one: see {@link CarryCommitOptions.whole}, and changes of files. */
  readonly message?: string
}

/** How a commit is carried. */
export interface CarryCommitOptions extends CarryOptions {
  /** Of a merge: the number of the parent to compare with, from 1. */
  readonly mainline?: number
  /**
   * Carries all of the commit, its definitions and other files too, by a commit at once, as git does it; not with
   * `select` or `onConflict: 'skip'`. Default false: its records, as working changes.
   */
  readonly whole?: boolean
}

/** A record that changed here as well. */
export interface CarryConflict extends RecordAddress {
  /**
   * - `fields`: the conflicts say where
   * - `undecided`: its working change waits for a decision already
   * - `unreadable`: the change set does not hold its value, or a number of a commit has digits that no JavaScript number
   *   holds: carry the commit whole
   */
  readonly reason: 'fields' | 'undecided' | 'unreadable'
  /** What the change started from; absent where there was no record. */
  readonly base?: RecordValue
  /** What is here now. */
  readonly ours?: RecordValue
  /** What the change leads to. */
  readonly theirs?: RecordValue
  readonly conflicts: readonly FieldConflict[]
}

/** What became of changes. Only `applied` wrote anything: working changes, as one operation, which `undo` takes back;
 * and `committed`. */
export type CarryOutcome = {
  /** Collections whose definitions the commit changed too, or were others then: they are carried with `whole` only. */
  readonly definitions: readonly string[]
} & (
  | {
      readonly status: 'applied'
      readonly records: readonly RecordAddress[]
      /** Those that were left as they are. */
      readonly skipped: readonly CarryConflict[]
    }
  /** A whole commit or restoration, or changes of files with those of records, were carried by this one. */
  | {
      readonly status: 'committed'
      readonly commit: CommitInfo
      readonly records: readonly RecordAddress[]
    }
  /** Working changes are of the same records, or of collections whose definition changes: nothing was committed. */
  | { readonly status: 'blocked'; readonly records: readonly RecordAddress[] }
  /** Everything is here already. */
  | { readonly status: 'unchanged'; readonly skipped: readonly CarryConflict[] }
  | {
      readonly status: 'conflicts'
      readonly conflicts: readonly CarryConflict[]
      /** Of what is committed: conflicts in definitions and other files, and of records that were moved twice. */
      readonly files?: readonly MergeConflict[]
      /** Of what is committed: what would be wrong with the records. */
      readonly violations?: readonly Issue[]
    }
  /** The selection names changes that are not there. */
  | { readonly status: 'stale'; readonly missing: readonly ChangeSelection[] }
)

/** Where changes come from. */
export type CarrySource =
  | { readonly kind: 'changes'; readonly changes: readonly Change[]; readonly reverse: boolean }
  | { readonly kind: 'commit'; readonly commit: string; readonly reverse: boolean }
  /** From what is here to what a revision has. */
  | {
      readonly kind: 'restore'
      readonly from: Revision
      readonly collections?: readonly string[]
      readonly keys?: readonly string[]
      readonly whole?: boolean
      readonly message?: string
    }

/** The calls that carry changes to where they were not made. */
export interface CarryCalls {
  /** `whole` and `mainline` are of commits only. */
  carry(handle: HandleId, source: CarrySource, options: CarryCommitOptions): Promise<Reply<CarryOutcome>>
}
