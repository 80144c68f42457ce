import { EspalierError, isEspalierError } from '../../src/protocol/errors.ts'
import type { Issue } from '../../src/protocol/issues.ts'
import type { RecordAddress } from '../../src/protocol/records.ts'
import type { WriteOptions } from '../../src/protocol/validation.ts'
import { parentKey } from '../format/record-layout.ts'
import type { CommitSnapshot } from './commit-snapshot.ts'
import { createEditView, createStaged, differences, type Staged } from './edit-view.ts'
import type { EditView, PlannedEdit } from './plan-edits.ts'
import type { Repository } from './repository.ts'
import { checkWrites } from './validate-writes.ts'
import { createWorkingChanges, type WorkingChanges } from './working-changes.ts'

/**
 * Refuses to commit a part of the working changes that needs others of them: a record below one that would not be
 * there, a reference to one, or a record that goes while others still refer to it or lie below it.
 *
 * Throws `record/missing`, `record/invalid`, `record/referenced`.
 */
export async function checkSelection(
  repository: Repository,
  snapshot: CommitSnapshot,
  selected: WorkingChanges,
  all: WorkingChanges,
): Promise<void> {
  await checkFamilies(snapshot, selected)
  const broken = await brokenReferences(repository, snapshot, selected)
  if (broken.length === 0) return
  // What is broken with all changes as well was let through before.
  const anyway = new Set((await brokenReferences(repository, snapshot, all)).map(identity))
  const issues = broken.filter((issue) => !anyway.has(identity(issue)))
  const [first] = issues
  if (!first) return
  throw new EspalierError(
    first.code === 'validation/referenced' ? 'record/referenced' : 'record/invalid',
    `Nothing was committed: the selection breaks ${issues.length} reference(s) that other working changes keep whole. ${first.message} Commit those too.`,
    { data: { issues } },
  )
}

/** Records of subcollections come with their parents, and go before them. */
async function checkFamilies(snapshot: CommitSnapshot, selected: WorkingChanges): Promise<void> {
  const staged = stage(selected)
  for (const id of selected.collections()) {
    const view = await createEditView({ snapshot, changes: createWorkingChanges() }, id, staged, false)
    const { definition } = view.collection
    for (const [key, { before, after }] of selected.of(id)) {
      const parent = definition.parent
      const parentId = before === null ? parentKey(definition, key) : undefined
      if (parent !== undefined && parentId !== undefined && !(await view.hasRecord(parent, parentId)))
        throw needsOther('record/missing', { collection: id, key }, { collection: parent, key: parentId })
      const child = after === null ? await view.childOf(key) : undefined
      if (child) throw needsOther('record/referenced', { collection: id, key }, child)
    }
  }
}

function needsOther(
  code: 'record/missing' | 'record/referenced',
  record: RecordAddress,
  other: RecordAddress,
): EspalierError {
  return new EspalierError(
    code,
    `Nothing was committed: ${record.collection}/${record.key} needs the change of ${other.collection}/${other.key} in the same commit. Select that one too.`,
    { data: { ...record, other: { ...other } } },
  )
}

/** References that these changes alone would break in the commit. */
async function brokenReferences(
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

function stage(changes: WorkingChanges): Staged {
  const staged = createStaged()
  for (const { collection, key, before, after } of changes.entries())
    staged.add({ collection, key, before, after })
  return staged
}

function identity({ code, collection, key, path, actual, expected }: Issue): string {
  return JSON.stringify([code, collection, key, path, actual, expected])
}
