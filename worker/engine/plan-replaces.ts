import type { RecordValue } from '../../src/protocol/records.ts'
import type { KeyedRecord, KeyedValue } from '../../src/protocol/writes.ts'
import { checkNewKey, normalKey } from '../format/record-layout.ts'
import { storedPatch } from './computed-fields.ts'
import { refuseOrphans, refuseTwins } from './new-keys.ts'
import {
  checkRevision,
  planValue,
  readCurrent,
  recordMissing,
  type Current,
  type EditView,
  type PlannedEdit,
} from './plan-edits.ts'

/**
 * Gives records whole new values; `missing` says what becomes of those that are not there.
 *
 * Throws `record/missing`, `record/changed`, `record/bad-key`, `record/bad-value`, `format/edit-refused`.
 */
export async function planReplaces(
  view: EditView,
  rows: readonly (KeyedValue & KeyedRecord)[],
  missing: 'refuse' | 'insert',
): Promise<readonly PlannedEdit[]> {
  const { definition } = view.collection
  const keys = rows.map(({ key }) => normalKey(definition, key))
  const current = await readCurrent(view, keys)
  const added = new Set<string>()
  for (const [index, { ifMatch }] of rows.entries()) {
    const key = keys[index] as string // one per row
    if (current[index]?.value !== null) continue
    if (missing === 'refuse') throw recordMissing(view, key)
    checkRevision(view, key, null, ifMatch)
    added.add(checkNewKey(definition, key))
  }
  await refuseTwins(view, [...added])
  await refuseOrphans(view, [...added])
  const replaced = new Map<string, RecordValue>()
  const edits: PlannedEdit[] = []
  for (const [index, { value: given, ifMatch }] of rows.entries()) {
    const key = keys[index] as string // one per row
    const { value, base, file } = current[index] as Current // one per row
    const now = replaced.get(key) ?? value
    checkRevision(view, key, now, ifMatch)
    const after = storedPatch({ definition, formulas: view.formulas }, key, given, now ?? {})
    edits.push(await planValue(view, key, replaced.get(key) ?? base, after, file))
    replaced.set(key, after)
  }
  return edits
}
