import type { Progress } from '../../../src/protocol/outcomes.ts'
import type { Oid } from '../../git/objects/oid.ts'
import type { Remote, TransferProgress } from '../../remote/remote.ts'
import type { ReceivedPack } from '../../git/packs/pack-ingest.ts'
import type { Repository } from './repository.ts'

/** What a download is to bring. */
export interface DownloadRequest {
  readonly wants: readonly Oid[]
  readonly haves: readonly Oid[]
  readonly depth?: number | 'infinite'
  readonly signal?: AbortSignal
  /** Reported instead of the remote's own phases: for work in the background. */
  readonly phase?: Progress['phase']
  /** Everything has arrived; what follows is indexing and storing. */
  readonly onReceived?: () => void
}

/** What a download brought. Nothing of it counts before a batch has put the row and the boundary. */
export interface Download {
  /** null: the remote had nothing that we lack. */
  readonly pack: ReceivedPack | null
  /** Commits that came without their parents, and those whose parents came now. */
  readonly shallow: readonly Oid[]
  readonly unshallow: readonly Oid[]
}

/** The shared lock that keeps segments of packs that are still arriving. */
export const arrivingSegments = 'arriving-segments'

/**
 * Streams a pack from the remote into storage, indexing it on the way, and hands it to `keep`, which puts it into
 * a batch. Throws `remote/*`, `git/pack-corrupt`, `storage/quota`.
 */
export async function download(
  repository: Repository,
  remote: Remote,
  request: DownloadRequest,
  keep: (download: Download) => Promise<void>,
): Promise<void> {
  const { wants, haves, depth, signal, phase } = request
  const boundary = repository.refs.shallow
  if (wants.length === 0) return keep({ pack: null, shallow: [], unshallow: [] })
  const release = await repository.lock.holdShared(arrivingSegments)
  const ingest = repository.objects.ingest({
    ...(signal ? { signal } : {}),
    onProgress: ({ objects, total }) => {
      repository.emit({ type: 'progress', progress: { phase: phase ?? 'resolving', loaded: objects, total } })
    },
  })
  try {
    const { shallow, unshallow } = await remote.fetch({
      wants,
      haves,
      shallow: [...boundary],
      ...(depth === undefined ? {} : { depth }),
      ...(signal ? { signal } : {}),
      onPack: (chunk) => ingest.write(chunk),
      onProgress: reportTo(repository, phase),
    })
    request.onReceived?.()
    await keep({ pack: await ingest.finish(), shallow, unshallow })
  } catch (error) {
    await ingest.abort()
    throw error
  } finally {
    release()
  }
}

/** Reports a remote's progress to the app. */
export function reportTo(
  repository: Repository,
  phase?: Progress['phase'],
): (progress: TransferProgress) => void {
  return (progress) =>
    repository.emit({ type: 'progress', progress: phase ? { ...progress, phase } : progress })
}
