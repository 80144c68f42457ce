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
import { concatBytes } from '../git/objects/object-text.ts'
import type { Oid } from '../git/objects/oid.ts'
import { assertBranchName } from '../git/refs/refs-name.ts'
import type { Remote } from '../remote/remote.ts'
import type { Registration } from './databases/registration.ts'
import type { Branch } from './branches/branch.ts'
import { openCommit, type CommitSnapshot } from './snapshots/commit-snapshot.ts'
import { distanceToRemote } from './branches/distance.ts'
import { fetchRemote } from './sync/fetch.ts'
import type { SettingsOf } from './queries/hide-deleted.ts'
import { createHistoryLoader } from './sync/history-loader.ts'
import { createLiveQueries, type LiveQueries } from './queries/live-queries.ts'
import { createMaintenance } from './maintenance.ts'
import { pull } from './sync/pull.ts'
import { push } from './sync/push.ts'
import { readRecord } from './snapshots/read-record.ts'
import { createOpenBranches, type OpenBranch } from './open-branches.ts'
import { branchRef, remoteBranchRef } from './repository/ref-names.ts'
import type { Repository } from './repository/repository.ts'
import { commitAt, commitOf, listCommits } from './repository/revisions.ts'
import { createRecentTables } from './queries/recent-tables.ts'
import type { Tables } from './queries/tables.ts'
import { dismissLoss, lossOf } from './repository/storage-loss.ts'

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
  const { author = localAuthor, commits: commitDefaults = {}, validate, slowQueryMs = 100 } = request
  const ran: Database['ran'] = (query, plan) => {
    if (plan.elapsedMs > slowQueryMs) repository.emit({ type: 'slow-query', query, plan })
  }
  const branches = createOpenBranches({
    repository,
    author,
    validate,
    commitTables: () => commits.all(),
    send,
    ran,
    caughtUp: () => registration.changed(),
  })
  const { open, create, catchUp, catchUpSoon } = branches
  const commits = createRecentTables(repository, () => branches.all().map(({ tables }) => tables))
  const maintenance = createMaintenance(repository)
  const history = createHistoryLoader(repository, remote)
  registration.follow(repository, () => branches.all().map(({ branch }) => branch))
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
      if (repository.refs.oid(branchRef(name)) !== null) return open(branchRef(name))
      if (repository.refs.oid(remoteBranchRef(name)) === null && request.branches === 'one') {
        await fetchRemote(repository, remote, { only: name })
      }
      const theirs = repository.refs.oid(remoteBranchRef(name))
      if (theirs === null) return open(branchRef(name))
      return create(name, theirs, `branch: Created from origin/${name}`).catch((error: unknown) => {
        if (isEspalierError(error, 'git/ref-exists')) return open(branchRef(name)) // another tab was faster
        throw error
      })
    },
    createBranch: async (name, from, fallback) => {
      assertBranchName(name)
      const oid = from === undefined || from === '' ? fallback : await resolve(from, fallback)
      return create(name, oid, `branch: Created from ${(typeof from === 'string' && from) || oid}`)
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

const stillTables: Pick<Tables, 'listen' | 'retain'> = { listen: () => {}, retain: () => () => {} }

function timeOf(moment: unknown): number {
  const timeMs = moment instanceof Date ? moment.getTime() : NaN
  if (Number.isNaN(timeMs)) refuseOption('at', moment, 'a branch, tag, commit or Date')
  return timeMs
}
