import { isEspalierError } from '../../../src/protocol/errors.ts'
import { createHistory } from '../../git/history/history.ts'
import { aheadBehind } from '../../git/history/merge-base.ts'
import type { Oid } from '../../git/objects/oid.ts'
import { remoteBranchPrefix, remoteBranchRef } from '../repository/ref-names.ts'
import type { Repository } from '../repository/repository.ts'

/** Commits that only one side has; null when the history at hand does not tell. */
export interface Distance {
  readonly unpushed: number | null
  readonly behind: number | null
}

/**
 * How far a branch and its remote's branch, as last seen, are apart. A branch that the remote does not have is
 * measured against the nearest of the remote's branches.
 */
export async function distanceToRemote(
  repository: Repository,
  branch: string,
  commit: Oid,
): Promise<Distance> {
  const { objects, refs } = repository
  const tracked = refs.oid(remoteBranchRef(branch))
  if (tracked === commit) return { unpushed: 0, behind: 0 }
  const history = createHistory(objects, refs.shallow)
  try {
    if (tracked !== null) {
      const { ahead, behind } = await aheadBehind(history, commit, tracked)
      return { unpushed: ahead, behind }
    }
    let unpushed: number | null = null
    for (const { oid } of refs.list(remoteBranchPrefix)) {
      const { ahead } = await aheadBehind(history, commit, oid)
      unpushed = Math.min(unpushed ?? Infinity, ahead)
    }
    return { unpushed, behind: 0 }
  } catch (error) {
    if (isEspalierError(error, 'git/history-missing')) return { unpushed: null, behind: null }
    throw error
  }
}
