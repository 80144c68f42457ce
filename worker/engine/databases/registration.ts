import type { DatabaseState } from '../../../src/protocol/databases.ts'
import type { StorageLoss } from '../../../src/protocol/outcomes.ts'
import { isEspalierError } from '../../../src/protocol/errors.ts'
import {
  defaultName,
  newDatabaseRow,
  parseDatabaseRow,
  workingChangesOf,
  type BranchSummary,
  type DatabaseRow,
  type Summary,
} from './database-row.ts'
import { problemOf, stateOf } from '../repository/database-state.ts'
import type { DatabaseLocation } from '../locate-database.ts'
import { registryName, type Platform } from '../platform/platform.ts'
import type { Repository } from '../repository/repository.ts'
import { branchPrefix } from '../repository/ref-names.ts'
import { lossOf } from '../repository/storage-loss.ts'
import { changesInJournal, summarize } from './summarize.ts'
import type { WorkingChanges } from '../branches/working-changes.ts'

/**
 * The entry of one database in the registry, kept up to date while it is open. Only a hint for lists: whatever fails
 * here is forgotten, and nothing that is acknowledged waits for it.
 */
export interface Registration {
  /** The database is being opened; `empty`: nothing is stored. Resolves with what was stored before, if anything was. */
  visit(empty: boolean): Promise<StorageLoss | undefined>
  /** From now on what it holds is noted, a while after each change. */
  follow(repository: Repository, openBranches: () => Iterable<OpenChanges>): void
  /** What it holds changed, also where this tab did not write it. */
  changed(): void
  /** The remote answered a clone, pull or push. */
  synced(): void
  /** It could not be opened. */
  failed(error: unknown): Promise<void>
  state(): Promise<DatabaseState>
  /** Notes what is left to note. */
  close(): Promise<void>
}

/** A branch that is open here, and its working changes. */
export interface OpenChanges {
  readonly name: string
  readonly changes: WorkingChanges
}

/** How long after a change the entry is brought up to date, in ms. Changes meanwhile are noted with it. */
const delayMs = 1000
const maxFollowers = 50

export function createRegistration(
  platform: Platform,
  namespace: string,
  { url, repository: id }: Pick<DatabaseLocation, 'url' | 'repository'>,
): Registration {
  const registry = platform.registry(namespace)
  const me = crypto.randomUUID()
  let closing = false
  let visited = false
  let syncedAt: number | undefined
  let look:
    | ((row: DatabaseRow | undefined) => Promise<Pick<DatabaseRow, 'summary' | 'error' | 'lost'>>)
    | undefined
  let state: () => Promise<DatabaseState> = async () => 'absent'
  let callOff: (() => void) | undefined
  let last: Promise<unknown> = Promise.resolve()

  /** One after the other, and never in anybody's way. */
  const note = <T>(step: () => Promise<T>): Promise<T | undefined> => {
    const noted = last.then(step).catch(() => undefined)
    last = noted
    return noted
  }

  const known = async (): Promise<DatabaseRow | undefined> => parseDatabaseRow(await registry.get(id))
  const addRow = async (): Promise<void> => {
    const taken = new Set((await registry.all()).map(({ value }) => parseDatabaseRow(value)?.name ?? ''))
    await registry.update(id, (row) => row ?? newDatabaseRow(url, defaultName(url, taken), Date.now()))
  }
  const update = async (change: (row: DatabaseRow) => DatabaseRow): Promise<void> => {
    if (!(await known())) await naming(platform, namespace, addRow)
    await registry.update(id, (value) => {
      const row = parseDatabaseRow(value)
      return row && change(row)
    })
  }

  const noteNow = async (): Promise<void> => {
    callOff?.()
    callOff = undefined
    if (!look) return
    const seen = await look(await known())
    const lastSyncAt = syncedAt
    await update((noted) => {
      const { error: _, lost: __, ...row } = noted
      const others = (row.followers ?? []).filter((follower) => follower !== me)
      const followers = closing ? others : [...others, me].slice(-maxFollowers)
      return { ...row, ...seen, followers, lastSyncAt: lastSyncAt ?? row.lastSyncAt }
    })
  }
  const noteSoon = (): void => {
    callOff ??= platform.after(delayMs, () => void note(noteNow))
  }

  const visit = async (empty: boolean): Promise<StorageLoss | undefined> => {
    if (visited) return undefined
    visited = true
    return note(async () => {
      const now = Date.now()
      let lost: StorageLoss | undefined
      await update((noted) => {
        const { error: _, trash: __, ...row } = noted
        // One that was noticed before, and whose new clone was not stored, is the same loss still.
        if (empty) lost = row.summary ? evictionOf(row.summary, now) : row.lost
        const followers = [...(row.followers ?? []), me].slice(-maxFollowers)
        return { ...row, followers, lastOpenedAt: now, ...(lost ? { lost, summary: null } : {}) }
      })
      return lost
    })
  }

  return {
    visit,
    follow: (repository, openBranches) => {
      // Branches that this tab does not open: as the journal says now, later as the tab notes that has them open.
      let elsewhere = repository.lastSeen && changesInJournal(repository.lastSeen.journal)
      let noted: Summary | null = null
      const summary = (): Promise<Summary | null> => {
        const { objects, refs } = repository
        const changesOf = (name: string): Omit<BranchSummary, 'name'> => {
          for (const branch of openBranches()) if (branch.name === name) return countChanges(branch.changes)
          const other =
            elsewhere?.get(branchPrefix + name) ?? noted?.branches.find((one) => one.name === name)
          return { workingChanges: other?.workingChanges ?? 0, conflicts: other?.conflicts ?? 0 }
        }
        return summarize({ objects, refs, changesOf })
      }
      const error = (): Pick<DatabaseRow, 'error'> =>
        repository.problem ? { error: problemOf(repository.problem) } : {}
      look = async (row) => {
        // What is not durable yet may still turn out not to be there.
        noted = row?.summary ?? null
        let lost = row?.lost
        if (repository.isDurable()) {
          noted = await summary()
          lost = lossOf(repository) ?? undefined
        }
        elsewhere = undefined
        return { summary: noted, ...error(), ...(lost ? { lost } : {}) }
      }
      state = async () =>
        stateOf({ stored: true, activity: repository.activity, summary: await summary(), ...error() })
      repository.onCommitted(noteSoon)
      // What has just been cloned is shown at once; what was here before is shown already.
      if (visited)
        void repository.settled().then(
          () => note(noteNow),
          () => {},
        )
      else noteSoon()
      void visit(false)
    },
    changed: noteSoon,
    synced: () => {
      syncedAt = Date.now()
      noteSoon()
    },
    failed: async (error) => {
      if (!isEspalierError(error) || error.code === 'remote/aborted') return
      await note(() => update((row) => ({ ...row, error: problemOf(error) })))
    },
    state: () => state(),
    close: async () => {
      closing = true
      await note(noteNow)
      look = undefined
    },
  }
}

/** Runs alone among all that give names in a namespace, so that no two databases get the same. */
export function naming<T>(platform: Platform, namespace: string, task: () => Promise<T>): Promise<T> {
  return platform.lock(registryName(namespace)).exclusive(task)
}

function evictionOf(summary: Summary, noticedAtMs: number): StorageLoss {
  return {
    code: 'storage/evicted',
    noticedAtMs,
    held: {
      lastSeenAtMs: summary.at,
      unpushedCommits: summary.unpushed,
      workingChanges: workingChangesOf(summary),
    },
  }
}

function countChanges(changes: WorkingChanges): Omit<BranchSummary, 'name'> {
  let conflicts = 0
  for (const { conflict } of changes.entries()) if (conflict) conflicts++
  return { workingChanges: changes.size, conflicts }
}
