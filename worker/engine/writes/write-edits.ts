import type { UndoOutcome } from '../../../src/protocol/outcomes.ts'
import type { ChangeFilter } from '../../../src/protocol/records.ts'
import type { WriteOptions } from '../../../src/protocol/validation.ts'
import type { Branch } from '../branches/branch.ts'
import { discardChanges } from './discard-changes.ts'
import type { Staged } from './edit-view.ts'
import type { BulkText } from '../branches/journal.ts'
import { createOperationLog } from './operation-log.ts'
import type { PlannedEdit } from './plan-edits.ts'
import { planSteps, type WriteStep } from './plan-steps.ts'
import type { Repository } from '../repository/repository.ts'
import { findUndoable, planUndo, type Undoable } from './undo-operation.ts'
import { showIntents, writeIntents, type Intent } from './write-batch.ts'

/** Writes edits of a branch: durable in the journal first, then visible. */
export interface EditWriter {
  /**
   * All steps as one journal entry, or none. Resolves with the edits once they are durable, those that follow from
   * deletes among them.
   */
  write(steps: readonly WriteStep[]): Promise<readonly PlannedEdit[]>
  /** The same for edits that are planned on top of what is staged, each time that another tab was faster. */
  writePlanned(plan: (staged: Staged) => Promise<readonly PlannedEdit[]>): Promise<readonly PlannedEdit[]>
  /** The options of steps that do not say otherwise. */
  readonly defaults: WriteOptions
  /** Takes working changes back: all of them, or those that the filter means. */
  discard(filter: ChangeFilter | 'all'): Promise<void>
  /**
   * Brings records back to before the last operation (of `undo` or `redo`) that this tab wrote.
   *
   * Throws `record/referenced`, `record/missing`, `record/bad-key` when what happened since forbids it.
   */
  undo(direction: 'undo' | 'redo'): Promise<UndoOutcome>
}

/**
 * Calls that arrive while a batch is being stored wait and share the next one: their cost is one durable
 * transaction, not one each. Each keeps its own journal entry and its own outcome.
 */
export function createEditWriter(
  repository: Repository,
  branch: Branch,
  defaults: WriteOptions = {},
): EditWriter {
  const log = createOperationLog()
  const waiting: Intent[] = []
  let running: Promise<void> | undefined

  const run = async (): Promise<void> => {
    try {
      while (waiting.length > 0) {
        // While something else is written the branch may be about to move: that is waited for.
        const showing = repository.isWriting ? undefined : showIntents(branch, [...waiting])
        // The lock is on its way while they are planned. Whoever holds it meets what goes wrong.
        showing?.catch(() => {})
        await repository
          .exclusive(async () => {
            const shown = await showing
            const known = shown?.isCurrent() === true ? shown : undefined
            if (!known) shown?.takeBack()
            // Those that came meanwhile share the next batch.
            const intents = waiting.splice(0, known?.intents.length ?? waiting.length)
            await writeIntents(repository, branch, intents, known)
          })
          .catch(async (error: unknown) => {
            const shown = await showing?.catch(() => undefined)
            shown?.takeBack()
            for (const intent of waiting.splice(0)) intent.reject(error)
          })
      }
    } finally {
      running = undefined
    }
  }

  const add = (
    plan: Intent['plan'],
    note: Intent['note'],
    bulk?: BulkText,
  ): Promise<readonly PlannedEdit[]> =>
    new Promise((resolve, reject) => {
      waiting.push({ plan, note, bulk, resolve, reject })
      if (!running) running = run()
    })

  const takeBack = async (direction: 'undo' | 'redo'): Promise<UndoOutcome> => {
    // What was called before is an operation to undo as well.
    for (let busy = running; busy; busy = running) await busy
    const operation = log.take(direction)
    if (!operation) return { status: 'empty', records: [], refused: [] }
    let found: Undoable = { edits: [], refused: [] }
    const plan: Intent['plan'] = async (staged) => {
      found = await findUndoable(branch, operation, staged)
      return planUndo(repository, branch, found.edits, staged)
    }
    try {
      await add(plan, (reverse) => log.addReverse(direction, reverse))
    } catch (error) {
      log.giveBack(direction, operation)
      throw error
    }
    const records = found.edits.map(({ collection, key }) => ({ collection, key }))
    return { status: records.length > 0 ? 'done' : 'refused', records, refused: found.refused }
  }

  return {
    write: (steps) => {
      const own = steps.map((step) => ({ ...step, options: { ...defaults, ...step.options } }))
      return add((staged) => planSteps(repository, branch, own, staged), log.add, steps[0]?.bulk)
    },
    writePlanned: (plan) => add(plan, log.add),
    defaults,
    discard: (filter) => repository.exclusive(() => discardChanges(repository, branch, log, filter)),
    undo: takeBack,
  }
}
