import type { Refs } from '../../git/refs/refs.ts'
import type { SnapshotSource } from '../snapshots/commit-snapshot.ts'

/** Commits and what names them: of an open database, or of a repository of native git. */
export interface CommitSource extends SnapshotSource {
  readonly refs: Refs
}
