import { EspalierError, isEspalierError } from '../../../src/protocol/errors.ts'
import type { Oid } from '../../git/objects/oid.ts'
import { log } from '../../git/history/log.ts'
import { missingObjects } from '../../git/packs/missing-objects.ts'
import { shallowWrite } from '../../git/refs/refs.ts'
import type { Remote, RemoteRefs } from '../../remote/remote.ts'
import type { Write } from '../../storage/storage.ts'
import { branchTips } from './clone.ts'
import {
  branchPrefix,
  headRef,
  remoteBranchPrefix,
  remoteBranchRef,
  tagPrefix,
} from '../repository/ref-names.ts'
import type { Repository } from '../repository/repository.ts'
import { download, type Download, type DownloadRequest } from '../repository/transfer.ts'
import { maxAttempts, tooBusy } from '../common/too-busy.ts'

export interface FetchOptions {
  /** Only this branch; all of them unless named. */
  readonly only?: string
  readonly signal?: AbortSignal
}

/** Set once the whole history and the tags of the remote have been fetched. */
export const historyKey = 'history'

/** How many commits of each tip are offered, so that the remote finds what we share. */
const offeredCommitsPerTip = 64

/**
 * Brings the remote-tracking refs up to date, with their objects. Local branches do not move. Throws `remote/*`.
 */
export async function fetchRemote(
  repository: Repository,
  remote: Remote,
  { only, signal }: FetchOptions = {},
): Promise<void> {
  await repository.settled()
  const listed = await remote.listRefs(signal ? { signal } : {})
  const tips = branchTips(listed, only)
  // Tags name any commit: without the history, that of theirs would have to come too.
  const tags = repository.meta.get(historyKey) === 'full' ? newTags(repository, listed) : []
  const named = [...tips.values(), ...tags.map(([, oid]) => oid)]
  const wants = [...new Set(named)].filter((oid) => !repository.objects.has(oid))
  const haves = await offeredCommits(repository)
  await download(repository, remote, { wants, haves, ...(signal ? { signal } : {}) }, async (fetched) => {
    const refWrites = (): readonly Write[] => [
      ...trackingWrites(repository, tips, only, listed),
      ...tagWrites(repository, tags),
    ]
    await storeFetched(repository, fetched, refWrites, () => assertComplete(repository, wants, fetched))
  })
}

/** A pack may be sound and still lack what its commits name: then no ref may point at them. */
async function assertComplete(
  { objects, refs }: Repository,
  want: readonly Oid[],
  { shallow }: Download,
): Promise<void> {
  const have = refs.list('refs/').flatMap(({ oid }) => (objects.has(oid) ? [oid] : []))
  try {
    const boundary = new Set([...refs.shallow, ...shallow])
    const named = await missingObjects(objects, { want, have, shallow: boundary })
    const lost = named.find(({ oid }) => !objects.has(oid))
    if (lost) throw new EspalierError('git/object-missing', `The object ${lost.oid} is in no pack.`)
  } catch (cause) {
    if (!isEspalierError(cause)) throw cause
    throw new EspalierError(
      'git/pack-corrupt',
      'The remote sent commits without everything that belongs to them; nothing of it was kept. Try again, and check the repository there with `git fsck`.',
      { cause },
    )
  }
}

/**
 * Fetches the whole history of everything that the remote has, and its tags. Throws `remote/*`.
 */
export async function completeHistory(
  repository: Repository,
  remote: Remote,
  signal?: AbortSignal,
): Promise<void> {
  await repository.settled()
  const listed = await remote.listRefs(signal ? { signal } : {})
  const tags = newTags(repository, listed)
  const isShallow = repository.refs.shallow.size > 0
  const wanted = [...(isShallow ? trackedTipsNow(repository, listed) : []), ...tags.map(([, oid]) => oid)]
  const wants = [...new Set(wanted)].filter((oid) => isShallow || !repository.objects.has(oid))
  const request: DownloadRequest = {
    wants,
    haves: await offeredCommits(repository),
    ...(isShallow ? { depth: 'infinite' } : {}),
    ...(signal ? { signal } : {}),
    phase: 'history',
  }
  await download(repository, remote, request, (fetched) =>
    storeFetched(repository, fetched, () => [
      ...tagWrites(repository, tags),
      { kind: 'setMeta', key: historyKey, value: 'full' },
    ]),
  )
}

type RemoteTag = readonly [name: string, oid: Oid]

/** Tags of the remote that are not here. One that is here is never moved, and stays when the remote deletes it. */
function newTags({ refs }: Repository, listed: RemoteRefs): readonly RemoteTag[] {
  return [...listed.refs].filter(([name]) => name.startsWith(tagPrefix) && refs.oid(name) === null)
}

function tagWrites({ refs }: Repository, tags: readonly RemoteTag[]): readonly Write[] {
  return tags.flatMap(([name, value]) =>
    refs.oid(name) === null ? [{ kind: 'setRef', name, value } as const] : [],
  )
}

/** Puts a download and the refs that need it in one batch. */
async function storeFetched(
  repository: Repository,
  { pack, shallow, unshallow }: Download,
  refWrites: () => readonly Write[],
  check?: () => Promise<void>,
): Promise<void> {
  await pack?.stored
  const isNews = await repository.exclusive(async () => {
    try {
      if (pack && check) {
        repository.objects.adopt(pack.row)
        await check()
      }
      for (let attempt = 0; attempt < maxAttempts; attempt++) {
        const writes: readonly Write[] = [
          ...(pack ? [{ kind: 'putPack', row: pack.row } as const] : []),
          ...boundaryWrites(repository.refs.shallow, shallow, unshallow),
          ...refWrites(),
        ]
        if (writes.length === 0) return false
        if (await repository.commit([], writes)) return true
        await repository.refresh()
      }
      throw tooBusy()
    } catch (error) {
      // Nothing may be built on what is not stored.
      if (pack) repository.objects.forget(pack.row.id)
      throw error
    }
  })
  if (isNews) repository.announcer.announce(headRef)
  repository.emit({ type: 'status' })
}

function trackingWrites(
  repository: Repository,
  tips: ReadonlyMap<string, Oid>,
  only: string | undefined,
  listed: RemoteRefs,
): readonly Write[] {
  const writes: Write[] = []
  for (const [branch, oid] of tips) {
    const name = remoteBranchRef(branch)
    if (repository.refs.oid(name) !== oid) writes.push({ kind: 'setRef', name, value: oid })
  }
  for (const { name } of repository.refs.list(remoteBranchPrefix)) {
    const branch = name.slice(remoteBranchPrefix.length)
    // The remote deleted it. Our own branch of that name, and its commits, stay.
    if ((only === undefined || only === branch) && !listed.refs.has(branchPrefix + branch))
      writes.push({ kind: 'setRef', name, value: null })
  }
  return writes
}

function trackedTips(repository: Repository): readonly Oid[] {
  return repository.refs.list(remoteBranchPrefix).map(({ oid }) => oid)
}

/** The tips that we track; where the remote has left one, its branch's tip of now: nothing else may be asked for. */
function trackedTipsNow(repository: Repository, { refs }: RemoteRefs): readonly Oid[] {
  const present = new Set(refs.values())
  return repository.refs.list(remoteBranchPrefix).flatMap(({ name, oid }) => {
    const now = present.has(oid) ? oid : refs.get(branchPrefix + name.slice(remoteBranchPrefix.length))
    return now === undefined ? [] : [now]
  })
}

/** Commits that we have, the likeliest to be shared first: the remote's own tips, then the newest of ours. */
async function offeredCommits(repository: Repository): Promise<readonly Oid[]> {
  const tracked = trackedTips(repository).filter((oid) => repository.objects.has(oid))
  const local = repository.refs.list(branchPrefix).map(({ oid }) => oid)
  const offered = new Set(tracked)
  const { shallow } = repository.refs
  for (const tip of [...tracked, ...local]) {
    for (const { oid } of await log(repository.objects, tip, { limit: offeredCommitsPerTip, shallow }))
      offered.add(oid)
  }
  return [...offered]
}

/** Changes the boundary of now, not the one that the fetch began with: another may have completed meanwhile. */
function boundaryWrites(
  now: ReadonlySet<Oid>,
  shallow: readonly Oid[],
  unshallow: readonly Oid[],
): readonly Write[] {
  const after = new Set([...now, ...shallow])
  for (const oid of unshallow) after.delete(oid)
  const same = after.size === now.size && [...after].every((oid) => now.has(oid))
  return same ? [] : [shallowWrite(after)]
}
