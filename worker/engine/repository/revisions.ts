import { EspalierError } from '../../../src/protocol/errors.ts'
import type { CommitInfo } from '../../../src/protocol/outcomes.ts'
import { log, walkLog } from '../../git/history/log.ts'
import type { Oid } from '../../git/objects/oid.ts'
import { idsWithPrefix, resolveRevision } from '../../git/refs/revision.ts'
import { describeCommit } from './describe-commit.ts'
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
