import type { MergePlan } from '../../worker/engine/versions/merging/merge-plan.ts'
import { overlaySource } from '../../worker/engine/versions/merging/overlay-source.ts'
import { isFileMode } from '../../worker/engine/snapshots/git-file-tree.ts'
import type { NewObject } from '../../worker/git/objects/object.ts'
import { findPath } from '../../worker/git/trees/tree-walk.ts'
import { treeMode } from '../../worker/git/trees/tree.ts'
import type { IndexEntry, Stages } from '../git/unmerged.ts'
import type { Commits } from '../source/version.ts'
import type { WorkTree } from '../source/work-tree.ts'
import type { NativeMerge } from './inspect-native-merge.ts'
import { markVariants } from './mark-file.ts'

/** A file that stays in conflict. */
export interface OpenFile {
  /** From the top of the work tree. */
  readonly path: string
  readonly stages: Stages
}

/** A file of the database that stays in conflict. */
export interface OpenRecordFile extends OpenFile {
  /** From the database's folder. */
  readonly inDatabase: string
  /** What people find in the work tree; undefined for what has no lines, which stays as the merge has it. */
  readonly bytes: Uint8Array | undefined
  readonly mode: number
}

interface MergedFiles {
  readonly merge: NativeMerge
  readonly tree: WorkTree
  readonly commits: Commits
}

/** The files with open conflicts in the versions of the merge. */
export async function openFiles(
  { merge, tree, commits }: MergedFiles,
  objects: NewObject[],
): Promise<readonly OpenRecordFile[]> {
  if (merge.open.length === 0) return []
  const paths = [...new Set(merge.open.map(({ file }) => file))]
  const base = await versionsIn(commits, await merge.variant('base'), paths, objects)
  const ours = await versionsIn(commits, await merge.variant('ours'), paths, objects)
  const theirs = await versionsIn(commits, await merge.variant('theirs'), paths, objects)
  return paths.map((path) => {
    const versions = { base: base.get(path), ours: ours.get(path), theirs: theirs.get(path) }
    // Git has no marks for a link that is a file, or a submodule, on the other side.
    const isText = Object.values(versions).every((version) => !version || isFileMode(version.mode))
    const variants = {
      base: versions.base?.bytes ?? null,
      ours: versions.ours?.bytes ?? null,
      theirs: versions.theirs?.bytes ?? null,
    }
    return {
      path: tree.prefix + path,
      inDatabase: path,
      mode: (versions.ours ?? versions.theirs ?? versions.base)?.mode ?? treeMode.file,
      stages: {
        ...(versions.base && { base: versions.base.entry }),
        ...(versions.ours && { ours: versions.ours.entry }),
        ...(versions.theirs && { theirs: versions.theirs.entry }),
      },
      bytes: isText ? markVariants(tree.top, variants).bytes : undefined,
    }
  })
}

interface FileVersion {
  readonly entry: IndexEntry
  readonly mode: number
  readonly bytes: Uint8Array
}

async function versionsIn(
  commits: Commits,
  plan: MergePlan,
  paths: readonly string[],
  objects: NewObject[],
): Promise<ReadonlyMap<string, FileVersion>> {
  const versions = new Map<string, FileVersion>()
  const { trees } = overlaySource(commits, plan.objects)
  for (const path of paths) {
    const found = await findPath(trees, plan.root, path)
    if (!found) continue
    const { mode, oid } = found
    const entry = { mode: mode.toString(8).padStart(6, '0'), oid }
    if (mode === treeMode.gitlink) {
      versions.set(path, { entry, mode, bytes: new Uint8Array() })
      continue
    }
    const { type, bytes } = await trees.read(oid)
    objects.push({ oid, type, bytes })
    versions.set(path, { entry, mode, bytes })
  }
  return versions
}
