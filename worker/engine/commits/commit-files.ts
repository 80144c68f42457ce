import { EspalierError } from '../../../src/protocol/errors.ts'
import type { Author, CommitInfo } from '../../../src/protocol/outcomes.ts'
import type { FileEdit } from '../../format/file-edit.ts'
import type { NewObject } from '../../git/objects/object.ts'
import type { Oid } from '../../git/objects/oid.ts'
import { assertSafePath } from '../../git/objects/path-safety.ts'
import { hashObject } from '../../git/objects/sha1.ts'
import type { TreeEdit } from '../../git/trees/tree-edit.ts'
import { findPath } from '../../git/trees/tree-walk.ts'
import { treeMode } from '../../git/trees/tree.ts'
import { carryOver, type Branch } from '../branches/branch.ts'
import type { CommitContent, storeCommit as StoreCommit } from './store-commit.ts'
import { isFileMode } from '../snapshots/git-file-tree.ts'
import { changedRecords } from '../snapshots/changed-records.ts'
import type { Repository } from '../repository/repository.ts'
import { announceEdits } from '../branches/announce-edits.ts'
import { maxAttempts, tooBusy } from '../common/too-busy.ts'

/**
 * Decides which files a commit changes, from what the branch is now. It runs alone among all writers, and again
 * when another tab was faster. It throws what refuses the commit (`schema/working-changes` …).
 */
export type FilePlanner = (branch: Branch) => Promise<readonly FileEdit[]>

/** What a commit changes in the tree of its branch. */
export type TreePlan = Pick<CommitContent, 'edits' | 'blobs' | 'message' | 'committer'>

/**
 * Commits files as they are: changes of the schema, replaced texts. One durable batch, like a commit of working
 * changes; those stay, carried over to the new commit.
 *
 * `storeCommit` is the engine's own: this is loaded when it is first needed, and what is remembered of trees must not be there twice.
 *
 * Throws `engine/nothing-to-commit`, `engine/busy`, `git/unsafe-path`, and what the planner throws.
 */
export async function commitFiles(
  repository: Repository,
  branch: Branch,
  plan: FilePlanner,
  message: string,
  author: Author,
  storeCommit: typeof StoreCommit,
): Promise<CommitInfo> {
  const info = await commitTree(
    repository,
    branch,
    async (now) => ({ ...(await treeEdits(repository, now.snapshot.root, await plan(now))), message }),
    author,
    storeCommit,
  )
  return info as CommitInfo // there is a plan
}

/** The same for changes of the tree. Nothing is committed when there is no plan. */
export async function commitTree(
  repository: Repository,
  branch: Branch,
  plan: (branch: Branch) => Promise<TreePlan | undefined>,
  author: Author,
  storeCommit: typeof StoreCommit,
): Promise<CommitInfo | undefined> {
  return repository.exclusive(async () => {
    // Plan on what storage says now: a refusal must not come from being behind.
    await branch.catchUp(await repository.refresh())
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const { snapshot } = branch
      const planned = await plan(branch)
      if (!planned) return undefined
      const stored = await storeCommit(repository, branch, { ...planned, author })
      if (stored === 'unchanged') throw nothingChanges(branch)
      if (stored) {
        const next = await branch.snapshotAt(stored.oid)
        const { changes } = branch
        await carryOver(changes, next)
        branch.moved(next, changes)
        announceEdits(repository, branch, await changedRecords(repository, snapshot, next))
        repository.emit({ type: 'status' })
        return stored.info
      }
      await branch.catchUp(await repository.refresh())
    }
    throw tooBusy()
  })
}

async function treeEdits(
  { trees }: Repository,
  root: Oid,
  files: readonly FileEdit[],
): Promise<{ edits: readonly TreeEdit[]; blobs: readonly NewObject[] }> {
  const edits: TreeEdit[] = []
  const blobs: NewObject[] = []
  const puts = new Set<string>()
  for (const file of files) {
    assertSafePath(file.path)
    const old = await findPath(trees, root, 'from' in file ? file.from : file.path)
    const mode = old && isFileMode(old.mode) ? old.mode : treeMode.file
    if ('delete' in file) edits.push({ path: file.path, delete: true })
    else if ('from' in file) {
      if (!old) throw fileMissing(file.from)
      edits.push({ path: file.path, oid: old.oid, mode: old.mode })
    } else {
      const oid = hashObject('blob', file.bytes)
      edits.push({ path: file.path, oid, mode })
      blobs.push({ oid, type: 'blob', bytes: file.bytes })
    }
    if (!('delete' in file)) puts.add(file.path)
  }
  // A moved file leaves its old place, unless something else comes there.
  for (const file of files) {
    if ('from' in file && !puts.has(file.from)) edits.push({ path: file.from, delete: true })
  }
  return { edits, blobs }
}

function fileMissing(path: string): EspalierError {
  return new EspalierError('engine/bad-argument', `There is no file "${path}" in this commit.`, {
    data: { path },
  })
}

function nothingChanges(branch: Branch): EspalierError {
  return new EspalierError('engine/nothing-to-commit', `${branch.name} holds exactly these files already.`, {
    data: { branch: branch.name },
  })
}
