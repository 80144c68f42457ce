import { EspalierError } from '../../src/protocol/errors.ts'
import type { BranchInfo, CommitInfo } from '../../src/protocol/outcomes.ts'
import { log, walkLog } from '../git/log.ts'
import type { Oid } from '../git/oid.ts'
import { idsWithPrefix, resolveRevision } from '../git/revision.ts'
import { describeCommit } from './describe-commit.ts'
import { branchPrefix, branchRef, remoteBranchPrefix, remoteBranchRef } from './ref-names.ts'
import type { Repository } from './repository.ts'

/** The commit behind what an app names; `HEAD` is `head`. Throws `git/ref-missing`, `git/bad-ref-name`. */
export function commitOf({ refs, objects }: Repository, head: Oid, revision: string): Promise<Oid> {
  const findByPrefix = (prefix: string): readonly Oid[] =>
    objects.packs().flatMap(({ index }) => idsWithPrefix(index, prefix))
  return resolveRevision({ refs, objects, head, findByPrefix }, revision)
}

/**
 * The last commit on the first-parent line whose committer time is not later. Throws `git/ref-missing` when all are,
 * and `git/history-missing`.
 */
export async function commitAt({ refs, objects }: Repository, start: Oid, timeMs: number): Promise<Oid> {
  let oldest: Oid = start
  for await (const entry of walkLog(objects, start, { firstParent: true, shallow: refs.shallow })) {
    const { oid, commit, parents } = entry
    if (commit.committer.timestamp * 1000 <= timeMs) return oid
    oldest = oid
    if (parents.length < commit.parents.length) {
      throw new EspalierError('git/history-missing', 'The history of that time is not here yet.', {
        data: { oid },
      })
    }
  }
  throw new EspalierError(
    'git/ref-missing',
    `The first commit (${oldest}) is younger than ${new Date(timeMs).toISOString()}.`,
    { data: { timeMs } },
  )
}

/** The newest commits from a start. Throws `git/history-missing` when the boundary cuts the list short. */
export async function listCommits(
  { refs, objects }: Repository,
  start: Oid,
  limit: number,
): Promise<readonly CommitInfo[]> {
  const entries = await log(objects, start, { limit, shallow: refs.shallow })
  const cut = entries.find(({ commit, parents }) => parents.length < commit.parents.length)
  if (entries.length < limit && cut) {
    throw new EspalierError('git/history-missing', 'The older history is not here yet.', {
      data: { oid: cut.oid },
    })
  }
  return Promise.all(entries.map(async ({ oid }) => describeCommit(oid, (await objects.read(oid)).bytes)))
}

/** Every branch, here or on the remote as last seen, by name. */
export function listBranches({ refs, meta }: Repository): readonly BranchInfo[] {
  const names = new Set<string>()
  for (const { name } of refs.list(branchPrefix)) names.add(name.slice(branchPrefix.length))
  for (const { name, symbolic } of refs.list(remoteBranchPrefix)) {
    // `refs/remotes/origin/HEAD` (another git tool may write it) only points at one of the others.
    if (symbolic === undefined) names.add(name.slice(remoteBranchPrefix.length))
  }
  const defaultRef = meta.get('remote-head') ?? refs.head()?.branch
  return [...names].sort().map((name) => ({
    name,
    oid: refs.oid(branchRef(name)),
    remoteOid: refs.oid(remoteBranchRef(name)),
    isDefault: defaultRef === branchRef(name),
  }))
}
