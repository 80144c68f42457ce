import type { Author, CommitInfo } from '../../../src/protocol/outcomes.ts'
import { createCommit } from '../../git/objects/commit.ts'
import type { NewObject } from '../../git/objects/object.ts'
import type { Oid } from '../../git/objects/oid.ts'
import { reflogWrite } from '../../git/refs/reflog.ts'
import { hashObject } from '../../git/objects/sha1.ts'
import { deltaChainsOf } from '../../git/trees/tree-delta-chain.ts'
import { editTrees, type TreeEdit } from '../../git/trees/tree-edit.ts'
import type { Write } from '../../storage/storage.ts'
import type { Branch } from '../branches/branch.ts'
import { refuseProtected } from '../repository/branch-policy.ts'
import { describeCommit } from '../repository/describe-commit.ts'
import type { Repository } from '../repository/repository.ts'

/** What a new commit on a branch holds. */
export interface CommitContent {
  readonly edits: readonly TreeEdit[]
  readonly blobs: readonly NewObject[]
  readonly message: string
  readonly author: Author
  /** The author unless given. */
  readonly committer?: Author
  /** Written in the same batch; `commit` is the new one. */
  readonly writes?: (commit: Oid) => readonly Write[]
}

export interface StoredCommit {
  readonly oid: Oid
  readonly info: CommitInfo
  /** The last entry of the branch's journal. */
  readonly journalSeq: number
}

/**
 * Writes a commit on a branch's tip: objects, ref and reflog in one durable batch, only if branch and journal are
 * still what it was made from. False: another tab was faster. `'unchanged'`: the tree would be the same; nothing
 * was written.
 */
export async function storeCommit(
  repository: Repository,
  { ref, snapshot, journalSeq }: Branch,
  { edits, blobs, message, author, committer = author, writes }: CommitContent,
): Promise<StoredCommit | 'unchanged' | false> {
  refuseProtected(repository, ref)
  const { objects } = repository
  const trees = await editTrees(repository.trees, snapshot.root, edits, deltaChainsOf(objects))
  if (trees.root === snapshot.root && !writes) return 'unchanged'
  const timestamp = Math.floor(Date.now() / 1000)
  const signature = { ...committer, timestamp }
  const bytes = createCommit({
    tree: trees.root,
    parents: [snapshot.commit],
    author: { ...author, timestamp },
    committer: signature,
    message,
  })
  const oid = hashObject('commit', bytes)
  const row = await objects.pack([{ oid, type: 'commit', bytes }, ...trees.objects, ...blobs])
  const outcome = await repository.commit(
    [
      { kind: 'ref', name: ref, value: snapshot.commit },
      { kind: 'journal', scope: ref, seq: journalSeq },
    ],
    [
      { kind: 'putPack', row },
      { kind: 'setRef', name: ref, value: oid },
      ...(writes?.(oid) ?? []),
      reflogWrite(ref, snapshot.commit, oid, signature, `commit: ${firstLine(message)}`),
    ],
  )
  if (!outcome) return false
  for (const { oid: tree, bytes: content } of trees.objects) repository.trees.keep(tree, content)
  return { oid, info: describeCommit(oid, bytes), journalSeq: outcome.journalSeqs.get(ref) ?? journalSeq }
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? ''
}
