import type { OpenRequest } from '../../src/protocol/engine.ts'
import type { LiveUpdate } from '../../src/protocol/live.ts'
import type { Query, QueryPlan } from '../../src/protocol/query.ts'
import { isEspalierError } from '../../src/protocol/errors.ts'
import { refuseOption } from '../../src/protocol/options.ts'
import type {
  Author,
  CommitInfo,
  PullOutcome,
  PushOutcome,
  Status,
  StorageLoss,
} from '../../src/protocol/outcomes.ts'
import type { AtOptions, RecordValue, Revision } from '../../src/protocol/records.ts'
import { concatBytes } from '../git/object-text.ts'
import type { Oid } from '../git/oid.ts'
import { reflogWrite } from '../git/reflog.ts'
import { assertBranchName } from '../git/refs-name.ts'
import type { Remote, RemoteRefs } from '../remote/remote.ts'
import type { Registration } from './registration.ts'
import { journalUnmoved, openBranch, type Branch, type Journals } from './branch.ts'
import { currentName } from './branch-policy.ts'
import { cloneInto } from './clone.ts'
import { openAhead, openCommit, type CommitSnapshot } from './commit-snapshot.ts'
import { distanceToRemote } from './distance.ts'
import { fetchRemote } from './fetch.ts'
import type { SettingsOf } from './hide-deleted.ts'
import { createHistoryLoader } from './history-loader.ts'
import { createLiveQueries, type LiveQueries } from './live-queries.ts'
import { createMaintenance } from './maintenance.ts'
import { pull } from './pull.ts'
import { push } from './push.ts'
import { readRecord } from './read-record.ts'
import { branchRef, headRef, remoteBranchRef, refExists, standsInTheWay } from './ref-names.ts'
import type { Repository } from './repository.ts'
import { commitAt, commitOf, listCommits } from './revisions.ts'
import { createRecentTables } from './recent-tables.ts'
import { createTables, type FollowingTables, type Tables } from './tables.ts'
import { beginTransaction, type Transaction } from './transaction.ts'
import { dismissLoss, lossOf } from './storage-loss.ts'
import { createEditWriter, type EditWriter } from './write-edits.ts'

/** A branch that handles are open on. */
export interface OpenBranch {
  readonly branch: Branch
  readonly writer: EditWriter
  /** What queries read. */
  readonly tables: Tables
  readonly live: LiveQueries
  begin(): Transaction
}

/** One open database in this tab. */
export interface Database {
  readonly repository: Repository
  readonly remote: Remote
  readonly author: Author
  readonly commitDefaults: NonNullable<OpenRequest['commits']>
  /** How the app wants records of a collection treated. */
  readonly settingsOf: SettingsOf
  /** What the last commit that had a record held of it; `from`: that commit. Throws `git/ref-missing`, `git/history-missing`. */
  recall(
    near: CommitSnapshot,
    collection: string,
    key: string,
    from: Revision | undefined,
  ): Promise<RecordValue | undefined>
  /** Live queries of what is at no branch: only the sources that they read at branches change. */
  readonly live: LiveQueries
  /** Queries that take longer are told of. */
  /** Hears of every query that ran: those that take long are told. */
  ran(query: Query, plan: QueryPlan): void
  /** Sends what a live query found. */
  send(update: LiveUpdate): void
  /** As it was when the database was opened. */
  readonly lost: StorageLoss | null
  openBranch(name: string): Promise<OpenBranch>
  createBranch(name: string, from: Revision | undefined, fallback: Oid): Promise<OpenBranch>
  /** The commit that an app names; `HEAD` is `head`. Throws as `at`. */
  resolve(revision: Revision, head: Oid): Promise<Oid>
  /**
   * `current`: read with the definitions of `near`. Throws `git/ref-missing`, `git/history-missing`,
   * `engine/bad-argument`.
   */
  at(revision: Revision, near: CommitSnapshot, schema?: AtOptions['schema']): Promise<CommitSnapshot>
  /** What queries of a commit read. */
  tablesAt(snapshot: CommitSnapshot): Tables
  log(start: Oid, limit: number): Promise<readonly CommitInfo[]>
  /** Runs a read, and once more with the whole history when it needs what is not here. Throws `git/history-missing`. */
  withHistory<T>(read: () => Promise<T>): Promise<T>
  pull(branch: Branch, signal: AbortSignal): Promise<PullOutcome>
  push(branch: Branch, signal: AbortSignal): Promise<PushOutcome>
  status(view: { branch: Branch | null; snapshot: CommitSnapshot }): Promise<Status>
  dismissLoss(): Promise<void>
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
  readonly send: (update: LiveUpdate) => void
  readonly registration: Registration
  readonly lost: StorageLoss | null
}

const localAuthor: Author = { name: 'Espalier user', email: 'user@espalier.localhost' }

export function createDatabase(parts: DatabaseParts): Database {
  const { repository, request, remote, send, registration, lost } = parts
  const opening = new Map<string, Promise<OpenBranch>>()
  const open: (OpenBranch & { readonly tables: FollowingTables })[] = []
  const commits = createRecentTables(repository, () => open.map(({ tables }) => tables))
  const { author = localAuthor, commits: commitDefaults = {}, validate, slowQueryMs = 100 } = request
  const ran: Database['ran'] = (query, plan) => {
    if (plan.elapsedMs > slowQueryMs) repository.emit({ type: 'slow-query', query, plan })
  }
  const maintenance = createMaintenance(repository)
  const history = createHistoryLoader(repository, remote)
  registration.follow(repository, () => open.map(({ branch }) => branch))

  /** `journals`: what storage says of them, when it was read just now. */
  const openRef = async (ref: string, journals?: Journals): Promise<OpenBranch> => {
    const known = open.find(({ branch }) => branch.ref === ref) ?? opening.get(ref)
    if (known) return known
    const promise = repository.alone(async () => {
      const near = open[0]?.branch.snapshot
      // The first branch opens on what was read a moment ago; later ones look for what other tabs did since.
      const state = journals ?? (near ? undefined : repository.lastSeen) ?? (await repository.refresh())
      const branch = await openBranch(repository, ref, state, near)
      const tables = createTables({ repository, view: () => branch, others: commits.all })
      branch.observe(tables.observer)
      const writer = createEditWriter(repository, branch, validate && { validate })
      const begin = (): Transaction => beginTransaction({ repository, branch, writer, others: commits.all })
      const opened = { branch, writer, tables, live: createLiveQueries(tables, send, repository, ran), begin }
      open.push(opened)
      return opened
    })
    opening.set(ref, promise)
    try {
      return await promise
    } finally {
      opening.delete(ref)
    }
  }

  const createRef = async (name: string, oid: Oid, message: string): Promise<OpenBranch> => {
    const ref = branchRef(name)
    const near = open[0]?.branch.snapshot
    let isAhead = near === undefined || near.commit === oid
    // A branch of this name that is gone has left the number of its journal.
    let journals: Journals = { journal: [], journalSeqs: new Map() }
    await repository.exclusive(async () => {
      for (;;) {
        if (standsInTheWay(repository.refs, ref)) throw refExists(name)
        const committer = { ...author, timestamp: Math.floor(Date.now() / 1000) }
        const stored = repository.commit(
          [{ kind: 'ref', name: ref, value: null }, journalUnmoved(journals, ref)],
          [{ kind: 'setRef', name: ref, value: oid }, reflogWrite(ref, null, oid, committer, message)],
        )
        // Read while the ref is being stored; whoever needs it meets what keeps it from being read.
        if (near && !isAhead) openAhead(repository, oid, near).catch(() => {})
        isAhead = true
        if (await stored) return
        journals = await repository.refresh()
      }
    })
    repository.announcer.announce(ref)
    repository.emit({ type: 'status' })
    // Handles may be open on one of this name that was deleted.
    if (open.some(({ branch }) => branch.ref === ref)) await catchUp()
    return openRef(ref, journals)
  }

  const catchUp = (): Promise<void> =>
    repository.alone(async () => {
      const state = await repository.refresh()
      // Those that are being opened wait for this task and then see the same state.
      for (const { branch } of open) {
        // Deleted: its next write says so. The other branches follow all the same.
        if (repository.refs.oid(currentName(repository, branch.ref)) === null) continue
        if (await branch.catchUp(state))
          repository.emit({ type: 'changed', branch: branch.name, records: null })
      }
      repository.emit({ type: 'status' })
      registration.changed()
    })

  let catchingUp: Promise<void> | undefined
  let following: Promise<void> | undefined
  const catchUpSoon = (): Promise<void> => {
    // One that runs already may have read the state before this news: one more follows it, however many ask.
    if (catchingUp)
      return (following ??= catchingUp
        .catch(() => {})
        .then(() => {
          following = undefined
          return catchUpSoon()
        }))
    catchingUp = catchUp().finally(() => {
      catchingUp = undefined
    })
    return catchingUp
  }
  repository.announcer.listen(() => {
    // A hint only: when it fails, the next write or wake looks again.
    catchUpSoon().catch(() => {})
  })
  const sync = async <T>(task: () => Promise<T>): Promise<T> => {
    const end = repository.begin('syncing')
    try {
      const outcome = await task()
      registration.synced()
      return outcome
    } finally {
      end()
    }
  }
  const continueHistory = (): void => {
    if (request.history === 'full') history.loadInBackground()
  }
  continueHistory()

  const find = (revision: Revision, head: Oid): Promise<Oid> =>
    typeof revision === 'string'
      ? commitOf(repository, head, revision)
      : commitAt(repository, head, timeOf(revision))
  const resolve: Database['resolve'] = (revision, head) =>
    history.withHistory(async () => find(revision, head))
  const at: Database['at'] = (revision, near, schema = 'own') =>
    history.withHistory(async () => {
      if (schema !== 'own' && schema !== 'current') refuseOption('schema', schema, 'own or current')
      const oid = await find(revision, near.commit)
      maintenance.pin(oid)
      return openCommit(repository, oid, {
        from: near,
        ...(schema === 'current' && { definitions: true }),
      })
    })

  return {
    repository,
    settingsOf: repository.codecs.settingsOf,
    remote,
    author,
    commitDefaults,
    recall: async (near, id, key, from) =>
      from === undefined
        ? history.withHistory(async () => {
            const { recallRecord } = await repository.codecs.plugins.extras.load()
            return recallRecord(repository, near, id, key)
          })
        : readRecord(await at(from, near), id, key),
    ran,
    send,
    live: createLiveQueries(stillTables, send, repository, ran),
    lost,
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
      const oid = from === undefined || from === '' ? fallback : await resolve(from, fallback)
      return createRef(name, oid, `branch: Created from ${(typeof from === 'string' && from) || oid}`)
    },
    resolve,
    at,
    tablesAt: commits.of,
    log: (start, limit) => history.withHistory(() => listCommits(repository, start, limit)),
    withHistory: history.withHistory,
    pull: (branch, signal) => sync(() => pull(repository, branch, remote, author, signal)),
    push: async (branch, signal) => {
      // What another tab committed is pushed as well, also when its announcement was lost.
      await repository.settled()
      await catchUp()
      return sync(() => push(repository, branch, remote, signal))
    },
    status: async ({ branch, snapshot }) => {
      const distance = branch
        ? await distanceToRemote(repository, branch.name, snapshot.commit)
        : { unpushed: 0, behind: 0 }
      return {
        state: await registration.state(),
        branch: branch?.name ?? null,
        commit: snapshot.commit,
        readOnly: branch === null,
        workingChanges: branch?.changes.size ?? 0,
        ...distance,
        durable: repository.isDurable(),
        history: history.state(),
        remote: { url: remote.url, canPush: remote.canPush },
        persisted: await repository.platform.persisted(),
        // Noted in the store together with the clone that replaces what was lost.
        lost: repository.isDurable() ? lossOf(repository) : lost,
        warnings: request.author
          ? []
          : [`Commits are written as "${localAuthor.name}". Give open() an author.`],
      }
    },
    dismissLoss: () => dismissLoss(repository),
    compact: () => maintenance.compact(),
    exportBundle: () =>
      history.withHistory(async () => {
        const { writeBundle } = await repository.codecs.plugins.extras.load()
        return concatBytes(await writeBundle(repository.objects, repository.refs))
      }),
    wake: async () => {
      await catchUpSoon()
      continueHistory()
    },
    close: async () => {
      maintenance.stop()
      for (const tables of commits.all()) tables.close()
      const stopped = history.stop()
      // Writers that were acknowledged are durable; wait for what is on its way so that nothing is cut off.
      await repository.settled().catch(() => {})
      await stopped
      await registration.close()
      await repository.alone(() => repository.close())
    },
  }
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

const stillTables: Pick<Tables, 'listen' | 'retain'> = { listen: () => {}, retain: () => () => {} }

function timeOf(moment: unknown): number {
  const timeMs = moment instanceof Date ? moment.getTime() : NaN
  if (Number.isNaN(timeMs)) refuseOption('at', moment, 'a branch, tag, commit or Date')
  return timeMs
}

interface FillOptions {
  readonly signal: AbortSignal
  readonly listing: Promise<RemoteRefs | undefined>
  readonly before?: StorageLoss | undefined
}
