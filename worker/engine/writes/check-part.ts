import type { Branch } from '../branches/branch.ts'
import type { SelectionStep } from './check-selection.ts'
import { createEditView, createStaged, differences } from './edit-view.ts'
import type { Repository } from '../repository/repository.ts'
import { checkWrites } from './validate-writes.ts'
import type { WorkingChanges } from '../branches/working-changes.ts'

/** Loads the check of a part of the working changes, and refuses one that needs others of them. */
export async function checkPart(
  repository: Repository,
  { snapshot, changes }: Branch,
  part: WorkingChanges,
  step: SelectionStep,
): Promise<void> {
  const { checkSelection } = await repository.codecs.plugins.extras.load()
  const tools = { createEditView, createStaged, differences, checkWrites }
  await checkSelection(tools, repository, snapshot, part, changes, step)
}
