import type { Author, PullOutcome } from '../../../src/protocol/outcomes.ts'
import { createHistory } from '../../git/history/history.ts'
import { aheadBehind, isAncestor } from '../../git/history/merge-base.ts'
import { reflogWrite } from '../../git/refs/reflog.ts'
import type { Remote } from '../../remote/remote.ts'
import { carryOver, overlap, type Branch } from '../branches/branch.ts'
import { changedRecords } from '../snapshots/changed-records.ts'
import { fetchRemote } from './fetch.ts'
import { remoteBranchRef } from '../repository/ref-names.ts'
import type { Repository } from '../repository/repository.ts'
import { announceEdits } from '../branches/announce-edits.ts'
import { maxAttempts, tooBusy } from '../common/too-busy.ts'

/**
 * Fetches, and moves the branch forward to the remote's tip when that loses nothing: neither commits of ours
 * nor working changes.
 */
export async function pull(
  repository: Repository,
  branch: Branch,
  remote: Remote,
  author: Author,
  signal?: AbortSignal,
): Promise<PullOutcome> {
  await fetchRemote(repository, remote, signal ? { signal } : {})
  return repository.exclusive(async () => {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const outcome = await tryFastForward(repository, branch, author)
      if (outcome) return outcome
      await branch.catchUp(await repository.refresh())
    }
    throw tooBusy()
  })
}

async function tryFastForward(
  repository: Repository,
  branch: Branch,
  author: Author,
): Promise<PullOutcome | undefined> {
  const { objects, refs } = repository
  const { ref, snapshot, journalSeq } = branch
  const theirs = refs.oid(remoteBranchRef(branch.name))
  if (theirs === null || theirs === snapshot.commit) return { status: 'up-to-date' }
  const history = createHistory(objects, refs.shallow)
  if (await isAncestor(history, theirs, snapshot.commit)) return { status: 'up-to-date' }
  if (!(await isAncestor(history, snapshot.commit, theirs))) {
    return { status: 'diverged', ...(await aheadBehind(history, snapshot.commit, theirs)) }
  }

  const next = await branch.snapshotAt(theirs)
  const records = await overlap(branch, next)
  if (records.length > 0) return { status: 'blocked', records }
  const changed = await changedRecords(repository, snapshot, next)
  const outcome = await repository.commit(
    [
      { kind: 'ref', name: ref, value: snapshot.commit },
      { kind: 'journal', scope: ref, seq: journalSeq },
    ],
    [
      { kind: 'setRef', name: ref, value: theirs },
      reflogWrite(
        ref,
        snapshot.commit,
        theirs,
        { ...author, timestamp: Math.floor(Date.now() / 1000) },
        'pull: Fast-forward',
      ),
    ],
  )
  if (!outcome) return undefined
  const { changes } = branch
  await carryOver(changes, next)
  branch.moved(next, changes, changed)
  announceEdits(repository, branch, changed)
  return { status: 'fast-forwarded', from: snapshot.commit, to: theirs, records: changed }
}
