import type { MergeOutcome } from '../../../../src/protocol/merge-calls.ts'
import type { RecordAddress } from '../../../../src/protocol/records.ts'
import { createCommit, type CommitInput } from '../../../git/objects/commit.ts'
import type { NewObject } from '../../../git/objects/object.ts'
import { reflogWrite } from '../../../git/refs/reflog.ts'
import { hashObject } from '../../../git/objects/sha1.ts'
import type { StorageState, Write } from '../../../storage/storage.ts'
import { announceEdits } from '../../branches/announce-edits.ts'
import { carryOver, type Branch } from '../../branches/branch.ts'
import { refuseProtected } from '../../repository/branch-policy.ts'
import { changedRecords } from '../../snapshots/changed-records.ts'
import type { CommitSnapshot } from '../../snapshots/commit-snapshot.ts'
import { describeCommit } from '../../repository/describe-commit.ts'
import type { SignedCommit } from '../../commits/prepare-commit.ts'
import type { Repository } from '../../repository/repository.ts'
import type { InspectedMerge } from './inspect-merge.ts'
import type { MergePlan } from './merge-plan.ts'
import { mergeStateWrites, type StoredMerge } from './merge-state.ts'

interface MergePlace {
  readonly repository: Repository
  readonly branch: Branch
  /** What storage held when the merge was looked at. */
  readonly state: StorageState
}

/**
 * Commits a merge, or moves the branch forward: objects, ref, reflog and the end of the merge's state in one durable
 * batch. Undefined: another tab was faster. What stands in the way is answered as data, and nothing is written.
 * Throws `git/branch-protected`.
 */
export async function commitMerge(
  place: MergePlace,
  { merge, info, plan }: InspectedMerge & { readonly merge: StoredMerge },
  { noFastForward, message, author, committer = author }: SignedCommit & { readonly noFastForward: boolean },
): Promise<MergeOutcome | undefined> {
  const { repository, branch, state } = place
  const ended = mergeStateWrites(branch, state, undefined)
  if (!plan) {
    // The branch has theirs meanwhile, by another way.
    return (await repository.commit(ended.require, ended.writes)) ? { status: 'up-to-date' } : undefined
  }
  const { status, conflicts, violations, blockedBy } = info
  if (status === 'blocked') return { status, records: blockedBy }
  const open = conflicts.filter(({ blocking, choice }) => blocking && choice === undefined)
  const broken = violations.filter(({ severity }) => severity === 'error')
  const isForward = status === 'fast-forward' && !noFastForward
  // A branch that only moves forward comes to be as theirs is.
  if (!isForward && open.length + broken.length > 0)
    return { status: 'unresolved', conflicts: open, violations: broken }

  const { ref, snapshot, journalSeq } = branch
  refuseProtected(repository, ref)
  const timestamp = Math.floor(Date.now() / 1000)
  const signature = { ...committer, timestamp }
  const signed = { author: { ...author, timestamp }, committer: signature, message }
  const made = isForward ? undefined : mergeCommit(snapshot, merge, plan, signed)
  const oid = made?.oid ?? merge.theirs
  const note = made ? (message.split('\n', 1)[0] ?? '') : 'Fast-forward'
  const objects: Write[] = made
    ? [{ kind: 'putPack', row: await repository.objects.pack([made, ...plan.objects]) }]
    : []
  const outcome = await repository.commit(
    [
      { kind: 'ref', name: ref, value: snapshot.commit },
      { kind: 'journal', scope: ref, seq: journalSeq },
      ...ended.require,
    ],
    [
      ...objects,
      { kind: 'setRef', name: ref, value: oid },
      reflogWrite(ref, snapshot.commit, oid, signature, `merge ${merge.from}: ${note}`),
      ...ended.writes,
    ],
  )
  if (!outcome) return undefined
  if (made) {
    for (const { type, oid: tree, bytes } of plan.objects)
      if (type === 'tree') repository.trees.keep(tree, bytes)
  }
  const records = await moveBranch(repository, branch, oid, plan)
  if (made) return { status: 'merged', commit: describeCommit(oid, made.bytes), records }
  return { status: 'fast-forwarded', from: snapshot.commit, to: oid, records }
}

function mergeCommit(
  { commit }: CommitSnapshot,
  { theirs }: StoredMerge,
  { root }: MergePlan,
  signed: Pick<CommitInput, 'author' | 'committer' | 'message'>,
): NewObject {
  const bytes = createCommit({ tree: root, parents: [commit, theirs], ...signed })
  return { oid: hashObject('commit', bytes), type: 'commit', bytes }
}

/** The branch as this tab sees it follows: tables, live queries, working changes. */
async function moveBranch(
  repository: Repository,
  branch: Branch,
  oid: StoredMerge['theirs'],
  { steps, complete }: MergePlan,
): Promise<readonly RecordAddress[]> {
  const { snapshot, changes } = branch
  const edits = new Map(
    [...steps].map(([id, all]) => [id, new Map([...all].map(([key, { after }]) => [key, after]))]),
  )
  const next = await branch.snapshotAt(oid, complete ? edits : undefined)
  const records = complete
    ? [...steps].flatMap(([collection, all]) => [...all.keys()].map((key) => ({ collection, key })))
    : await changedRecords(repository, snapshot, next)
  await carryOver(changes, next)
  branch.moved(next, changes, records)
  announceEdits(repository, branch, records)
  repository.emit({ type: 'status' })
  return records
}
