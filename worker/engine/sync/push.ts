import { EspalierError, isEspalierError } from '../../../src/protocol/errors.ts'
import type { PushOutcome } from '../../../src/protocol/outcomes.ts'
import { createHistory, type History } from '../../git/history/history.ts'
import { isAncestor } from '../../git/history/merge-base.ts'
import { missingObjects, type MissingRequest } from '../../git/packs/missing-objects.ts'
import { packForPush } from '../../git/packs/missing-objects-pack.ts'
import type { Oid } from '../../git/objects/oid.ts'
import type { PushedRef, Remote } from '../../remote/remote.ts'
import type { Branch } from '../branches/branch.ts'
import { distanceToRemote } from '../branches/distance.ts'
import { remoteBranchPrefix, remoteBranchRef } from '../repository/ref-names.ts'
import type { Repository } from '../repository/repository.ts'
import { reportTo } from '../repository/transfer.ts'

/**
 * Pushes the branch's commits, never forcing. `ok` from the remote is done; the ref is read back only when the
 * answer was lost or says that somebody was faster (which may have been ourselves, in an earlier try).
 *
 * Throws `remote/*`, `remote/read-only`.
 */
export async function push(
  repository: Repository,
  branch: Branch,
  remote: Remote,
  signal?: AbortSignal,
): Promise<PushOutcome> {
  refuseReadOnly(remote)
  await repository.settled()
  const { ref } = branch
  const tip = branch.snapshot.commit
  const known = repository.refs.oid(remoteBranchRef(branch.name))
  if (known === tip) return { status: 'up-to-date' }
  if (known !== null) {
    // The host compares its tip with what we know, not with what we send: this alone keeps a push from overwriting.
    const history = createHistory(repository.trees, repository.refs.shallow)
    if (await isKnownAncestor(history, tip, known)) return { status: 'up-to-date' }
    if (!(await isKnownAncestor(history, known, tip)))
      return { status: 'diverged', reason: `${branch.name} has other commits on the remote. Pull first.` }
  }
  const have = repository.refs.list(remoteBranchPrefix).map(({ oid }) => oid)
  const pack = packFor(repository, { want: [tip], have }, signal)
  pack.catch(() => {}) // the push may end before it needs the pack

  const transfer = { ...(signal ? { signal } : {}), onProgress: reportTo(repository) }
  const pushed = await remote
    .push({ updates: [{ ref, oldOid: known, newOid: tip }], pack, ...transfer })
    .then(
      (result): PushedRef =>
        result.refs.find((entry) => entry.ref === ref) ?? {
          ref,
          status: 'refused',
          reason: 'The remote did not answer for this ref.',
        },
      async (error: unknown): Promise<PushedRef> => {
        // The remote may have applied the push and the answer got lost.
        if (
          error instanceof EspalierError &&
          error.data['maybeApplied'] === true &&
          (await hasArrived(remote, ref, tip))
        )
          return { ref, status: 'ok' }
        throw error
      },
    )
  if (pushed.status === 'ok' || (pushed.status === 'diverged' && (await hasArrived(remote, ref, tip)))) {
    const { unpushed } = await distanceToRemote(repository, branch.name, tip)
    await noteRemoteTip(repository, branch.name, tip)
    return { status: 'pushed', from: known, to: tip, commits: unpushed ?? 0 }
  }
  return { status: pushed.status === 'diverged' ? 'diverged' : 'refused', reason: pushed.reason }
}

/** Where the history at hand does not tell, it is not. */
async function isKnownAncestor(history: History, ancestor: Oid, commit: Oid): Promise<boolean> {
  try {
    return await isAncestor(history, ancestor, commit)
  } catch (error) {
    if (isEspalierError(error, 'git/history-missing')) return false
    throw error
  }
}

/** Throws `remote/read-only`. */
export function refuseReadOnly({ canPush, url }: Remote): void {
  if (canPush) return
  throw new EspalierError(
    'remote/read-only',
    `${url} can only be read. Export a bundle, or push to a git host.`,
    { data: { url } },
  )
}

/** The pack of what the remote lacks, as far as we know it. */
export async function packFor(
  { objects, trees, refs }: Repository,
  wanted: Pick<MissingRequest, 'want' | 'have'>,
  signal?: AbortSignal,
): Promise<readonly Uint8Array[]> {
  // What was committed here a moment ago is in memory still.
  const missing = await missingObjects(trees, { ...wanted, shallow: refs.shallow })
  const { pieces } = await packForPush({ ...objects, read: trees.read }, missing, signal ? { signal } : {})
  return pieces
}

/** Whether the remote's ref is our commit. A remote that cannot be reached now says nothing. */
async function hasArrived(remote: Remote, ref: string, tip: Oid): Promise<boolean> {
  const listed = await remote.listRefs().catch(() => null)
  return listed?.refs.get(ref) === tip
}

async function noteRemoteTip(repository: Repository, branch: string, tip: Oid): Promise<void> {
  try {
    await repository.exclusive(async () => {
      while (!(await repository.commit([], [{ kind: 'setRef', name: remoteBranchRef(branch), value: tip }])))
        await repository.refresh()
    })
    // Other tabs tell how many commits are not pushed, and have queries that read the remote's branch.
    repository.announcer.announce(remoteBranchRef(branch))
  } catch (error) {
    // The push has happened. Only our note of it has not: the next pull or push makes it.
    const { code, message } = isEspalierError(error)
      ? error
      : { code: 'engine/internal', message: String(error) }
    repository.emit({
      type: 'warning',
      code,
      message: `The push arrived, but it could not be noted here: ${message}`,
    })
  }
  repository.emit({ type: 'status' })
}
