import type { DatabaseState } from './databases.ts'
import type { Query, QueryPlan } from './query.ts'
import type { RecordAddress } from './records.ts'

/** Who writes commits. */
export interface Author {
  readonly name: string
  readonly email: string
}

export interface Signature extends Author {
  /** Seconds since 1970-01-01T00:00:00Z. */
  readonly timestampSeconds: number
  /** Minutes east of UTC. */
  readonly timezoneMinutes: number
}

/** A commit as `log` and `commit` return it. */
export interface CommitInfo {
  readonly oid: string
  readonly parents: readonly string[]
  readonly message: string
  readonly author: Signature
  readonly committer: Signature
}

/** What `pull` did. Only `fast-forwarded` changed anything. */
export type PullOutcome =
  | { readonly status: 'up-to-date' }
  | {
      readonly status: 'fast-forwarded'
      readonly from: string
      readonly to: string
      readonly records: readonly RecordAddress[]
    }
  /** Working changes touch records that the incoming commits change too. Commit or discard them, then pull again. */
  | { readonly status: 'blocked'; readonly records: readonly RecordAddress[] }
  /** Both sides have commits that the other lacks. */
  | { readonly status: 'diverged'; readonly ahead: number; readonly behind: number }

/** What `push` did. A refusal is an expected outcome, not an error. */
export type PushOutcome =
  | { readonly status: 'up-to-date' }
  | { readonly status: 'pushed'; readonly from: string | null; readonly to: string; readonly commits: number }
  /** The remote has commits that we lack: pull first. */
  | { readonly status: 'diverged'; readonly reason: string }
  /** The host refused by a rule of its own (protected branch, hook). */
  | { readonly status: 'refused'; readonly reason: string }

/** What `undo` or `redo` did. */
export interface UndoOutcome {
  /** `empty`: this tab has no operation to undo. `refused`: none of its records could be brought back. */
  readonly status: 'done' | 'refused' | 'empty'
  /** The records that are as they were before. */
  readonly records: readonly RecordAddress[]
  /**
   * Those that were left as they are: `changed` since by something else, `committed` (that takes a commit that
   * reverts it), or a `conflict` that the operation decided.
   */
  readonly refused: readonly (RecordAddress & { readonly reason: 'changed' | 'committed' | 'conflict' })[]
}

/**
 * What this browser stored and has no more. Everything works: the database was cloned anew. But edits and commits that
 * had not been pushed are lost.
 */
export interface StorageLoss {
  /**
   * `storage/evicted`: the browser removed it to make room, or somebody cleared it. `storage/corrupt`: the browser
   * found its files damaged and emptied them (Chromium can, after it was killed in the middle of a write).
   */
  readonly code: 'storage/evicted' | 'storage/corrupt'
  /** When it was noticed: milliseconds since 1970-01-01T00:00:00Z. */
  readonly noticedAtMs: number
  /** What was only here, as noted last; absent where nothing was noted (the list of databases went as well). */
  readonly held?: {
    /** When that was noted: milliseconds since 1970-01-01T00:00:00Z. */
    readonly lastSeenAtMs: number
    /** Null: it could not be told. */
    readonly unpushedCommits: number | null
    readonly workingChanges: number
  }
}

/** The state of one handle, for a status line. */
export interface Status {
  /** The database in one word, of all its branches; the same as in the list of databases. */
  readonly state: DatabaseState
  /** The branch; null for a read-only handle on a commit. */
  readonly branch: string | null
  readonly commit: string
  readonly readOnly: boolean
  readonly workingChanges: number
  /** Commits that the remote does not have, as far as we know; null when history is incomplete. */
  readonly unpushed: number | null
  /** Commits of the remote branch (as last fetched) that this branch lacks; null when history is incomplete. */
  readonly behind: number | null
  /** Everything fetched and written is on disk. */
  readonly durable: boolean
  /** History is complete ('full'), still arriving, or only the tip. */
  readonly history: 'full' | 'loading' | 'tip'
  readonly remote: { readonly url: string; readonly canPush: boolean }
  /** The browser promised not to evict the data; null where it cannot say. */
  readonly persisted: boolean | null
  /** What was stored here was lost and cloned anew: tell the user, then `dismissLoss()`. Null: nothing was. */
  readonly lost: StorageLoss | null
  readonly warnings: readonly string[]
}

/** Progress of `open`, `pull` and `push`. */
export interface Progress {
  readonly phase:
    | 'connecting'
    | 'counting'
    | 'compressing'
    | 'receiving'
    | 'sending'
    | 'resolving'
    | 'storing'
    | 'history'
  /** Objects or bytes, by phase; only the ratio to `total` means something. */
  readonly loaded: number
  readonly total?: number
}

/** What an open database tells its listeners. */
export type DatabaseEvent =
  | { readonly type: 'progress'; readonly progress: Progress }
  /** Records of this branch changed, here or in another tab. `records` is null when too many to name. */
  | { readonly type: 'changed'; readonly branch: string; readonly records: readonly RecordAddress[] | null }
  /** Branches, the remote's tips, durability or history changed: ask `status()` again. */
  | { readonly type: 'status' }
  /** A query took longer than the option `slowQueryMs`. */
  | { readonly type: 'slow-query'; readonly query: Query; readonly plan: QueryPlan }
  | { readonly type: 'warning'; readonly message: string; readonly code: string }
