import type { CollectionSettings } from '../../../src/protocol/collection-settings.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import type { WriteOptions } from '../../../src/protocol/validation.ts'
import type { WriteOperation } from '../../../src/protocol/writes.ts'
import type { SentRows } from './bulk-parts.ts'
import type { PlannedEdit } from './plan-edits.ts'
import { planOperation, type OperationContext } from './plan-operation.ts'
import { selectRecords } from './select-records.ts'
import type { WriteStep } from './plan-steps.ts'

/** What an operation of an app is planned with. */
export interface StepParts {
  readonly settings: CollectionSettings
  readonly options: WriteOptions | undefined
  /** What history has of records to restore. */
  readonly recalled: ReadonlyMap<string, RecordValue>
  /** The rows of the operation as they came. */
  readonly bulk?: SentRows | undefined
}

/** A step that carries out an operation, with one time for all its tries. */
export function operationStep(operation: WriteOperation, parts: StepParts): WriteStep {
  const { settings, options, recalled, bulk } = parts
  const context: OperationContext = {
    settings,
    now: new Date().toISOString(),
    maxBytes: bulk?.maxBytes,
    select: (view, conditional) => selectRecords(view, conditional, settings),
    recall: async (key) => recalled.get(key),
  }
  return { ...stepOf(operation, options, context), bulk }
}

function stepOf(
  operation: WriteOperation,
  options: WriteOptions | undefined,
  context: OperationContext,
): WriteStep {
  return {
    collection: operation.collection,
    options,
    readsAll: operation.kind === 'updateWhere' || operation.kind === 'deleteWhere',
    plan: (view) => planOperation(view, operation, context),
    again: (edits) => stepOf(withMadeKeys(operation, edits), options, context),
  }
}

/** The operation with the keys that were made for its rows. */
function withMadeKeys(operation: WriteOperation, edits: readonly PlannedEdit[]): WriteOperation {
  if (operation.kind !== 'insert' && operation.kind !== 'upsert') return operation
  if (operation.rows.every(({ key }) => key !== undefined)) return operation
  // An edit for each row, in their order; what follows from others comes after.
  const rows = operation.rows.map((row, index) => ({ ...row, key: row.key ?? edits[index]?.edit.key ?? '' }))
  return { ...operation, rows }
}
