import type { BranchInfo } from '../../../../src/protocol/branches.ts'
import type { Oid } from '../../../git/objects/oid.ts'
import { isProtected } from '../../repository/branch-policy.ts'
import { describeCommit } from '../../repository/describe-commit.ts'
import { branchPrefix, branchRef, remoteBranchPrefix, remoteBranchRef } from '../../repository/ref-names.ts'
import type { Repository } from '../../repository/repository.ts'
import { commitOf } from '../../repository/revisions.ts'
import { createDistances, unlessMissing } from './branch-distance.ts'

/** Every branch, here or on the remote as last seen, by name. Throws `git/ref-missing` for an unknown `against`. */
export async function listBranches(
  repository: Repository,
  head: Oid,
  against?: string,
): Promise<readonly BranchInfo[]> {
  const { refs, meta, objects } = repository
  const distances = createDistances(repository)
  const names = new Set<string>()
  for (const { name } of refs.list(branchPrefix)) names.add(name.slice(branchPrefix.length))
  for (const { name, symbolic } of refs.list(remoteBranchPrefix)) {
    // `refs/remotes/origin/HEAD` (another git tool may write it) only points at one of the others.
    if (symbolic === undefined) names.add(name.slice(remoteBranchPrefix.length))
  }
  const noted = meta.get('remote-head') ?? refs.head()?.branch
  const defaultRef = typeof noted === 'string' ? noted : branchRef('main')
  const base =
    against === undefined
      ? (refs.oid(defaultRef) ?? refs.oid(remoteBranchRef(defaultRef.slice(branchPrefix.length))))
      : await commitOf(repository, head, against)

  return Promise.all(
    [...names].sort().map(async (name) => {
      const oid = refs.oid(branchRef(name))
      const remoteOid = refs.oid(remoteBranchRef(name))
      const tip = oid ?? remoteOid
      return {
        name,
        oid,
        remoteOid,
        isDefault: defaultRef === branchRef(name),
        isProtected: isProtected(repository, branchRef(name)),
        commit: tip && (await commitInfo(objects, tip)),
        remote: oid && remoteOid && (await distances.between(oid, remoteOid)),
        base: tip && base && (await distances.between(tip, base)),
      }
    }),
  )
}

function commitInfo(objects: Repository['objects'], oid: Oid): Promise<BranchInfo['commit']> {
  return unlessMissing(async () => describeCommit(oid, (await objects.read(oid)).bytes))
}
