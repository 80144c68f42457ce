import type { RecordValue } from '../../../src/protocol/records.ts'
import type { KeyedRecord, NewRecord } from '../../../src/protocol/writes.ts'
import { checkNewKey, normalKey } from '../../format/record-layout.ts'
import { storedPatch } from '../snapshots/computed-fields.ts'
import { refuseOrphans, refuseTwins } from './new-keys.ts'
import { withKeys } from './new-record-keys.ts'
import { needOwnNames } from './own-names.ts'
import {
  checkRevision,
  planValue,
  readCurrent,
  recordGone,
  type Current,
  type EditView,
  type PlannedEdit,
} from './plan-edits.ts'
import { isHidden } from '../queries/hide-deleted.ts'
import { stampChanged, stampNew, type WriteContext } from './record-times.ts'

/**
 * Gives records whole new values; `missing` says what becomes of those that are not there.
 *
 * Throws `record/missing`, `record/changed`, `record/bad-key`, `record/bad-value`, `format/edit-refused`.
 */
export async function planReplaces(
  view: EditView,
  given: readonly (NewRecord & Partial<KeyedRecord>)[],
  missing: 'refuse' | 'insert',
  context: WriteContext,
  parent?: string,
): Promise<readonly PlannedEdit[]> {
  const { definition } = view.collection
  const rows = await withKeys(view, given, missing === 'insert' ? context.settings.id : undefined, parent)
  const keys = rows.map(({ key }) => normalKey(definition, key))
  const current = await readCurrent(view, keys)
  const added = new Set<string>()
  for (const [index, { ifMatch }] of rows.entries()) {
    const key = keys[index] as string // one per row
    const { value } = current[index] as Current // one per row
    if (value !== null && missing === 'refuse' && isHidden(context.settings, value))
      throw recordGone(view, key, ifMatch)
    if (value !== null) continue
    if (missing === 'refuse') throw recordGone(view, key, ifMatch)
    checkRevision(view, key, null, ifMatch)
    added.add(checkNewKey(definition, key))
  }
  await refuseTwins(view, [...added])
  await refuseOrphans(view, [...added])
  const replaced = new Map<string, RecordValue>()
  const edits: PlannedEdit[] = []
  for (const [index, { value: whole, ifMatch }] of rows.entries()) {
    const key = keys[index] as string // one per row
    const { value, base } = current[index] as Current // one per row
    const now = replaced.get(key) ?? value
    checkRevision(view, key, now, ifMatch)
    needOwnNames(definition, key, whole, now ?? {})
    const stored = storedPatch({ definition, formulas: view.formulas }, key, whole, now ?? {})
    const after = now === null ? stampNew(context, stored) : stampChanged(context, now, stored)
    edits.push(
      planValue(view, key, replaced.get(key) ?? base, after, now === null ? context.maxBytes : undefined),
    )
    replaced.set(key, after)
  }
  return edits
}
