import type { CommitOptions } from './commit-options.ts'
import type { HandleId, Reply } from './engine.ts'
import type { Issue } from './issues.ts'
import type { Choice, ConflictKind, FieldConflict, FieldStrategies, MergeMode } from './merge.ts'
import type { CommitInfo } from './outcomes.ts'
import type { RecordAddress } from './records.ts'

/** How a merge is made. */
export interface MergeOptions {
  /** For all collections, or by collection id. Default `field`; a collection's `conflict_resolution` may be stricter. */
  readonly mode?: MergeMode | { readonly [collection: string]: MergeMode }
  /** How single fields are merged, by collection id and field; goes before what `.ingitdb/espalier.yaml` declares. */
  readonly strategies?: { readonly [collection: string]: FieldStrategies }
  /**
   * Merges histories that have no commit in common, as if both had begun with nothing: what both have is one, records
   * that they have in different versions conflict. Default false: the merge is `unrelated`.
   */
  readonly allowUnrelated?: boolean
  /**
   * Whether records that one side gave another key, and columns that it renamed, are followed, so that what the other
   * side wrote into them goes along. Default true; otherwise each counts as one that went and one that came.
   */
  readonly followRenames?: boolean
}

/** Something that both sides changed in different ways. */
export interface MergeConflict extends Omit<FieldConflict, 'kind'> {
  /** Names it as long as the merge lasts. */
  readonly id: string
  /**
   * `file`: a whole file, which is taken as it is on one side. `move`: both sides gave a record another key, or one did
   * and the other deleted it; `base`, `ours` and `theirs` are its keys. `schema`: a definition or setting, or with `collection` all of a collection that one
   * side deleted and the other changed. Else: a record.
   */
  readonly kind: ConflictKind | 'file' | 'move'
  /** Absent for files that are no records, and for single values of definitions. */
  readonly collection?: string
  readonly key?: string
  /** The path of the file, from the root of the repository. */
  readonly file: string
  /** What was chosen; absent while it is open. */
  readonly choice?: Choice
}

/** What a merge brings to the branch. */
export interface MergeStat {
  readonly added: number
  readonly modified: number
  readonly deleted: number
  /** Files that differ from the branch's. */
  readonly files: number
}

/** A merge that was looked at, or is under way. */
export interface MergeInfo {
  /**
   * `merge`: both sides have commits of their own. `fast-forward`: only theirs has. `up-to-date`: only ours has.
   * `unrelated`: they have no commit in common (see `allowUnrelated`). `blocked`: working changes touch `blockedBy`. Only the first two can
   * be committed.
   */
  readonly status: 'merge' | 'fast-forward' | 'up-to-date' | 'unrelated' | 'blocked'
  /** What was named: a branch, a tag, a commit. */
  readonly from: string
  readonly ours: string
  readonly theirs: string
  /** The commits from which both sides came; several when they merged each other before. */
  readonly bases: readonly string[]
  /** In the order of collections, keys and fields. Those that are resolved stay in the list. */
  readonly conflicts: readonly MergeConflict[]
  /** What would be wrong with the merged records. An `error` stands in the way of the commit, a `warning` came with theirs. */
  readonly violations: readonly Issue[]
  readonly stat: MergeStat
  /** Records with working changes that the merge would change as well. */
  readonly blockedBy: readonly RecordAddress[]
}

/** What committing a merge did. Only `merged` and `fast-forwarded` changed anything. */
export type MergeOutcome =
  | { readonly status: 'merged'; readonly commit: CommitInfo; readonly records: readonly RecordAddress[] }
  | {
      readonly status: 'fast-forwarded'
      readonly from: string
      readonly to: string
      readonly records: readonly RecordAddress[]
    }
  | { readonly status: 'up-to-date' }
  /** Conflicts are open, or violations stand in the way. */
  | {
      readonly status: 'unresolved'
      readonly conflicts: readonly MergeConflict[]
      readonly violations: readonly Issue[]
    }
  /** Working changes touch records of the merge. Commit or discard them, then commit the merge again. */
  | { readonly status: 'blocked'; readonly records: readonly RecordAddress[] }

/** How a merge is committed. */
export interface MergeCommitOptions extends Omit<CommitOptions, 'records'> {
  /** By default what git would write: `Merge branch 'draft'`. */
  readonly message?: string
  /** Writes a merge commit even where the branch could move forward. Default false. */
  readonly noFastForward?: boolean
}

/** One conflict and what becomes of it; null opens it again. */
export interface ResolvedConflict {
  readonly id: string
  readonly choice: Choice | null
}

/** The calls about merges. */
export interface MergeCalls {
  mergePreview(handle: HandleId, from: string, options: MergeOptions): Promise<Reply<MergeInfo>>
  mergeStart(handle: HandleId, from: string, options: MergeOptions): Promise<Reply<MergeInfo>>
  mergeCurrent(handle: HandleId): Promise<Reply<MergeInfo | null>>
  mergeResolve(handle: HandleId, resolved: readonly ResolvedConflict[]): Promise<Reply<MergeInfo>>
  mergeCommit(handle: HandleId, options: MergeCommitOptions): Promise<Reply<MergeOutcome>>
  mergeAbort(handle: HandleId): Promise<Reply<void>>
}
