import type { WriteOptions } from '../../../src/protocol/validation.ts'
import type { Branch } from '../branches/branch.ts'
import { createEditView, differences, type Staged } from './edit-view.ts'
import type { BulkText } from '../branches/journal.ts'
import type { EditView, PlannedEdit } from './plan-edits.ts'
import type { Repository } from '../repository/repository.ts'
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
