import { EspalierError } from '../../../src/protocol/errors.ts'
import type { Patch, RecordValue } from '../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'

/** Names with `$` that neither the library nor a format gives to what may stand in a row. */
const strange = /^\$(?!(?:id|ID|rev|parent|status|content)$)/

/**
 * Refuses a slip like `$Id`, which no query could read. What a record (`now`) has already under such a name may stay.
 * Throws `record/bad-value`.
 */
export function needOwnNames(
  { id, columns, recordFile }: CollectionDefinition,
  key: string,
  patch: Patch,
  now: RecordValue,
): void {
  for (const name in patch) {
    if (!strange.test(name) || Object.hasOwn(now, name) || name === recordFile.contentField) continue
    if (columns.some((column) => column.name === name)) continue
    throw new EspalierError(
      'record/bad-value',
      `"${name}" of ${id}/${key} is no field: names with $ belong to the library. Choose another name.`,
      { data: { collection: id, key, field: name } },
    )
  }
}
