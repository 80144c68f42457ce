import type { DeleteBranchOutcome, DeleteRefusal } from '../../../../src/protocol/branches.ts'
import { createHistory } from '../../../git/history/history.ts'
import { countAhead } from '../../../git/history/merge-base.ts'
import type { Oid } from '../../../git/objects/oid.ts'
import { reflogWrite } from '../../../git/refs/reflog.ts'
import { symbolicRef } from '../../../git/refs/refs.ts'
import type { StorageState, Write } from '../../../storage/storage.ts'
import { refuseProtected, renamedKey } from '../../repository/branch-policy.ts'
import { journalUnmoved } from '../../branches/branch.ts'
import type { Database } from '../../database.ts'
import { parseJournalEntry } from '../../branches/journal.ts'
import { branchPrefix, branchRef, headRef, remoteBranchPrefix } from '../../repository/ref-names.ts'
import type { Repository } from '../../repository/repository.ts'
import { unlessMissing } from './branch-distance.ts'
import { changeRefs, emptyJournal, signed, tipOf, type RefChange } from './change-refs.ts'
import { expiredWrites } from './lost-refs.ts'
import { movedMergeWrites } from '../merging/merge-state.ts'

/**
 * Deletes a local branch, unless that could lose something and `force` does not say so. Its commits stay in the reflog.
 *
 * Throws `git/ref-missing`, `git/branch-protected`, `engine/busy`.
 */
export async function deleteBranch(
  database: Database,
  name: string,
  force: boolean,
): Promise<DeleteBranchOutcome> {
  const { repository, author } = database
  const ref = branchRef(name)
  tipOf(repository, name)
  // One that cannot be opened (it holds no database) can be deleted all the same.
  const open = await database.openBranch(name).catch(() => undefined)

  const outcome = await changeRefs(repository, async (state): Promise<RefChange<DeleteBranchOutcome>> => {
    const tip = tipOf(repository, name)
    refuseProtected(repository, ref)
    await open?.branch.catchUp(state)
    const others = repository.refs.list(branchPrefix).filter((other) => other.name !== ref)
    const successor = others.find((other) => other.name === repository.meta.get('remote-head')) ?? others[0]
    const unmergedCommits = await unmerged(
      repository,
      tip,
      others.map(({ oid }) => oid),
    )
    const workingChanges = open ? open.branch.changes.size : editsIn(state, ref)
    const isDefault = repository.refs.target(headRef) === ref
    const reasons: DeleteRefusal[] = []
    if (unmergedCommits !== 0) reasons.push('unmerged')
    if (workingChanges > 0) reasons.push('working-changes')
    if (isDefault) reasons.push('default')
    if (!successor) reasons.push('last')
    if (!successor || (reasons.length > 0 && !force)) {
      const result = { status: 'refused', reasons, unmergedCommits, workingChanges } as const
      return { require: [], writes: [], result }
    }
    const opensOn = successor.name.slice(branchPrefix.length)
    const writes: Write[] = [
      { kind: 'setRef', name: ref, value: null },
      ...emptyJournal(state, ref, tip),
      reflogWrite(ref, tip, null, signed(author), 'branch: deleted'),
      { kind: 'setMeta', key: renamedKey(ref), value: undefined },
      ...movedMergeWrites(repository, ref, undefined),
      ...(await expiredWrites(repository)),
    ]
    if (isDefault) writes.push({ kind: 'setRef', name: headRef, value: symbolicRef(successor.name) })
    return {
      require: [
        { kind: 'ref', name: ref, value: tip },
        { kind: 'ref', name: headRef, value: repository.refs.value(headRef) },
        { kind: 'ref', name: successor.name, value: repository.refs.value(successor.name) },
        journalUnmoved(state, ref),
      ],
      writes,
      result: { status: 'deleted', oid: tip, ...(isDefault ? { opensOn } : {}) },
    }
  })
  // Handles that are still open show the commit, and nothing that could not be committed any more.
  if (outcome.status === 'deleted' && open) open.branch.moved(open.branch.snapshot)
  return outcome
}

/** Commits that neither another branch of this store nor the remote has; null where the history does not tell. */
function unmerged({ objects, refs }: Repository, tip: Oid, others: readonly Oid[]): Promise<number | null> {
  const known = [...others, ...refs.list(remoteBranchPrefix).map(({ oid }) => oid)]
  if (known.includes(tip)) return Promise.resolve(0)
  return unlessMissing(() => countAhead(createHistory(objects, refs.shallow), [tip], known))
}

/** Never fewer than the working changes of a branch. */
function editsIn({ journal }: StorageState, ref: string): number {
  const entries = journal.filter(({ scope }) => scope === ref)
  return entries.reduce((sum, row) => sum + parseJournalEntry(row).edits.length, 0)
}
