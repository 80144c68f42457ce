import { EspalierError } from '../../src/protocol/errors.ts'
import type { NewRecord } from '../../src/protocol/writes.ts'
import { checkNewKey } from '../format/record-layout.ts'
import { computedOf, storedPatch } from './computed-fields.ts'
import { refuseOrphans, refuseTwins } from './new-keys.ts'
import { withKeys } from './new-record-keys.ts'
import { needOwnNames } from './own-names.ts'
import { planValue, readCurrent, type Current, type EditView, type PlannedEdit } from './plan-edits.ts'
import { isHidden, stampNew, type WriteContext } from './record-times.ts'

/** Throws `record/exists`, `record/bad-key`, `record/bad-value`, `record/missing` for a missing parent. */
export async function planInserts(
  view: EditView,
  given: readonly NewRecord[],
  context: WriteContext,
  parent?: string,
): Promise<readonly PlannedEdit[]> {
  const { definition } = view.collection
  const rows = await withKeys(view, given, context.settings.id, parent)
  const { formulas } = view
  const computed = computedOf(definition, formulas)
  const keys = rows.map(({ key }) => checkNewKey(definition, key))
  const current = await readCurrent(view, keys)
  await refuseTwins(view, keys)
  await refuseOrphans(view, keys)
  const seen = new Set<string>()
  const edits: PlannedEdit[] = []
  for (const [index, row] of rows.entries()) {
    const key = keys[index] as string // one per row
    const { value: present, base } = current[index] as Current // one per row
    if (present !== null || seen.has(key))
      throw recordExists(definition.id, key, present !== null && isHidden(context.settings, present))
    seen.add(key)
    needOwnNames(definition, key, row.value, {})
    const stored = computed ? storedPatch({ definition, formulas }, row.key, row.value, {}) : row.value
    edits.push(planValue(view, key, base, stampNew(context, stored), context.isClean))
  }
  return edits
}

function recordExists(collection: string, key: string, isDeleted: boolean): EspalierError {
  return new EspalierError(
    'record/exists',
    isDeleted
      ? `${collection} has a record "${key}" that was deleted softly. Restore or upsert it, or choose another key.`
      : `${collection} has a record "${key}" already. Update it, or choose another key.`,
    {
      data: { collection, key },
    },
  )
}
