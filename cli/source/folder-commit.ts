import type { CommitSnapshot, SnapshotSource } from '../../worker/engine/snapshots/commit-snapshot.ts'
import { openTree, overlaySource } from '../../worker/engine/versions/merging/overlay-source.ts'
import type { NewObject } from '../../worker/git/objects/object.ts'
import { checkPath } from '../../worker/git/objects/path-safety.ts'
import { hashObject } from '../../worker/git/objects/sha1.ts'
import { editTrees, type TreeEdit } from '../../worker/git/trees/tree-edit.ts'
import { tryGit } from '../git/run-git.ts'
import type { Version } from './version.ts'

/** The files of a folder as the engine reads a commit. Nothing is stored. */
export interface FolderCommit {
  readonly snapshot: CommitSnapshot
  /** Reads it, and the commits. */
  readonly source: SnapshotSource
}

/** A folder in the work tree of a repository. */
interface Folder {
  readonly path: string
  readonly files: Version
  /** The files of the commit that it is compared with. */
  readonly base: () => Promise<Version>
}

/** Opens the files of a folder as if they were committed on top of a commit. */
export async function openFolderCommit(
  commits: SnapshotSource,
  commit: CommitSnapshot,
  folder: Folder,
): Promise<FolderCommit> {
  const objects: NewObject[] = []
  const edits: TreeEdit[] = []
  for (const path of await changedFiles(folder, commit.commit)) {
    // Git would not take such a name, so that nothing of the database can have it.
    if (checkPath(path) !== null) continue
    const bytes = await folder.files.tree.readFile(path)
    if (!bytes) {
      edits.push({ path, delete: true })
      continue
    }
    const oid = hashObject('blob', bytes)
    objects.push({ oid, type: 'blob', bytes })
    edits.push({ path, oid })
  }
  const { root, objects: trees } = await editTrees(commits.trees, commit.root, edits, { allowTwins: true })
  const added = [...objects, ...trees]
  return {
    snapshot: await openTree(commits, root, added, { from: commit }),
    source: overlaySource(commits, added),
  }
}

/** Git knows which files have changed without reading all of them; where there is no git, they are read. */
async function changedFiles({ path, files, base }: Folder, commit: string): Promise<Iterable<string>> {
  const lists = [
    ['diff', '--name-only', '--no-renames', '--relative', '--ignore-submodules', '-z', commit, '--', '.'],
    ['ls-files', '--others', '--exclude-standard', '-z', '--', '.'],
  ].map((argv) => namesFrom(path, argv))
  if (lists.includes(undefined)) return files.changedSince(await base())
  return new Set(lists.flatMap((names) => names ?? []))
}

function namesFrom(folder: string, argv: readonly string[]): readonly string[] | undefined {
  try {
    const { status, out } = tryGit(folder, argv)
    if (status !== 0) return undefined
    return new TextDecoder()
      .decode(out)
      .split('\0')
      .filter((name) => name !== '')
  } catch {
    return undefined
  }
}
