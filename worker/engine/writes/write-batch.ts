import { announceEdits } from '../branches/announce-edits.ts'
import type { Branch } from '../branches/branch.ts'
import { refuseProtected } from '../repository/branch-policy.ts'
import { makeFiles, trySharedFiles } from './edit-files.ts'
import { createStaged, type Staged } from './edit-view.ts'
import { storedEntry, type BulkText, type Edit } from '../branches/journal.ts'
import { doneEdits, type DoneOperation } from './operation-log.ts'
import type { PlannedEdit } from './plan-edits.ts'
import type { Repository } from '../repository/repository.ts'
import { maxAttempts, tooBusy } from '../common/too-busy.ts'

/** One call that waits to be written. */
export interface Intent {
  /** On top of what is staged. Runs again when another tab was faster. */
  plan(staged: Staged): Promise<readonly PlannedEdit[]>
  /** Notes what was written. */
  readonly note: (operation: DoneOperation) => void
  /** What it writes as it came. */
  readonly bulk?: BulkText | undefined
  readonly resolve: (edits: readonly PlannedEdit[]) => void
  readonly reject: (reason: unknown) => void
}

interface Planned {
  readonly intent: Intent
  readonly edits: readonly PlannedEdit[]
  /** The same without their files. */
  readonly values: readonly Edit[]
}

interface Plans {
  readonly planned: readonly Planned[]
  readonly failed: readonly { readonly intent: Intent; readonly reason: unknown }[]
  /** What is there before the edits. */
  readonly staged: Staged
}

/** Calls that were planned, and are shown to live queries, before anything is locked. */
export interface ShownIntents {
  readonly intents: readonly Intent[]
  readonly plans: Plans
  /** Whether the branch is still as they were planned on. */
  isCurrent(): boolean
  takeBack(): void
}

/** Plans and shows calls; undefined when one of them fails: that is decided once this tab has looked at the others. */
export async function showIntents(
  branch: Branch,
  intents: readonly Intent[],
): Promise<ShownIntents | undefined> {
  const { snapshot, changes, journalSeq } = branch
  const isCurrent = (): boolean =>
    branch.snapshot === snapshot && branch.changes === changes && branch.journalSeq === journalSeq
  const plans = await planEach(branch, intents)
  if (plans.failed.length > 0 || !isCurrent()) return undefined
  return { intents, plans, isCurrent, takeBack: show(branch, plans.planned) }
}

/** Writes calls as the only writer, and settles each of them. `shown`: what is known of them, if it is current. */
export async function writeIntents(
  repository: Repository,
  branch: Branch,
  intents: readonly Intent[],
  shown?: ShownIntents,
): Promise<void> {
  let open = intents
  let known = shown
  try {
    for (let attempt = 0; attempt < maxAttempts && open.length > 0; attempt++) {
      // Each time: another tab may have protected it, or given it another name.
      refuseProtected(repository, branch.ref)
      const ready = await prepare(repository, branch, open, known)
      known = undefined
      if (!ready) continue
      open = ready.planned.map(({ intent }) => intent)
      if (await append(repository, branch, ready)) {
        for (const { intent, edits } of ready.planned) intent.resolve(edits)
        return
      }
      await catchUp(repository, branch)
    }
    if (open.length > 0) throw tooBusy()
  } catch (error) {
    known?.takeBack()
    for (const intent of open) intent.reject(error)
  }
}

async function catchUp(repository: Repository, branch: Branch): Promise<boolean> {
  return branch.catchUp(await repository.refresh())
}

/** Plans that can be written, and are shown. */
interface ReadyPlans {
  readonly planned: readonly Planned[]
  takeBack(): void
}

/**
 * Nothing may be acknowledged that a commit could not write: the files are made for all calls at once, and for each on
 * its own only if that fails. Live queries show the edits meanwhile. Undefined when this tab was behind.
 */
async function prepare(
  repository: Repository,
  branch: Branch,
  intents: readonly Intent[],
  shown: ShownIntents | undefined,
): Promise<ReadyPlans | undefined> {
  let plans = shown?.plans ?? (await planEach(branch, intents))
  let { planned } = plans
  let takeBack = shown?.takeBack ?? show(branch, planned)
  try {
    planned = await withFiles(branch, plans)
  } catch {
    // One of them cannot be written: find out which.
    takeBack()
    plans = await planEach(branch, intents, true)
    planned = plans.planned
    takeBack = show(branch, planned)
  }
  // A plan may have failed only because this tab is behind: look before saying no.
  if (plans.failed.length > 0) {
    const wasBehind = await catchUp(repository, branch).catch((error: unknown) => {
      takeBack()
      throw error
    })
    if (wasBehind) {
      takeBack()
      return undefined
    }
  }
  for (const { intent, reason } of plans.failed) intent.reject(reason)
  return { planned, takeBack }
}

/** Plans each call on top of those before it. `trying`: with its files. */
async function planEach(branch: Branch, intents: readonly Intent[], trying = false): Promise<Plans> {
  const planned: Planned[] = []
  const failed: { intent: Intent; reason: unknown }[] = []
  const staged = createStaged()
  for (const intent of intents) {
    try {
      const planning = await intent.plan(staged)
      const edits = trying ? await makeFiles(branch, planning) : planning
      if (trying) await trySharedFiles(branch, edits, staged)
      planned.push({ intent, edits, values: edits.map(({ edit }) => edit) })
      // Nothing is planned on top of the last one.
      if (intent !== intents.at(-1)) for (const { edit } of edits) staged.add(edit)
    } catch (reason) {
      failed.push({ intent, reason })
    }
  }
  return { planned, failed, staged }
}

async function withFiles(branch: Branch, { planned, staged }: Plans): Promise<readonly Planned[]> {
  const made: Planned[] = []
  for (const each of planned) made.push({ ...each, edits: await makeFiles(branch, each.edits) })
  await trySharedFiles(branch, joined(made.map(({ edits }) => edits)), staged)
  return made
}

function show(branch: Branch, planned: readonly Planned[]): () => void {
  const edits = joined(planned.map(({ values }) => values))
  return edits.length > 0 ? branch.saving(edits) : () => {}
}

async function append(
  repository: Repository,
  branch: Branch,
  { planned, takeBack }: ReadyPlans,
): Promise<boolean> {
  const withEdits = planned.filter(({ edits }) => edits.length > 0)
  if (withEdits.length === 0) return true
  const { ref, snapshot, journalSeq } = branch
  const outcome = await repository
    .commit(
      [
        { kind: 'ref', name: ref, value: snapshot.commit },
        { kind: 'journal', scope: ref, seq: journalSeq },
      ],
      withEdits.map(({ intent, values }) => {
        const entry = storedEntry({ base: snapshot.commit, edits: values }, intent.bulk)
        return { kind: 'appendJournal', scope: ref, entry }
      }),
    )
    .catch((error: unknown) => {
      takeBack()
      throw error
    })
  if (!outcome) {
    takeBack()
    return false
  }
  const done = doneEdits(
    branch,
    withEdits.map(({ values }) => values),
  )
  for (const [i, edits] of done.entries()) withEdits[i]?.intent.note({ edits })
  branch.applied(joined(withEdits.map(({ edits }) => edits)), outcome.journalSeqs.get(ref) ?? journalSeq)
  announceEdits(repository, branch, joined(withEdits.map(({ values }) => values)))
  return true
}

/** Most batches are one call, whose list is taken as it is. */
function joined<Each>(lists: readonly (readonly Each[])[]): readonly Each[] {
  const [only] = lists
  return only && lists.length === 1 ? only : lists.flat()
}
