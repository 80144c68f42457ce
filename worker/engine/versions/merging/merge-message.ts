import type { Branch } from '../../branches/branch.ts'
import { branchRef, remoteBranchPrefix, tagPrefix } from '../../repository/ref-names.ts'
import type { Repository } from '../../repository/repository.ts'
import type { StoredMerge } from './merge-state.ts'

/** The message that git gives a merge. */
export function defaultMergeMessage(
  { refs }: Pick<Repository, 'refs'>,
  { name }: Pick<Branch, 'name'>,
  { from, theirs }: Pick<StoredMerge, 'from' | 'theirs'>,
): string {
  return `Merge ${whatIs(refs, from, theirs)}${name === 'main' || name === 'master' ? '' : ` into ${name}`}`
}

function whatIs(refs: Repository['refs'], from: string, theirs: string): string {
  if (refs.oid(branchRef(from)) !== null) return `branch '${from}'`
  if (refs.oid(tagPrefix + from) !== null) return `tag '${from}'`
  if (refs.oid(`refs/remotes/${from}`) !== null) return `remote-tracking branch '${from}'`
  if (refs.oid(remoteBranchPrefix + from) !== null) return `remote-tracking branch 'origin/${from}'`
  return `commit '${theirs}'`
}
