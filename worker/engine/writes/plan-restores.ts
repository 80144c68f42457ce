import type { KeyedValue } from '../../../src/protocol/writes.ts'
import { refuseOrphans, refuseTwins } from './new-keys.ts'
import { planValue, readCurrent, type Current, type EditView, type PlannedEdit } from './plan-edits.ts'

/**
 * Gives records values that they had before, whether they are there now or not.
 *
 * Throws `record/missing` for a missing parent, `record/bad-key` for a twin, `format/edit-refused`.
 */
export async function planRestores(
  view: EditView,
  records: readonly KeyedValue[],
): Promise<readonly PlannedEdit[]> {
  const current = await readCurrent(
    view,
    records.map(({ key }) => key),
  )
  const gone = records.flatMap(({ key }, index) => (current[index]?.value === null ? [key] : []))
  await refuseTwins(view, gone)
  await refuseOrphans(view, gone)
  const edits: PlannedEdit[] = []
  for (const [index, { key, value }] of records.entries()) {
    const { base } = current[index] as Current // one per record
    edits.push(planValue(view, key, base, value))
  }
  return edits
}
