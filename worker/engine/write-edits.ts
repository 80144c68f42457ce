import type { UndoOutcome } from '../../src/protocol/outcomes.ts'
import type { ChangeFilter, RecordValue } from '../../src/protocol/records.ts'
import type { WriteOptions } from '../../src/protocol/validation.ts'
import { announceEdits } from './announce-edits.ts'
import type { Branch } from './branch.ts'
import { refuseProtected } from './branch-policy.ts'
import type { RecordChange } from './collection-snapshot.ts'
import { discardChanges } from './discard-changes.ts'
import { createEditView, createStaged, differences, type Staged } from './edit-view.ts'
import { storedEntry, type BulkText } from './journal.ts'
import { createOperationLog, doneEdits, type DoneOperation } from './operation-log.ts'
import type { EditView, PlannedEdit } from './plan-edits.ts'
import type { Repository } from './repository.ts'
import { maxAttempts, tooBusy } from './too-busy.ts'
import { findUndoable, planUndo, type Undoable } from './undo-operation.ts'
import { checkWrites, type RecordsBefore } from './validate-writes.ts'

/** Plans edits of one collection on what the view shows. Runs again when another tab was faster. */
export type Planner = (view: EditView) => Promise<readonly PlannedEdit[]>

/** A part of a write: edits of one collection, planned on top of the parts before it. */
export interface WriteStep {
  readonly collection: string
  readonly plan: Planner
  readonly options?: WriteOptions | undefined
  /** What it does depends on every record of the collection. */
  readonly readsAll?: boolean
  /** The rows that it writes as they came. */
  readonly bulk?: BulkText | undefined
  /** The same step, to be planned again so that it gives the keys that these edits gave. */
  again?(edits: readonly PlannedEdit[]): WriteStep
}

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

interface Intent {
  /** On top of what is staged. Runs again when another tab was faster. */
  plan(staged: Staged): Promise<readonly PlannedEdit[]>
  /** Notes what was written. */
  readonly note: (operation: DoneOperation) => void
  /** What it writes as it came. */
  readonly bulk?: BulkText | undefined
  readonly resolve: (edits: readonly PlannedEdit[]) => void
  readonly reject: (reason: unknown) => void
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
  let waiting: Intent[] = []
  let running: Promise<void> | undefined

  const run = async (): Promise<void> => {
    try {
      while (waiting.length > 0) {
        await repository
          .exclusive(async () => {
            const intents = waiting
            waiting = []
            await writeIntents(repository, branch, intents)
          })
          .catch((error: unknown) => {
            const failed = waiting
            waiting = []
            for (const intent of failed) intent.reject(error)
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

async function writeIntents(
  repository: Repository,
  branch: Branch,
  intents: readonly Intent[],
): Promise<void> {
  let open = intents
  try {
    for (let attempt = 0; attempt < maxAttempts && open.length > 0; attempt++) {
      const { planned, failed } = await planAll(branch, open)
      // A plan may have failed only because this tab is behind: look before saying no.
      if (failed.length > 0 && (await branch.catchUp(await repository.refresh()))) continue
      for (const { intent, reason } of failed) intent.reject(reason)
      open = planned.map(({ intent }) => intent)
      if (await append(repository, branch, planned)) {
        for (const { intent, edits } of planned) intent.resolve(edits)
        return
      }
      await branch.catchUp(await repository.refresh())
    }
    if (open.length > 0) throw tooBusy()
  } catch (error) {
    for (const intent of open) intent.reject(error)
  }
}

interface Planned {
  readonly intent: Intent
  readonly edits: readonly PlannedEdit[]
}

interface Plans {
  readonly planned: readonly Planned[]
  readonly failed: readonly { readonly intent: Intent; readonly reason: unknown }[]
}

/**
 * Plans each intent on top of those before it. Nothing may be acknowledged that a commit could not write: files
 * that records share are made once for all intents, and for each on its own only if that fails.
 */
async function planAll(branch: Branch, intents: readonly Intent[]): Promise<Plans> {
  if (intents.length > 1) {
    const all = await planEach(branch, intents, false)
    try {
      const collections = all.planned.flatMap(({ edits }) => edits.map(({ edit }) => edit.collection))
      for (const id of new Set(collections)) await tryFiles(branch, id, all.staged.of(id))
      return all
    } catch {
      // One of them cannot be written: find out which.
    }
  }
  return planEach(branch, intents, true)
}

async function planEach(
  branch: Branch,
  intents: readonly Intent[],
  trying: boolean,
): Promise<Plans & { readonly staged: Staged }> {
  const planned: Planned[] = []
  const failed: { intent: Intent; reason: unknown }[] = []
  const staged = createStaged()
  for (const intent of intents) {
    try {
      const edits = await intent.plan(staged)
      if (trying) {
        for (const id of new Set(edits.map(({ edit }) => edit.collection))) {
          const of = edits.filter(({ edit }) => edit.collection === id)
          await tryFiles(branch, id, staged.of(id), of)
        }
      }
      planned.push({ intent, edits })
      for (const { edit } of edits) staged.add(edit)
    } catch (reason) {
      failed.push({ intent, reason })
    }
  }
  return { planned, failed, staged }
}

/** The edits of steps, each on top of those before. Throws what {@link planStep} throws. */
export async function planSteps(
  repository: Repository,
  branch: Branch,
  steps: readonly WriteStep[],
  staged: Staged,
): Promise<readonly PlannedEdit[]> {
  const [only] = steps
  if (only && steps.length === 1) return planStep(repository, branch, only, staged)
  const growing = staged.fork()
  const all: PlannedEdit[] = []
  for (const step of steps) {
    const edits = await planStep(repository, branch, step, growing)
    for (const { edit } of edits) growing.add(edit)
    all.push(...edits)
  }
  return all
}

/** The edits of one step, checked. Throws what its planner and {@link checkWrites} throw. */
export async function planStep(
  repository: RecordsBefore['repository'],
  branch: Pick<Branch, 'snapshot' | 'changes'>,
  { collection, plan, options = {} }: WriteStep,
  staged: Staged,
): Promise<readonly PlannedEdit[]> {
  const view = (id: string): Promise<EditView> =>
    createEditView(branch, id, staged, options.references === 'cascade')
  const own = await plan(await view(collection))
  const { snapshot } = branch
  return checkWrites({ repository, snapshot, view, ...differences(branch, staged) }, own, options)
}

/** Each record once: from before the first edit to after the last. */
export function mergePlanned(planned: readonly PlannedEdit[]): readonly PlannedEdit[] {
  const merged = new Map<string, PlannedEdit>()
  for (const each of planned) {
    // No collection id holds a line break.
    const address = `${each.edit.collection}\n${each.edit.key}`
    const first = merged.get(address)
    merged.set(address, first ? { ...each, edit: { ...each.edit, before: first.edit.before } } : each)
  }
  return [...merged.values()]
}

/** Makes the files that records of a collection share, with all working changes. Throws what keeps one from being written. */
async function tryFiles(
  branch: Branch,
  id: string,
  staged: ReadonlyMap<string, RecordValue | null>,
  edits: readonly PlannedEdit[] = [],
): Promise<void> {
  const collection = await branch.snapshot.collection(id)
  if (collection.editFile) return
  const changes = new Map<string, RecordChange>(branch.changes.of(id))
  for (const [key, after] of staged) changes.set(key, { after })
  for (const { edit } of edits) changes.set(edit.key, edit)
  await collection.write(changes)
}

async function append(repository: Repository, branch: Branch, planned: readonly Planned[]): Promise<boolean> {
  const withEdits = planned.filter(({ edits }) => edits.length > 0)
  if (withEdits.length === 0) return true
  const { ref, snapshot, journalSeq } = branch
  refuseProtected(repository, ref)
  const edits = withEdits.flatMap((plan) => plan.edits)
  const unsaved = branch.saving(edits.map(({ edit }) => edit))
  const outcome = await repository
    .commit(
      [
        { kind: 'ref', name: ref, value: snapshot.commit },
        { kind: 'journal', scope: ref, seq: journalSeq },
      ],
      withEdits.map(({ intent, edits }) => {
        const entry = storedEntry(
          { base: snapshot.commit, edits: edits.map(({ edit }) => edit) },
          intent.bulk,
        )
        return { kind: 'appendJournal', scope: ref, entry }
      }),
    )
    .catch((error: unknown) => {
      unsaved()
      throw error
    })
  if (!outcome) {
    unsaved()
    return false
  }
  for (const { intent, edits: own } of withEdits)
    intent.note({
      commit: snapshot.commit,
      edits: doneEdits(
        branch,
        own.map(({ edit }) => edit),
      ),
    })
  branch.applied(edits, outcome.journalSeqs.get(ref) ?? journalSeq + withEdits.length)
  announceEdits(
    repository,
    branch,
    edits.map(({ edit }) => edit),
  )
  return true
}
