import type { HandleId, Reply } from './engine.ts'
import type { Author, CommitInfo, Signature } from './outcomes.ts'
import type { Revision } from './records.ts'

/** Commits that only one of two branches has. */
export interface AheadBehind {
  readonly ahead: number
  readonly behind: number
}

export interface BranchInfo {
  readonly name: string
  /** The local tip; null when the branch is only on the remote so far. */
  readonly oid: string | null
  /** The remote's tip as last seen; null when the remote has no such branch. */
  readonly remoteOid: string | null
  /** The remote's default branch. */
  readonly isDefault: boolean
  /** A policy of this store: see `branches.protect`. */
  readonly isProtected: boolean
  /** The last commit, of the remote's branch where there is no local one; null when it is not here. */
  readonly commit: CommitInfo | null
  /** Against the remote's branch of the same name; null when there is none, or history is incomplete. */
  readonly remote: AheadBehind | null
  /** Against the default branch, or the one that `against` named; null when history is incomplete. */
  readonly base: AheadBehind | null
}

/** Why a branch was not deleted. */
export type DeleteRefusal =
  /** It has commits that neither another local branch nor the remote has. */
  | 'unmerged'
  | 'working-changes'
  /** The database opens on it. Deleted all the same, the database opens on another branch. */
  | 'default'
  /** There is no other local branch: this cannot be forced. */
  | 'last'

/** What deleting a branch did. A refusal is an expected outcome, not an error. */
export type DeleteBranchOutcome =
  | {
      readonly status: 'deleted'
      /** The commit that it was at: enough to make the branch again. */
      readonly oid: string
      /** The branch that the database opens on from now on, when it opened on the deleted one. */
      readonly opensOn?: string
    }
  | {
      readonly status: 'refused'
      readonly reasons: readonly DeleteRefusal[]
      /** Commits that only this branch has; null when the history at hand does not tell. */
      readonly unmergedCommits: number | null
      readonly workingChanges: number
    }

export interface TagInfo {
  readonly name: string
  /** The tagged commit; null when the tag names something else, or its history is not here. */
  readonly oid: string | null
  /** What an annotated tag says; null for a lightweight one. */
  readonly annotation: {
    /** The id of the tag object. */
    readonly oid: string
    readonly message: string
    readonly tagger: Signature | null
  } | null
}

export interface TagOptions {
  /** A branch, tag, commit or point in time; this handle's commit unless given. */
  readonly at?: Revision
  /** Makes an annotated tag. */
  readonly message?: string
  /** The tagger of an annotated tag; the author of the database unless given. */
  readonly author?: Author
}

/** What became of a tag that was pushed. */
export type PushedTag =
  | { readonly name: string; readonly status: 'pushed' | 'up-to-date' }
  /** The remote has another tag of this name, and tags are not moved; `oid`: what it names there, null: not told. */
  | { readonly name: string; readonly status: 'exists'; readonly oid: string | null }
  /** The host refused by a rule of its own (protected tags, a hook). */
  | { readonly name: string; readonly status: 'refused'; readonly reason: string }

/** What became of a tag that was to go from the remote. */
export type DeletedRemoteTag =
  /** `oid`: what it named there, the tag object of an annotated one. */
  | { readonly name: string; readonly status: 'deleted'; readonly oid: string }
  | { readonly name: string; readonly status: 'missing' }
  /** The remote's tag is not the one of this name here, or somebody moved it meanwhile (null): it stays. */
  | { readonly name: string; readonly status: 'exists'; readonly oid: string | null }
  /** The host refused by a rule of its own (protected tags, a hook). */
  | { readonly name: string; readonly status: 'refused'; readonly reason: string }

/** Something that no branch or tag names any more. */
export interface LostRef {
  /** `commit`: a branch was moved away from it. */
  readonly kind: 'branch' | 'tag' | 'commit'
  /** The name of the branch or tag, of the branch that was moved away for a commit. */
  readonly name: string
  /** What it named: a commit; of an annotated tag the tag object. */
  readonly oid: string
  readonly commit: CommitInfo
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly lostAtMs: number
  /** It is kept at least until then: milliseconds since 1970-01-01T00:00:00Z; null: without end. */
  readonly keptUntilMs: number | null
}

/** A branch or tag that was brought back. */
export interface RecoveredRef {
  /** A commit comes back as a branch. */
  readonly kind: 'branch' | 'tag'
  readonly name: string
  /** What it names: see {@link LostRef.oid}. */
  readonly oid: string
}

/** The calls about branches and tags. */
export interface BranchCalls {
  listBranches(
    handle: HandleId,
    options?: { readonly against?: string },
  ): Promise<Reply<readonly BranchInfo[]>>
  renameBranch(handle: HandleId, from: string, to: string): Promise<Reply<void>>
  deleteBranch(
    handle: HandleId,
    name: string,
    options?: { readonly force?: boolean },
  ): Promise<Reply<DeleteBranchOutcome>>
  protectBranch(handle: HandleId, name: string, on: boolean): Promise<Reply<void>>
  listTags(handle: HandleId): Promise<Reply<readonly TagInfo[]>>
  createTag(handle: HandleId, name: string, options: TagOptions): Promise<Reply<TagInfo>>
  /** False: there is no such tag. */
  deleteTag(handle: HandleId, name: string): Promise<Reply<boolean>>
  /** All of them unless named. `token` names the call for `abort`. */
  pushTags(handle: HandleId, token: string, names?: readonly string[]): Promise<Reply<readonly PushedTag[]>>
  deleteRemoteTags(
    handle: HandleId,
    token: string,
    names: readonly string[],
  ): Promise<Reply<readonly DeletedRemoteTag[]>>
  listLost(handle: HandleId): Promise<Reply<readonly LostRef[]>>
  /** `as`: another name. */
  restoreLost(handle: HandleId, lost: LostRef, as?: string): Promise<Reply<RecoveredRef>>
}
