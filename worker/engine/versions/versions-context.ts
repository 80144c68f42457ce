import type { HandleId } from '../../../src/protocol/engine.ts'
import type { hashObject } from '../../git/objects/sha1.ts'
import type { Database } from '../database.ts'
import type { OpenBranch } from '../open-branches.ts'
import type { packFor, refuseReadOnly } from '../sync/push.ts'
import type { storeCommit } from '../commits/store-commit.ts'
import type { planUndo } from '../writes/undo-operation.ts'
import type { RecordView } from '../queries/read-records.ts'

/**
 * What the calls about versions work with. They are loaded when they are first needed, as a file of their own: what the
 * engine has already comes to them through here, so that it is not there twice.
 */
export interface VersionsContext {
  /** What a handle shows, and its database. Throws `engine/closed`. */
  viewOf(handle: HandleId): RecordView & { readonly database: Database }
  /** Throws `engine/closed`, and `engine/read-only` for a handle on a commit. */
  branchOf(handle: HandleId): OpenBranch & { readonly database: Database }
  /** Runs what `abort` with the token ends. */
  abortable<T>(token: string, run: (signal: AbortSignal) => Promise<T>): Promise<T>
  readonly hashObject: typeof hashObject
  readonly planUndo: typeof planUndo
  readonly storeCommit: typeof storeCommit
  readonly packFor: typeof packFor
  readonly refuseReadOnly: typeof refuseReadOnly
}
