import type { RecordStatus, RecordValue, Row } from '../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { parentKey } from '../../format/record-layout.ts'
import { lazyRow } from '../../records/lazy-row.ts'
import { toRow } from '../../records/row.ts'
import { computedOf } from '../snapshots/computed-fields.ts'
import { shownStatus, type RowParts } from './read-records.ts'

/** Makes the rows of a table, cheaply: see {@link lazyRow}. */
export type TableRowMaker = (key: string, value: RecordValue, status: RecordStatus | undefined) => Row

export function tableRowMaker(
  definition: CollectionDefinition,
  { formulas, settingsOf }: RowParts,
): TableRowMaker {
  const settings = settingsOf(definition.id)
  const computed = computedOf(definition, formulas)
  const parentOf = (key: string): string | undefined =>
    definition.parent === undefined ? undefined : parentKey(definition, key)
  const eager: TableRowMaker = (key, value, given) => {
    const status = shownStatus(settings, value, given)
    return toRow(key, value, { parent: parentOf(key), fields: computed?.addTo(value).value, status })
  }
  // The revision is that of the stored value, without what is computed.
  if (computed) return eager
  return (key, value, given) => {
    const status = shownStatus(settings, value, given)
    return lazyRow(key, value, { parent: parentOf(key), status }) ?? eager(key, value, given)
  }
}
