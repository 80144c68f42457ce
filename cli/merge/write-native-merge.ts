import type { MergeOptions } from '../../src/protocol/merge-calls.ts'
import { overlaySource } from '../../worker/engine/versions/merging/overlay-source.ts'
import type { MergePlan } from '../../worker/engine/versions/merging/merge-plan.ts'
import type { NodeRepository } from '../../worker/git/node/node-repository.ts'
import type { NewObject } from '../../worker/git/objects/object.ts'
import type { Oid } from '../../worker/git/objects/oid.ts'
import { hashObject } from '../../worker/git/objects/sha1.ts'
import { editTrees } from '../../worker/git/trees/tree-edit.ts'
import { treeMode } from '../../worker/git/trees/tree.ts'
import type { Commits } from '../source/version.ts'
import type { WorkTree } from '../source/work-tree.ts'
import type { NativeMerge } from './inspect-native-merge.ts'
import { mergeAround } from './merge-around.ts'
import { mergeModeText } from './merge-mode.ts'
import { openFiles, type OpenFile, type OpenRecordFile } from './open-files.ts'
import { putInPlace } from './put-in-place.ts'

/** A merge that is to be written, and where. */
export interface WrittenMerge {
  readonly tree: WorkTree
  readonly repository: NodeRepository
  readonly commits: Commits
  readonly merge: NativeMerge & { readonly plan: MergePlan }
  readonly theirs: Oid
  readonly message: string
  readonly noFastForward: boolean
}

/**
 * Writes a merge to the index and the work tree, as `git merge --no-commit` leaves it: `git commit` ends it, `git merge
 * --abort` takes it back. Answers the files in conflict. Of these the index has what merges merged in each version.
 * Throws `git/uncommitted-changes` when a file that is not committed would be lost; then nothing was written.
 */
export async function writeNativeMerge(written: WrittenMerge): Promise<readonly string[]> {
  const { tree, repository, merge, theirs, message, noFastForward } = written
  const { prefix } = tree
  const objects: NewObject[] = []
  const inside = await openFiles(written, objects)
  const merged = await markedRoot(written, inside, objects)
  const around = prefix === '' ? undefined : mergeAround(tree, theirs, merge.options)
  const root = around ? await putFolder(written, around.tree, merged, objects) : merged
  const nobody = { name: 'espalier', email: 'espalier@localhost', timestamp: 0 }
  await repository.write({ objects, refs: [], committer: nobody, message: '' })
  const open: readonly OpenFile[] = [...inside, ...(around?.files ?? [])]

  putInPlace(tree, { root, open, theirs, message, mode: modeText(merge.options, open, noFastForward) })
  return open.map(({ path }) => path)
}

/** What git's file MERGE_MODE is to say. */
function modeText(options: MergeOptions, open: readonly OpenFile[], noFastForward: boolean): string {
  if (open.length > 0) return mergeModeText(options)
  return noFastForward ? 'no-ff' : ''
}

/** The merged tree of the database, with marks in the files that stay in conflict: git puts them in the work tree. */
async function markedRoot(
  { commits, merge: { plan } }: WrittenMerge,
  files: readonly OpenRecordFile[],
  objects: NewObject[],
): Promise<Oid> {
  objects.push(...plan.objects)
  const edits = files.flatMap(({ inDatabase, bytes, mode }) => {
    if (!bytes) return []
    const oid = hashObject('blob', bytes)
    objects.push({ oid, type: 'blob', bytes })
    return [{ path: inDatabase, oid, mode }]
  })
  const { trees } = overlaySource(commits, plan.objects)
  const edited = await editTrees(trees, plan.root, edits, { allowTwins: true })
  objects.push(...edited.objects)
  return edited.root
}

/** The whole tree with the merged database in its folder. */
async function putFolder(
  { repository, tree }: WrittenMerge,
  around: Oid,
  merged: Oid,
  objects: NewObject[],
): Promise<Oid> {
  const edit = { path: tree.prefix.slice(0, -1), oid: merged, mode: treeMode.tree }
  const edited = await editTrees(repository.objects, around, [edit])
  objects.push(...edited.objects)
  return edited.root
}
