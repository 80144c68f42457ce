import type { CommitSource } from '../../worker/engine/versions/commit-source.ts'
import type { FileTree } from '../../worker/format/file-tree.ts'
import type { Oid } from '../../worker/git/objects/oid.ts'

/** The files of a database at one time: of a folder now, or of a commit. */
export interface Version {
  readonly tree: FileTree
  /** The commit; undefined for a folder. */
  readonly commit?: string
  /** The files that differ from another version of the same database: paths from its root, deleted ones included. */
  changedSince(older: Version): Promise<ReadonlySet<string>>
  /** Every file with its git object id. */
  fileIds(): Promise<ReadonlyMap<string, string>>
}

/** Commits, and what names them. */
export interface Commits extends CommitSource {
  /** Throws `git/ref-missing`, `git/bad-ref-name`. */
  resolve(revision: string): Promise<Oid>
}

/** Where versions of one database come from. */
export interface Source {
  /** For people: the folder or address, without secrets. */
  readonly name: string
  /** The database's folder from the top of its git repository: '' or `path/to/it/`, in front of issues' paths. */
  readonly prefix: string
  /** The folder on this disk, where the files may be written; undefined for a remote. */
  readonly folder: string | undefined
  /** The files as they are now: in the folder, or at the remote's branch. */
  current(): Promise<Version>
  /** The files of a branch, tag or commit. Throws `git/ref-missing`, `remote/not-found` where there is no git. */
  at(revision: string): Promise<Version>
  /** The commits, as the engine reads them. Throws `remote/not-found` where there is no git. */
  commits(): Promise<Commits>
  close(): Promise<void>
}

/** Paths whose ids differ, or that only one side has. */
export function differingPaths(
  a: ReadonlyMap<string, string>,
  b: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const paths = new Set<string>()
  for (const [path, id] of a) if (b.get(path) !== id) paths.add(path)
  for (const path of b.keys()) if (!a.has(path)) paths.add(path)
  return paths
}
