import { EspalierError, isEspalierError } from '../../../src/protocol/errors.ts'
import type { Issue } from '../../../src/protocol/issues.ts'
import type { RecordAddress } from '../../../src/protocol/records.ts'
import type { WriteOptions } from '../../../src/protocol/validation.ts'
import { parentKey } from '../../format/record-layout.ts'
import type { CommitSnapshot } from '../snapshots/commit-snapshot.ts'
import type { createEditView, createStaged, differences } from './edit-view.ts'
import type { EditView, PlannedEdit } from './plan-edits.ts'
import type { Repository } from '../repository/repository.ts'
import type { checkWrites } from './validate-writes.ts'
import { createWorkingChanges, type WorkingChanges } from '../branches/working-changes.ts'

/** What the engine has at hand: the check itself is loaded when a part is chosen. */
export interface SelectionTools {
  readonly createEditView: typeof createEditView
  readonly createStaged: typeof createStaged
  readonly differences: typeof differences
  readonly checkWrites: typeof checkWrites
}

/** What is done with a part of the changes. */
export type SelectionStep = 'committed' | 'discarded'

/**
 * Refuses a part of the working changes (those to commit, or those that a discard leaves) that needs others of them: a
 * record below one that would not be there, a reference to one, or a record that goes while others still refer to it
 * or lie below it. What is broken with all changes as well was let through before.
 *
 * Throws `record/missing`, `record/invalid`, `record/referenced`.
 */
export async function checkSelection(
  tools: SelectionTools,
  repository: Repository,
  snapshot: CommitSnapshot,
  selected: WorkingChanges,
  all: WorkingChanges,
  step: SelectionStep,
): Promise<void> {
  const [apart] = await newOnes(brokenFamilies(tools, snapshot, selected), () =>
    brokenFamilies(tools, snapshot, all),
  )
  if (apart) throw needsOther(apart, step)
  const issues = await newOnes(brokenReferences(tools, repository, snapshot, selected), () =>
    brokenReferences(tools, repository, snapshot, all),
  )
  const [first] = issues
  if (!first) return
  throw new EspalierError(
    first.code === 'validation/referenced' ? 'record/referenced' : 'record/invalid',
    `Nothing was ${step}: that would break ${issues.length} reference(s) that other working changes keep whole. ${first.message} Select those too.`,
    { data: { issues } },
  )
}

/** A change that needs another one. */
interface Apart extends RecordAddress {
  readonly code: 'record/missing' | 'record/referenced'
  readonly other: RecordAddress
}

/** Records of subcollections come with their parents, and go before them: those that do not. */
async function brokenFamilies(
  tools: SelectionTools,
  snapshot: CommitSnapshot,
  changes: WorkingChanges,
): Promise<readonly Apart[]> {
  const { createEditView, createStaged } = tools
  const staged = createStaged()
  for (const { collection, key, before, after } of changes.entries())
    staged.add({ collection, key, before, after })
  const broken: Apart[] = []
  for (const id of changes.collections()) {
    const view = await createEditView({ snapshot, changes: createWorkingChanges() }, id, staged, false)
    const { definition } = view.collection
    for (const [key, { before, after }] of changes.of(id)) {
      const note = (code: Apart['code'], other: RecordAddress): unknown =>
        broken.push({ code, collection: id, key, other })
      const { parent } = definition
      const parentId = before === null ? parentKey(definition, key) : undefined
      if (parent !== undefined && parentId !== undefined && !(await view.hasRecord(parent, parentId)))
        note('record/missing', { collection: parent, key: parentId })
      const child = after === null ? await view.childOf(key) : undefined
      if (child) note('record/referenced', child)
    }
  }
  return broken
}

function needsOther({ code, collection, key, other }: Apart, step: SelectionStep): EspalierError {
  return new EspalierError(
    code,
    `Nothing was ${step}: ${collection}/${key} needs the change of ${other.collection}/${other.key} as well. Select both.`,
    { data: { collection, key, other: { ...other } } },
  )
}

/** What is broken, without what is broken anyway. */
async function newOnes<Broken extends Issue | Apart>(
  broken: Promise<readonly Broken[]>,
  anyway: () => Promise<readonly Broken[]>,
): Promise<readonly Broken[]> {
  const found = await broken
  if (found.length === 0) return found
  const known = new Set((await anyway()).map(identity))
  return found.filter((each) => !known.has(identity(each)))
}

/** References that these changes alone would break in the commit. */
async function brokenReferences(
  { createEditView, createStaged, differences, checkWrites }: SelectionTools,
  repository: Repository,
  snapshot: CommitSnapshot,
  changes: WorkingChanges,
): Promise<readonly Issue[]> {
  const none = createStaged()
  const branch = { snapshot, changes: createWorkingChanges() }
  const view = (id: string): Promise<EditView> => createEditView(branch, id, none, false)
  const before = { repository, snapshot, view, ...differences(branch, none) }
  const edits: PlannedEdit[] = Array.from(changes.entries(), ({ collection, key, before: from, after }) => ({
    edit: { collection, key, before: from, after },
  }))
  const issuesWith = async (options: WriteOptions): Promise<readonly Issue[]> => {
    try {
      await checkWrites(before, edits, options)
      return []
    } catch (error) {
      if (!isEspalierError(error) || !Array.isArray(error.data['issues'])) throw error
      return error.data['issues'] as unknown as readonly Issue[] // what `record/invalid` and `record/referenced` carry
    }
  }
  const referring = await issuesWith({ validate: 'off', references: 'restrict' })
  if (referring.length > 0) return referring
  return (await issuesWith({ validate: 'on' })).filter(({ code }) => code === 'validation/foreign-key')
}

function identity(broken: Issue | Apart): string {
  return JSON.stringify({ ...broken, other: null })
}
