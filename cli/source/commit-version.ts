import { EspalierError } from '../../src/protocol/errors.ts'
import { createGitFileTree } from '../../worker/engine/snapshots/git-file-tree.ts'
import { parseCommit } from '../../worker/git/objects/commit.ts'
import type { ObjectReader } from '../../worker/git/objects/object.ts'
import type { Oid } from '../../worker/git/objects/oid.ts'
import { createTreeCache } from '../../worker/git/trees/tree-cache.ts'
import { diffTrees } from '../../worker/git/trees/tree-diff.ts'
import { findPath, listFiles } from '../../worker/git/trees/tree-walk.ts'
import { isTreeMode } from '../../worker/git/trees/tree.ts'
import { differingPaths, type Version } from './version.ts'

/** A version that git holds; another of the same repository is compared without reading files. */
export interface CommitVersion extends TreeVersion {
  readonly commit: string
}

/** The same of a tree that no commit holds yet. */
export interface TreeVersion extends Version {
  readonly treeOid: Oid
}

/** The database in a folder (`prefix`, '' for the top) of a commit. Throws `git/path-conflict` when it has none. */
export async function createCommitVersion(
  objects: ObjectReader,
  commit: Oid,
  prefix: string,
): Promise<CommitVersion> {
  const root = parseCommit((await objects.read(commit)).bytes).tree
  return { ...(await createTreeVersion(objects, root, prefix, `The commit ${commit}`)), commit }
}

/** The database in a folder of a tree. `name`: of what holds it. Throws `git/path-conflict` when it has none. */
export async function createTreeVersion(
  objects: ObjectReader,
  root: Oid,
  prefix: string,
  name: string,
): Promise<TreeVersion> {
  const reader = createTreeCache(objects)
  const entry = await findPath(reader, root, prefix)
  if (entry === null || !isTreeMode(entry.mode)) {
    throw new EspalierError('git/path-conflict', `${name} has no folder "${prefix}".`, {
      data: { path: prefix },
    })
  }
  const treeOid = entry.oid
  const fileIds = async (): Promise<ReadonlyMap<string, string>> =>
    new Map((await listFiles(reader, treeOid)).map(({ path, oid }) => [path, oid]))
  return {
    tree: createGitFileTree(reader, treeOid),
    treeOid,
    fileIds,
    async changedSince(older) {
      if (!isTreeVersion(older)) return differingPaths(await older.fileIds(), await fileIds())
      const changes = await diffTrees(reader, older.treeOid, treeOid)
      return new Set(changes.map(({ path }) => path))
    },
  }
}

function isTreeVersion(version: Version): version is TreeVersion {
  return 'treeOid' in version
}
