import { EspalierError } from '../../../src/protocol/errors.ts'
import type { Branch } from '../branches/branch.ts'
import { makeFiles } from './edit-files.ts'
import { createStaged, type Staged } from './edit-view.ts'
import { createMutex } from '../common/mutex.ts'
import type { PlannedEdit } from './plan-edits.ts'
import type { RecordView, WriteAnswer } from '../queries/read-records.ts'
import type { Repository } from '../repository/repository.ts'
import { createTables, type FollowingTables, type Tables } from '../queries/tables.ts'
import { createTransactionReads } from './transaction-reads.ts'
import { copyChanges } from '../branches/working-changes.ts'
import { mergePlanned, planStep, planSteps, type WriteStep } from './plan-steps.ts'
import type { EditWriter } from './write-edits.ts'

/**
 * Reads and writes of one branch as it was at the start, all of which are written at the end or not at all. Nothing
 * is locked meanwhile: the end looks whether what was read is still so.
 */
export interface Transaction {
  /** Sees its own writes. */
  readonly view: RecordView
  readonly tables: Tables
  /** Throws what planning and checking the step throws; the transaction goes on without it. */
  write<T>(step: WriteStep, answer: WriteAnswer<T>): Promise<T>
  /** Writes everything as one journal entry. False: what was read has changed meanwhile; nothing was written. */
  commit(): Promise<boolean>
  /** Nothing of it remains. */
  end(): void
}

/** What a transaction needs of a branch. */
export interface TransactionParts {
  readonly repository: Repository
  readonly branch: Branch
  readonly writer: EditWriter
  /** Tables of the database, to share rows with. */
  readonly others: () => Iterable<FollowingTables>
}

/** What was read is not so any more. */
class TransactionConflict extends Error {}

export function beginTransaction({ repository, branch, writer, others }: TransactionParts): Transaction {
  const { snapshot, journalSeq } = branch
  const changes = copyChanges(branch.changes)
  const reads = createTransactionReads(repository, { snapshot, changes: copyChanges(changes) }, changes)
  const tables = createTables({ repository, view: () => ({ snapshot, changes }), others })
  const steps: WriteStep[] = []
  const planned: PlannedEdit[] = []
  // Calls that are not awaited come one after the other, and before the end.
  const order = createMutex()
  let ended = false

  const plan = async (staged: Staged): Promise<readonly PlannedEdit[]> => {
    if (branch.snapshot === snapshot && branch.journalSeq === journalSeq && staged.isEmpty)
      return mergePlanned(planned)
    if (!(await reads.stillHold(branch, staged))) throw new TransactionConflict()
    try {
      return mergePlanned(await planSteps(repository, branch, steps, staged))
    } catch {
      // What it did not read itself decided: the callback has to see that.
      throw new TransactionConflict()
    }
  }

  return {
    view: reads.view,
    tables: {
      ...tables,
      of: (id) => {
        reads.noteAll(id)
        return tables.of(id)
      },
      current: (id) => {
        reads.noteAll(id)
        return tables.current(id)
      },
    },
    write: (given, answer) =>
      order.run(async () => {
        if (ended) throw transactionEnded()
        const step = { ...given, options: { ...writer.defaults, ...given.options } }
        if (step.readsAll) reads.noteAll(step.collection)
        const planning = await planStep(repository, { snapshot, changes }, step, createStaged())
        const edits = await makeFiles({ snapshot }, planning)
        for (const { edit, file } of edits) {
          reads.noteKey(edit.collection, edit.key)
          changes.apply(edit, file)
        }
        steps.push({ ...step, ...step.again?.(edits), options: step.options })
        planned.push(...edits)
        tables.observer.applied(edits.map(({ edit }) => edit))
        return answer({ snapshot, changes }, step.collection, edits)
      }),
    commit: () =>
      order.run(async () => {
        if (ended) throw transactionEnded()
        ended = true
        try {
          await writer.writePlanned(plan)
          return true
        } catch (error) {
          if (error instanceof TransactionConflict) return false
          throw error
        }
      }),
    end: () => {
      ended = true
      tables.close()
    },
  }
}

function transactionEnded(): EspalierError {
  return new EspalierError(
    'engine/closed',
    'This transaction has ended. Await everything inside its callback.',
  )
}
