import type { HandleId } from '../../src/protocol/engine.ts'
import type { AtOptions, ReadOptions } from '../../src/protocol/records.ts'
import type { CommitSnapshot } from './snapshots/commit-snapshot.ts'
import type { Database } from './database.ts'
import type { OpenBranch } from './open-branches.ts'
import type { RecordView } from './queries/read-records.ts'
import { isHidden } from './queries/hide-deleted.ts'
import type { Transaction } from './writes/transaction.ts'
import { noChanges } from './branches/working-changes.ts'

/** What a handle stands for: an open branch, a commit that is only read, or a transaction on a branch. */
export type Handle = { readonly database: Database } & (
  | { readonly kind: 'branch'; readonly open: OpenBranch }
  | { readonly kind: 'commit'; readonly snapshot: CommitSnapshot }
  | { readonly kind: 'transaction'; readonly transaction: Transaction; readonly of: HandleId }
)

/** What reads of a handle show: without what was deleted softly, unless they ask for it. */
export function shownBy(handle: Handle, { deleted = false }: ReadOptions = {}): RecordView {
  const { snapshot, changes } = viewOf(handle)
  if (deleted) return { snapshot, changes }
  const { settingsOf } = handle.database
  return {
    snapshot,
    changes,
    hides: (id) => {
      const settings = settingsOf(id)
      return settings.deleted === undefined ? undefined : (value) => isHidden(settings, value)
    },
  }
}

/** The same of the commit that `at` names. Throws `git/ref-missing`, `git/history-missing`, `engine/bad-argument`. */
export function readBy(handle: Handle, options?: ReadOptions): Promise<RecordView> {
  return viewAt(handle, options, shownBy(handle, options))
}

/** What a handle shows, or the commit that `at` names. Throws as {@link readBy}. */
export async function viewAt(
  handle: Handle,
  { at, schema }: { readonly [Name in keyof AtOptions]: AtOptions[Name] | undefined } = {},
  view: RecordView = viewOf(handle),
): Promise<RecordView> {
  if (at === undefined) return view
  return { ...view, snapshot: await handle.database.at(at, view.snapshot, schema), changes: noChanges }
}

/** What a handle shows, with what was deleted softly. */
export function viewOf(handle: Handle): RecordView {
  switch (handle.kind) {
    case 'branch':
      return handle.open.branch
    case 'commit':
      return { snapshot: handle.snapshot, changes: noChanges }
    case 'transaction':
      return handle.transaction.view
  }
}
