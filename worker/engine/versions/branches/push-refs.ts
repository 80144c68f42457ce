import { isEspalierError } from '../../../../src/protocol/errors.ts'
import type { PushedRef, PushRequest, Remote } from '../../../remote/remote.ts'

/** Pushes refs, each for itself. A push of which the answer was lost is looked for at the remote. Throws `remote/*`. */
export async function pushRefs(
  remote: Remote,
  updates: PushRequest['updates'],
  transfer: Omit<PushRequest, 'updates' | 'atomic'>,
): Promise<readonly PushedRef[]> {
  try {
    const { refs } = await remote.push({ ...transfer, updates, atomic: false })
    return refs
  } catch (error) {
    if (!isEspalierError(error) || error.data['maybeApplied'] !== true) throw error
    const listed = await remote.listRefs().catch(() => null)
    if (!listed || updates.some(({ ref, newOid }) => (listed.refs.get(ref) ?? null) !== newOid)) throw error
    return updates.map(({ ref }) => ({ ref, status: 'ok' }))
  }
}
