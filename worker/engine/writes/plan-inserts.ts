import { EspalierError } from '../../../src/protocol/errors.ts'
import type { NewRecord } from '../../../src/protocol/writes.ts'
import { checkNewKey } from '../../format/record-layout.ts'
import { computedOf, storedPatch } from '../snapshots/computed-fields.ts'
import { areSurelyNew, refuseOrphans, refuseTwins } from './new-keys.ts'
import { withKeys, type KeyedRow } from './new-record-keys.ts'
import { needOwnNames } from './own-names.ts'
import { planValue, readCurrent, type Current, type EditView, type PlannedEdit } from './plan-edits.ts'
import { isHidden } from '../queries/hide-deleted.ts'
import { stampNew, type WriteContext } from './record-times.ts'

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
  const areNew = await areSurelyNew(view, keys)
  const current = areNew ? undefined : await readCurrent(view, keys)
  if (!areNew) await refuseTwins(view, keys)
  await refuseOrphans(view, keys)
  const seen = new Set<string>()
  const baseOf = (key: string, { value, base }: Current): Current['base'] => {
    if (value !== null || seen.has(key))
      throw recordExists(definition.id, key, value !== null && isHidden(context.settings, value))
    seen.add(key)
    return base
  }
  const { maxBytes } = context
  return keys.map((key, index) => {
    const row = rows[index] as KeyedRow // one per key
    const base = current ? baseOf(key, current[index] as Current) : null // one per key
    if (maxBytes === undefined) needOwnNames(definition, key, row.value, {})
    const stored = computed ? storedPatch({ definition, formulas }, row.key, row.value, {}) : row.value
    return planValue(view, key, base, stampNew(context, stored), maxBytes, areNew)
  })
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
