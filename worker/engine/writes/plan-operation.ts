import { EspalierError } from '../../../src/protocol/errors.ts'
import type { RecordValue, Revision } from '../../../src/protocol/records.ts'
import type { KeyedRecord, KeyedValue, WriteOperation } from '../../../src/protocol/writes.ts'
import { normalKey } from '../../format/record-layout.ts'
import { planDeletes, planHides } from './plan-deletes.ts'
import { readCurrent, type Current, type EditView, type PlannedEdit } from './plan-edits.ts'
import { planInserts } from './plan-inserts.ts'
import { planReplaces } from './plan-replaces.ts'
import { planRestores } from './plan-restores.ts'
import { planUpdates } from './plan-updates.ts'
import { isHidden } from '../queries/hide-deleted.ts'
import { stampChanged, type WriteContext } from './record-times.ts'

/** What an operation may need beside the records. */
export interface OperationContext extends WriteContext {
  /** The keys of the records that an operation with a condition means. */
  select(view: EditView, operation: ConditionalOperation): Promise<readonly string[]>
  /** What history has of a record: in the commit that is named, or in the last one that had it. */
  recall(key: string, from: Revision | undefined): Promise<RecordValue | undefined>
}

/** An operation on the records that fulfil a condition. */
export type ConditionalOperation = Extract<WriteOperation, { readonly where: unknown }>

/** The edits of one operation on what the view shows. Throws what its planner throws. */
export async function planOperation(
  view: EditView,
  operation: WriteOperation,
  context: OperationContext,
): Promise<readonly PlannedEdit[]> {
  switch (operation.kind) {
    case 'insert':
      return planInserts(view, operation.rows, context, operation.parent)
    case 'replace':
      return planReplaces(view, operation.rows, 'refuse', context, operation.parent)
    case 'upsert':
      return planReplaces(view, operation.rows, 'insert', context, operation.parent)
    case 'update':
      return planUpdates(view, operation.patches, context)
    case 'delete':
      return deletes(view, operation.keys, operation.permanent, context)
    case 'restore':
      return restores(view, operation.keys, operation.from, context)
    case 'updateWhere': {
      const { patch } = operation
      const keys = await context.select(view, operation)
      return planUpdates(
        view,
        keys.map((key) => ({ key, patch })),
        context,
      )
    }
    case 'deleteWhere': {
      const keys = await context.select(view, operation)
      return deletes(
        view,
        keys.map((key) => ({ key })),
        operation.permanent,
        context,
      )
    }
  }
}

function deletes(
  view: EditView,
  keys: readonly KeyedRecord[],
  permanent: boolean | undefined,
  context: WriteContext,
): Promise<readonly PlannedEdit[]> {
  const hides = context.settings.deleted !== undefined && permanent !== true
  return hides ? planHides(view, keys, context) : planDeletes(view, keys)
}

/** Throws `record/missing` for records that nobody deleted or that were never there, `record/exists`. */
async function restores(
  view: EditView,
  given: readonly string[],
  from: Revision | undefined,
  context: OperationContext,
): Promise<readonly PlannedEdit[]> {
  const { definition } = view.collection
  const keys = given.map((key) => normalKey(definition, key))
  const current = await readCurrent(view, keys)
  const values: KeyedValue[] = []
  for (const [index, key] of keys.entries()) {
    const { value: now } = current[index] as Current // one per key
    if (now !== null && !isHidden(context.settings, now)) throw notDeleted(definition.id, key)
    if (now !== null && from === undefined) {
      values.push({ key, value: stampChanged(context, now, shown(context, now)) })
      continue
    }
    const value = await context.recall(key, from)
    if (value === undefined) throw neverThere(definition.id, key, from)
    values.push({ key, value: shown(context, value) })
  }
  return planRestores(view, values)
}

/** Without the mark of a soft delete. */
function shown({ settings: { deleted } }: WriteContext, value: RecordValue): RecordValue {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== deleted))
}

function notDeleted(collection: string, key: string): EspalierError {
  return new EspalierError(
    'record/exists',
    `${collection}/${key} is there, so it cannot be restored. Delete it first, or update it.`,
    { data: { collection, key } },
  )
}

function neverThere(collection: string, key: string, from: Revision | undefined): EspalierError {
  return new EspalierError(
    'record/missing',
    from === undefined
      ? `No commit on this branch's first-parent history had ${collection}/${key}. Check the key, or name a commit with "from".`
      : `${String(from)} has no record ${collection}/${key}. Name another commit with "from".`,
    { data: { collection, key } },
  )
}
