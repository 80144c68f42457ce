/** One entry of a folder. */
export interface FileTreeEntry {
  readonly name: string
  readonly kind: 'file' | 'dir'
}

/**
 * The files of one version of a database, read-only. Paths go from the database root with `/`, without a
 * leading or trailing slash; `''` is the root. This is all that the format knows about where files live.
 */
export interface FileTree {
  /** The bytes of a file; undefined when there is none (or it is a folder). */
  readFile(path: string): Promise<Uint8Array | undefined>
  /** The entries of a folder in any order; undefined when there is no such folder. */
  list(dir: string): Promise<readonly FileTreeEntry[] | undefined>
}
