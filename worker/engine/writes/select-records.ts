import type { CollectionSettings } from '../../../src/protocol/collection-settings.ts'
import { queryVersion, type Query } from '../../../src/protocol/query.ts'
import { invalid } from '../../records/query-faults.ts'
import { searchesIn } from '../../records/query-parts.ts'
import { readQuery } from '../../records/read-query.ts'
import { compileQuery } from '../../records/run-query.ts'
import type { ConditionalOperation } from './plan-operation.ts'
import type { EditView } from './plan-edits.ts'
import { shapeOf } from '../queries/query-scope.ts'
import { isHidden } from '../queries/hide-deleted.ts'
import { tableRowMaker } from '../queries/table-rows.ts'

/**
 * The keys of the records that an operation means, among those that the view shows.
 *
 * Throws `query/*` for a condition that cannot be run.
 */
export async function selectRecords(
  view: EditView,
  { collection, where, parent }: ConditionalOperation,
  settings: CollectionSettings,
): Promise<readonly string[]> {
  const { definition } = view.collection
  const shape = shapeOf(definition)
  // An index shows what queries see, not what an operation is about to change.
  if (searchesIn(where).length > 0) throw invalid(['where'], 'a write takes keys instead of a search')
  const query: Query = {
    version: queryVersion,
    from: { collection, alias: '' },
    ...(where === undefined ? {} : { where }),
  }
  const { rowWise } = compileQuery(readQuery(query), {
    shapeOf: (source) => (source.collection === collection ? shape : undefined),
    tableOf: () => {
      throw new TypeError('A condition on one record reads no table.')
    },
  })
  const row = tableRowMaker(definition, { formulas: view.formulas, settingsOf: () => settings })
  const keys: string[] = []
  for (const [key, value] of await view.records(parent)) {
    if (isHidden(settings, value)) continue
    if (!rowWise || rowWise.matches(row(key, value, undefined))) keys.push(key)
  }
  return keys
}
