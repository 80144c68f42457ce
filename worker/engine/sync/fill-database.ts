import type { OpenRequest } from '../../../src/protocol/engine.ts'
import type { StorageLoss } from '../../../src/protocol/outcomes.ts'
import type { Remote, RemoteRefs } from '../../remote/remote.ts'
import { cloneInto } from './clone.ts'
import { headRef } from '../repository/ref-names.ts'
import type { Repository } from '../repository/repository.ts'
import { lossOf } from '../repository/storage-loss.ts'

interface FillOptions {
  readonly signal: AbortSignal
  readonly listing: Promise<RemoteRefs | undefined>
  readonly before?: StorageLoss | undefined
}

/**
 * Clones when nothing is stored; answers what was lost before. `before`: what the registry says was stored here.
 * Throws what {@link cloneInto} throws.
 */
export async function fillDatabase(
  repository: Repository,
  request: OpenRequest,
  remote: Remote,
  { signal, listing, before }: FillOptions,
): Promise<StorageLoss | null> {
  const noted = lossOf(repository)
  if (repository.refs.value(headRef) !== null) return noted
  const evicted: StorageLoss | null = request.known?.includes(repository.id)
    ? { code: request.lost ? 'storage/corrupt' : 'storage/evicted', noticedAtMs: Date.now() }
    : null
  const found = noted ?? before ?? evicted
  const lost = found && { ...before, ...found }
  const { branch, branches } = request
  await cloneInto(repository, remote, {
    branches,
    signal,
    ...(branch === undefined ? {} : { branch }),
    listing,
    lost,
  })
  return lost
}
