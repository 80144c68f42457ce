import type { OpenRequest } from '../../src/protocol/engine.ts'
import { EspalierError, isEspalierError } from '../../src/protocol/errors.ts'
import type {
  Author,
  BranchInfo,
  CommitInfo,
  PullOutcome,
  PushOutcome,
  Status,
} from '../../src/protocol/outcomes.ts'
import { writeBundle } from '../git/bundle-writer.ts'
import { log, walkLog } from '../git/log.ts'
import type { Oid } from '../git/oid.ts'
import { reflogWrite } from '../git/reflog.ts'
import { assertBranchName } from '../git/refs-name.ts'
import { resolveCommit } from '../git/refs.ts'
import type { Remote } from '../remote/remote.ts'
import { openBranch, type Branch } from './branch.ts'
import { cloneInto } from './clone.ts'
import { openCommit, type CommitSnapshot } from './commit-snapshot.ts'
import { describeCommit } from './describe-commit.ts'
import { distanceToRemote } from './distance.ts'
import { completeHistory, fetchRemote, historyKey } from './fetch.ts'
import { createMaintenance } from './maintenance.ts'
import { pull } from './pull.ts'
import { push } from './push.ts'
import { branchPrefix, branchRef, headRef, remoteBranchPrefix, remoteBranchRef } from './ref-names.ts'
import type { Repository } from './repository.ts'
import { createEditWriter, type EditWriter } from './write-edits.ts'

/** A branch that handles are open on. */
export interface OpenBranch {
  readonly branch: Branch
  readonly writer: EditWriter
}

/** One open database in this tab. */
export interface Database {
  readonly repository: Repository
  readonly author: Author
  openBranch(name: string): Promise<OpenBranch>
  createBranch(name: string, from: string, fallback: Oid): Promise<OpenBranch>
  at(revision: string | number, near: CommitSnapshot): Promise<CommitSnapshot>
  log(start: Oid, limit: number): Promise<readonly CommitInfo[]>
  branches(): readonly BranchInfo[]
  pull(branch: Branch, signal: AbortSignal): Promise<PullOutcome>
  push(branch: Branch, signal: AbortSignal): Promise<PushOutcome>
  status(view: { branch: Branch | null; snapshot: CommitSnapshot }): Promise<Status>
  compact(): Promise<void>
  exportBundle(): Promise<Uint8Array>
  /** Sees what other tabs did, and goes on with history that could not be fetched before. */
  wake(): Promise<void>
  close(): Promise<void>
}

export interface DatabaseParts {
  readonly repository: Repository
  readonly request: OpenRequest
  readonly remote: Remote
}

const localAuthor: Author = { name: 'Espalier user', email: 'user@espalier.localhost' }

export function createDatabase({ repository, request, remote }: DatabaseParts): Database {
  const open = new Map<string, Promise<OpenBranch>>()
  const author = request.author ?? localAuthor
  const maintenance = createMaintenance(repository)
  const aborted = new AbortController()
  let history: Promise<void> | undefined

  /** Completes history once; a failed try (offline) may be repeated. */
  const loadHistory = (): Promise<void> => {
    history ??= completeHistory(repository, remote, aborted.signal).catch((cause: unknown) => {
      history = undefined
      throw cause
    })
    return history
  }

  const loadHistoryInBackground = (): void => {
    if (request.history !== 'full' || history !== undefined || repository.meta.get(historyKey) === 'full')
      return
    loadHistory().catch((error: unknown) => {
      if (aborted.signal.aborted) return
      const { code, message } = describeError(error)
      repository.emit({ type: 'warning', code, message: `History could not be completed: ${message}` })
      repository.emit({ type: 'status' })
    })
  }

  /** Runs a read that may need commits behind the shallow boundary, and fetches them when it does. */
  const withHistory = async <T>(read: () => Promise<T>): Promise<T> => {
    try {
      return await read()
    } catch (error) {
      const behind =
        isEspalierError(error, 'git/history-missing') ||
        isEspalierError(error, 'git/object-missing') ||
        isEspalierError(error, 'git/ref-missing')
      if (!behind || repository.meta.get(historyKey) === 'full') throw error
      try {
        await loadHistory()
      } catch (cause) {
        throw new EspalierError(
          'git/history-missing',
          'This needs history that is not here yet, and the remote cannot be reached now. Go online and try again.',
          { cause },
        )
      }
      return await read()
    }
  }

  const openRef = (ref: string): Promise<OpenBranch> => {
    const known = open.get(ref)
    if (known) return known
    const [near] = open.values()
    const opening = repository.alone(async () => {
      // The first branch opens on what was read a moment ago; later ones look for what other tabs did since.
      const state = (near ? undefined : repository.lastSeen) ?? (await repository.refresh())
      const branch = await openBranch(repository, ref, state, (await near)?.branch.snapshot)
      return { branch, writer: createEditWriter(repository, branch) }
    })
    open.set(ref, opening)
    opening.catch(() => open.delete(ref))
    return opening
  }

  const createRef = async (name: string, oid: Oid, message: string): Promise<OpenBranch> => {
    const ref = branchRef(name)
    await repository.exclusive(async () => {
      for (;;) {
        if (repository.refs.oid(ref) !== null) throw refExists(name)
        const committer = { ...author, timestamp: Math.floor(Date.now() / 1000) }
        const writes = [
          { kind: 'setRef', name: ref, value: oid } as const,
          reflogWrite(ref, null, oid, committer, message),
        ]
        if (await repository.commit([{ kind: 'ref', name: ref, value: null }], writes)) return
        await repository.refresh()
      }
    })
    repository.announcer.announce(ref)
    repository.emit({ type: 'status' })
    return openRef(ref)
  }

  const catchUp = (): Promise<void> =>
    repository.alone(async () => {
      const state = await repository.refresh()
      for (const opening of open.values()) {
        const { branch } = await opening
        // Deleted: its next write says so. The other branches follow all the same.
        if (repository.refs.oid(branch.ref) === null) continue
        if (await branch.catchUp(state))
          repository.emit({ type: 'changed', branch: branch.name, records: null })
      }
      repository.emit({ type: 'status' })
    })

  let catchingUp: Promise<void> | undefined
  const catchUpSoon = (): Promise<void> => {
    catchingUp ??= catchUp().finally(() => {
      catchingUp = undefined
    })
    return catchingUp
  }
  repository.announcer.listen(() => {
    // A hint only: when it fails, the next write or wake looks again.
    catchUpSoon().catch(() => {})
  })
  loadHistoryInBackground()

  return {
    repository,
    author,
    openBranch: async (name) => {
      if (repository.refs.oid(branchRef(name)) !== null) return openRef(branchRef(name))
      if (repository.refs.oid(remoteBranchRef(name)) === null && request.branches === 'one') {
        await fetchRemote(repository, remote, { only: name })
      }
      const theirs = repository.refs.oid(remoteBranchRef(name))
      if (theirs === null) return openRef(branchRef(name))
      return createRef(name, theirs, `branch: Created from origin/${name}`).catch((error: unknown) => {
        if (isEspalierError(error, 'git/ref-exists')) return openRef(branchRef(name)) // another tab was faster
        throw error
      })
    },
    createBranch: async (name, from, fallback) => {
      assertBranchName(name)
      const oid = from === '' ? fallback : (await withHistory(() => resolve(repository, from))).oid
      return createRef(name, oid, `branch: Created from ${from || oid}`)
    },
    at: (revision, near) =>
      withHistory(async () => {
        const oid =
          typeof revision === 'number'
            ? await commitAt(repository, near.commit, revision)
            : (await resolve(repository, revision)).oid
        maintenance.pin(oid)
        return openCommit(repository, oid, { from: near })
      }),
    log: (start, limit) =>
      withHistory(async () => {
        const entries = await log(repository.objects, start, { limit, shallow: repository.refs.shallow })
        const cut = entries.find(({ commit, parents }) => parents.length < commit.parents.length)
        if (entries.length < limit && cut) {
          throw new EspalierError('git/history-missing', 'The older history is not here yet.', {
            data: { oid: cut.oid },
          })
        }
        return Promise.all(
          entries.map(async ({ oid }) => describeCommit(oid, (await repository.objects.read(oid)).bytes)),
        )
      }),
    branches: () => listBranches(repository),
    pull: async (branch, signal) => pull(repository, branch, remote, author, signal),
    push: async (branch, signal) => {
      // What another tab committed is pushed as well, also when its announcement was lost.
      await repository.settled()
      await catchUp()
      return push(repository, branch, remote, signal)
    },
    status: async ({ branch, snapshot }) => {
      const distance = branch
        ? await distanceToRemote(repository, branch.name, snapshot.commit)
        : { unpushed: 0, behind: 0 }
      return {
        branch: branch?.name ?? null,
        commit: snapshot.commit,
        readOnly: branch === null,
        workingChanges: branch?.changes.size ?? 0,
        ...distance,
        durable: repository.isDurable(),
        history: repository.meta.get(historyKey) === 'full' ? 'full' : history ? 'loading' : 'tip',
        remote: { url: remote.url, canPush: remote.canPush },
        persisted: await repository.platform.persisted(),
        warnings: request.author
          ? []
          : [`Commits are written as "${localAuthor.name}". Give open() an author.`],
      }
    },
    compact: () => maintenance.compact(),
    exportBundle: () =>
      withHistory(async () => joinBytes(await writeBundle(repository.objects, repository.refs))),
    wake: async () => {
      // One that runs already may have read the state before the caller's news.
      await catchingUp?.catch(() => {})
      await catchUpSoon()
      loadHistoryInBackground()
    },
    close: async () => {
      aborted.abort()
      maintenance.stop()
      // Writers that were acknowledged are durable; wait for what is on its way so that nothing is cut off.
      await repository.settled().catch(() => {})
      await history?.catch(() => {})
      await repository.alone(() => repository.close())
    },
  }
}

/** Clones when this is the first visit. Throws what {@link cloneInto} throws. */
export async function fillDatabase(
  repository: Repository,
  request: OpenRequest,
  remote: Remote,
  signal: AbortSignal,
): Promise<void> {
  if (repository.refs.value(headRef) !== null) return
  const { branch, branches } = request
  await cloneInto(repository, remote, { branches, signal, ...(branch === undefined ? {} : { branch }) })
}

function resolve(repository: Repository, revision: string): ReturnType<typeof resolveCommit> {
  return resolveCommit(repository.refs, repository.objects, revision).catch((error: unknown) => {
    // A branch that only the remote has goes by its plain name too.
    const theirs = isEspalierError(error, 'git/ref-missing')
      ? repository.refs.oid(remoteBranchRef(revision))
      : null
    if (theirs === null) throw error
    return { kind: 'remote-branch', name: remoteBranchRef(revision), oid: theirs }
  })
}

/** The last commit on the first-parent line whose committer time is not later. */
async function commitAt(repository: Repository, start: Oid, timeMs: number): Promise<Oid> {
  let oldest: Oid = start
  const { shallow } = repository.refs
  for await (const { oid, commit, parents } of walkLog(repository.objects, start, {
    firstParent: true,
    shallow,
  })) {
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
    {
      data: { timeMs },
    },
  )
}

function listBranches({ refs, meta }: Repository): readonly BranchInfo[] {
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

function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    joined.set(piece, at)
    at += piece.length
  }
  return joined
}

function refExists(name: string): EspalierError {
  return new EspalierError(
    'git/ref-exists',
    `There is a branch "${name}" already. Open it, or choose another name.`,
    { data: { branch: name } },
  )
}

function describeError(error: unknown): { code: string; message: string } {
  return isEspalierError(error) ? error : { code: 'engine/internal', message: String(error) }
}
