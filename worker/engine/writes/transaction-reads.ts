import type { RecordValue } from '../../../src/protocol/records.ts'
import { equalValues } from '../../format/record-diff.ts'
import type { Branch } from '../branches/branch.ts'
import { changedRecords } from '../snapshots/changed-records.ts'
import type { CommitSnapshot } from '../snapshots/commit-snapshot.ts'
import { differences, type Staged } from './edit-view.ts'
import type { RecordView } from '../queries/read-records.ts'
import type { Repository } from '../repository/repository.ts'
import type { WorkingChanges } from '../branches/working-changes.ts'

/** What a transaction read: it may be written only while all of that is still so. */
export interface TransactionReads {
  /** The records as it sees them, noting what is read. */
  readonly view: RecordView
  noteKey(collection: string, key: string): void
  noteAll(collection: string): void
  /** Whether everything that was read is the same on the branch now, with what is staged on it. */
  stillHold(branch: Branch, staged: Staged): Promise<boolean>
}

/** Where a transaction began. */
export interface TransactionBase {
  readonly snapshot: CommitSnapshot
  readonly changes: WorkingChanges
}

/** `changes`: the base's, with what the transaction wrote itself. */
export function createTransactionReads(
  repository: Repository,
  base: TransactionBase,
  changes: WorkingChanges,
): TransactionReads {
  const keys = new Map<string, Set<string>>()
  const whole = new Set<string>()

  const noteKey = (collection: string, key: string): void => {
    if (whole.has(collection)) return
    const known = keys.get(collection)
    if (known) known.add(key)
    else keys.set(collection, new Set([key]))
  }

  const stillHold = async (branch: Branch, staged: Staged): Promise<boolean> => {
    const { snapshot } = branch
    const now = differences(branch, staged)
    const valueIn = async (
      commit: CommitSnapshot,
      known: RecordValue | null | undefined,
      id: string,
      key: string,
    ): Promise<RecordValue | undefined> =>
      known === undefined ? (await commit.collection(id)).get(key) : (known ?? undefined)
    const isSame = async (id: string, key: string): Promise<boolean> => {
      const before = base.changes.get(id, key)?.after
      const after = now.changed(id, key)
      // Neither side has a change, in the same commit.
      if (before === after && snapshot === base.snapshot) return true
      return equalValues(
        await valueIn(base.snapshot, before, id, key),
        await valueIn(snapshot, after, id, key),
      )
    }

    for (const [id, read] of keys) {
      if (whole.has(id)) continue
      for (const key of read) if (!(await isSame(id, key))) return false
    }
    const moved =
      whole.size > 0 && snapshot !== base.snapshot
        ? await changedRecords(repository, base.snapshot, snapshot)
        : []
    for (const id of whole) {
      const candidates = new Set([...base.changes.of(id).keys(), ...branch.changes.of(id).keys()])
      for (const key of staged.of(id).keys()) candidates.add(key)
      for (const { collection, key } of moved) if (collection === id) candidates.add(key)
      for (const key of candidates) if (!(await isSame(id, key))) return false
    }
    return true
  }

  return {
    view: {
      snapshot: base.snapshot,
      changes: {
        get: (collection, key) => {
          noteKey(collection, key)
          return changes.get(collection, key)
        },
        of: (collection) => {
          whole.add(collection)
          return changes.of(collection)
        },
      },
    },
    noteKey,
    noteAll: (collection) => {
      whole.add(collection)
    },
    stillHold,
  }
}
