import type { CommitSnapshot } from '../snapshots/commit-snapshot.ts'
import { createTables, type FollowingTables, type Tables, type TablesParts } from './tables.ts'
import { noChanges } from '../branches/working-changes.ts'

/** The tables of commits that are read: those of the last ones are kept. */
export interface RecentTables {
  of(snapshot: CommitSnapshot): Tables
  /** Those of the branches too: they share rows. */
  all(): readonly FollowingTables[]
}

const maxCommits = 8
export function createRecentTables(
  repository: TablesParts['repository'],
  branches: () => readonly FollowingTables[],
): RecentTables {
  const commits = new Map<string, FollowingTables>()
  const all = (): readonly FollowingTables[] => [...branches(), ...commits.values()]
  return {
    all,
    of: (snapshot) => {
      const commit = `${snapshot.commit} ${snapshot.as}`
      const tables =
        commits.get(commit) ??
        createTables({
          repository,
          view: () => ({ snapshot, changes: noChanges }),
          others: all,
        })
      commits.delete(commit)
      commits.set(commit, tables)
      for (const [oldest, { close }] of commits) {
        if (commits.size <= maxCommits) break
        commits.delete(oldest)
        close()
      }
      return tables
    },
  }
}
