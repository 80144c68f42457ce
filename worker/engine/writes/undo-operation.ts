import type { UndoOutcome } from '../../../src/protocol/outcomes.ts'
import type { WriteOptions } from '../../../src/protocol/validation.ts'
import type { KeyedValue } from '../../../src/protocol/writes.ts'
import { equalValues } from '../../format/record-diff.ts'
import type { Branch } from '../branches/branch.ts'
import { createEditView, differences, type Staged } from './edit-view.ts'
import type { DoneEdit, DoneOperation } from './operation-log.ts'
import { planDeletes } from './plan-deletes.ts'
import type { EditView, PlannedEdit } from './plan-edits.ts'
import { planRestores } from './plan-restores.ts'
import type { Repository } from '../repository/repository.ts'
import { groupByCollection } from '../queries/unsaved-edits.ts'
import { checkWrites } from './validate-writes.ts'

/** What can be brought back of an operation, and what cannot. */
export interface Undoable {
  readonly edits: readonly DoneEdit[]
  readonly refused: UndoOutcome['refused']
}

/** Sorts the records of an operation: only those that are still as it left them can be brought back. */
export async function findUndoable(
  { snapshot, changes }: Branch,
  operation: DoneOperation,
  staged: Staged,
): Promise<Undoable> {
  const edits: DoneEdit[] = []
  const refused: UndoOutcome['refused'][number][] = []
  const { changed } = differences({ changes }, staged)
  for (const edit of operation.edits) {
    const { collection, key } = edit
    const known = changed(collection, key)
    const now = known === undefined ? await (await snapshot.collection(collection)).get(key) : known
    const isSame = equalValues(now ?? undefined, edit.after ?? undefined)
    if (edit.decided) refused.push({ collection, key, reason: 'conflict' })
    else if (!isSame) refused.push({ collection, key, reason: 'changed' })
    // Without a working change it is the commit that holds the value.
    else if (known === undefined && !edit.clean) refused.push({ collection, key, reason: 'committed' })
    else edits.push(edit)
  }
  return { edits, refused }
}

/**
 * The edits that bring records back. Values may break rules (unless `options` say otherwise), as they may have before;
 * records that others refer to or lie below now are kept.
 *
 * Throws `record/referenced`, `record/missing` for a missing parent, `record/bad-key` for a twin.
 */
export async function planUndo(
  repository: Repository,
  branch: Branch,
  undoable: readonly DoneEdit[],
  staged: Staged,
  options: WriteOptions = { validate: 'off', references: 'restrict' },
): Promise<readonly PlannedEdit[]> {
  const growing = staged.fork()
  const edits: PlannedEdit[] = []
  const run = async (
    collection: string,
    plan: (view: EditView) => Promise<readonly PlannedEdit[]>,
  ): Promise<void> => {
    const planned = await plan(await createEditView(branch, collection, growing, false))
    for (const { edit } of planned) growing.add(edit)
    edits.push(...planned)
  }
  const byDepth = [...groupByCollection(undoable)].sort(([a], [b]) => depthOf(a) - depthOf(b))
  // Records go from below, and come from above: none is ever without its parent.
  for (const [collection, group] of byDepth.toReversed()) {
    const keys = group.flatMap(({ key, before }) => (before === null ? [{ key }] : []))
    if (keys.length > 0) await run(collection, (view) => planDeletes(view, keys))
  }
  for (const [collection, group] of byDepth) {
    const values = group.flatMap(({ key, before }): KeyedValue[] =>
      before === null ? [] : [{ key, value: before }],
    )
    if (values.length > 0) await run(collection, (view) => planRestores(view, values))
  }
  const view = (id: string): Promise<EditView> => createEditView(branch, id, staged, false)
  const before = { repository, snapshot: branch.snapshot, view, ...differences(branch, staged) }
  return checkWrites(before, edits, options)
}

function depthOf(collection: string): number {
  return collection.split('/').length
}
