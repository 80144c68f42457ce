import type { DeletedRemoteTag } from '../../../../src/protocol/branches.ts'
import type { HandleId } from '../../../../src/protocol/engine.ts'
import type { PushedRef } from '../../../remote/remote.ts'
import { tagPrefix } from '../../repository/ref-names.ts'
import { reportTo } from '../../repository/transfer.ts'
import { pushRefs } from './push-refs.ts'
import type { VersionsContext } from '../versions-context.ts'

/** Deletes tags on the remote, each for itself, and none that is another one here. Throws `remote/*`. */
export async function deleteRemoteTags(
  { viewOf, refuseReadOnly }: VersionsContext,
  handle: HandleId,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly DeletedRemoteTag[]> {
  const { repository, remote } = viewOf(handle).database
  refuseReadOnly(remote)
  const end = repository.begin('syncing')
  try {
    const { refs: there } = await remote.listRefs({ signal })
    const tags = [...new Set(names)].map((name) => {
      const ref = tagPrefix + name
      const oid = there.get(ref) ?? null
      const own = repository.refs.oid(ref)
      return { name, ref, oid, isOther: own !== null && own !== oid }
    })
    // The remote compares: a tag that somebody moves meanwhile stays.
    const updates = tags.flatMap(({ ref, oid, isOther }) =>
      oid === null || isOther ? [] : [{ ref, oldOid: oid, newOid: null }],
    )
    const transfer = { pack: null, signal, onProgress: reportTo(repository) }
    const pushed = updates.length === 0 ? [] : await pushRefs(remote, updates, transfer)
    const results = new Map(pushed.map((result) => [result.ref, result]))
    return tags.map(({ name, ref, oid, isOther }) => {
      if (oid === null) return { name, status: 'missing' }
      return isOther ? { name, status: 'exists', oid } : describeDeleted(name, oid, results.get(ref))
    })
  } finally {
    end()
  }
}

function describeDeleted(name: string, oid: string, pushed: PushedRef | undefined): DeletedRemoteTag {
  if (!pushed) return { name, status: 'refused', reason: 'The remote did not answer for this tag.' }
  if (pushed.status === 'ok') return { name, status: 'deleted', oid }
  if (pushed.status === 'diverged') return { name, status: 'exists', oid: null }
  return { name, status: 'refused', reason: pushed.reason }
}
