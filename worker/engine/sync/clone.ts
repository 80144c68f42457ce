import { EspalierError } from '../../../src/protocol/errors.ts'
import type { StorageLoss } from '../../../src/protocol/outcomes.ts'
import type { Oid } from '../../git/objects/oid.ts'
import { shallowWrite, symbolicRef } from '../../git/refs/refs.ts'
import type { Remote, RemoteRefs } from '../../remote/remote.ts'
import { lossKey } from '../../storage/idb-schema.ts'
import type { Write } from '../../storage/storage.ts'
import { openCommit } from '../snapshots/commit-snapshot.ts'
import { branchPrefix, branchRef, headRef, remoteBranchRef } from '../repository/ref-names.ts'
import type { Repository } from '../repository/repository.ts'
import { download, type DownloadRequest } from '../repository/transfer.ts'

export interface CloneRequest {
  readonly branch?: string
  readonly branches: 'all' | 'one'
  readonly signal?: AbortSignal
  /** The remote's refs, when they were asked for already. */
  readonly listing?: Promise<RemoteRefs | undefined>
  /** What this clone replaces; noted with it. */
  readonly lost?: StorageLoss | null
}

/**
 * Fills an empty local repository from its remote: the tips first, so that reads are answered soon. Resolves
 * when they can be; `repository.settled()` when everything is durable. Another tab that clones the same
 * repository waits for this one and finds it done.
 *
 * Throws `remote/empty`, `git/ref-missing` for a branch that the remote does not have, and what
 * {@link download} and {@link openCommit} throw; then nothing is kept.
 */
export async function cloneInto(
  repository: Repository,
  remote: Remote,
  request: CloneRequest,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const durable = repository.lock.exclusive(async () => {
      await repository.refresh()
      if (repository.refs.value(headRef) !== null) return resolve()
      let end = repository.begin('cloning')
      const received = (): void => {
        end()
        end = repository.begin('indexing')
      }
      try {
        await fetchTips(repository, remote, request, { answer: resolve, received, durable: () => durable })
      } finally {
        end()
      }
    })
    durable.then(resolve, reject)
  })
}

interface CloneSteps {
  /** Reads can be answered. */
  answer(): void
  /** Everything has arrived. */
  received(): void
  /** Resolves when everything is durable. */
  durable(): Promise<void>
}

async function fetchTips(
  repository: Repository,
  remote: Remote,
  { branch, branches, signal, listing, lost }: CloneRequest,
  { answer, received, durable }: CloneSteps,
): Promise<void> {
  await repository.storage.dropOrphanSegments()
  repository.emit({ type: 'progress', progress: { phase: 'connecting', loaded: 0 } })
  const listed = (await listing) ?? (await remote.listRefs(signal ? { signal } : {}))
  const opened = chooseBranch(listed, branch, remote.url)
  const tips = branchTips(listed, branches === 'one' ? opened : undefined)
  const tip = tips.get(opened)
  if (!tip) throw new EspalierError('engine/internal', `The branch ${opened} vanished while cloning.`)
  const request: DownloadRequest = {
    wants: [...new Set(tips.values())],
    haves: [],
    ...(remote.canShallow ? { depth: 1 } : {}),
    ...(signal ? { signal } : {}),
    onReceived: received,
  }
  await download(repository, remote, request, async ({ pack, shallow }) => {
    const writes: Write[] = [
      ...(pack ? [{ kind: 'putPack', row: pack.row } as const] : []),
      ...(shallow.length > 0 ? [shallowWrite(shallow)] : []),
      { kind: 'setRef', name: branchRef(opened), value: tip },
      { kind: 'setRef', name: headRef, value: symbolicRef(branchRef(opened)) },
      ...[...tips].map(
        ([name, oid]) => ({ kind: 'setRef', name: remoteBranchRef(name), value: oid }) as const,
      ),
      ...(lost ? [{ kind: 'setMeta', key: lossKey, value: lost } as const] : []),
      ...(listed.head ? [{ kind: 'setMeta', key: 'remote-head', value: listed.head } as const] : []),
    ]
    if (pack) repository.objects.adopt(pack.row)
    // Reads may begin: everything they need is in memory. Writers wait until it is durable.
    repository.assume(refsSetBy(writes), durable())
    answer()
    repository.emit({ type: 'progress', progress: { phase: 'storing', loaded: 0 } })
    // What is no database is not kept: it may become one, and the next visit shall see that.
    await openCommit(repository, tip)
    await pack?.stored
    if (await repository.commit([{ kind: 'ref', name: headRef, value: null }], writes)) return
    throw new EspalierError(
      'engine/internal',
      'The repository was filled by another writer without its lock.',
    )
  })
}

function refsSetBy(writes: readonly Write[]): ReadonlyMap<string, string> {
  const refs = new Map<string, string>()
  for (const write of writes)
    if (write.kind === 'setRef' && write.value !== null) refs.set(write.name, write.value)
  return refs
}

/** Branch names (without `refs/heads/`) and their tips; one branch only when it is named. */
export function branchTips(listed: RemoteRefs, only?: string): ReadonlyMap<string, Oid> {
  const tips = new Map<string, Oid>()
  for (const [name, oid] of listed.refs) {
    if (!name.startsWith(branchPrefix)) continue
    const branch = name.slice(branchPrefix.length)
    if (only === undefined || branch === only) tips.set(branch, oid)
  }
  return tips
}

/** The wanted branch, or the remote's default, or its only one, or `main` or `master`. */
function chooseBranch(listed: RemoteRefs, wanted: string | undefined, url: string): string {
  const names = [...branchTips(listed).keys()]
  if (names.length === 0) {
    throw new EspalierError(
      'remote/empty',
      `The repository at ${url} has no branch yet. Push a first commit to it, then open it again.`,
      {
        data: { url },
      },
    )
  }
  if (wanted !== undefined) {
    if (names.includes(wanted)) return wanted
    throw new EspalierError(
      'git/ref-missing',
      `The repository at ${url} has no branch "${wanted}". It has: ${names.slice(0, 20).join(', ')}.`,
      {
        data: { url, branch: wanted },
      },
    )
  }
  const head = listed.head?.startsWith(branchPrefix) ? listed.head.slice(branchPrefix.length) : undefined
  const candidates = [head, 'main', 'master', names[0]]
  return candidates.find((name) => name !== undefined && names.includes(name)) ?? (names[0] as string) // names is not empty
}
