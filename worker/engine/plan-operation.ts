import type { WriteOperation } from '../../src/protocol/writes.ts'
import { planDeletes } from './plan-deletes.ts'
import type { EditView, PlannedEdit } from './plan-edits.ts'
import { planInserts } from './plan-inserts.ts'
import { planReplaces } from './plan-replaces.ts'
import { planUpdates } from './plan-updates.ts'

/** The edits of one operation on what the view shows. Throws what its planner throws. */
export function planOperation(view: EditView, operation: WriteOperation): Promise<readonly PlannedEdit[]> {
  switch (operation.kind) {
    case 'insert':
      return planInserts(view, operation.rows)
    case 'replace':
      return planReplaces(view, operation.rows, 'refuse')
    case 'upsert':
      return planReplaces(view, operation.rows, 'insert')
    case 'update':
      return planUpdates(view, operation.patches)
    case 'delete':
      return planDeletes(view, operation.keys)
  }
}
