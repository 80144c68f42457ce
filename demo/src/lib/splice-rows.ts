import type { Row } from '../../../src/index.ts'

/**
 * Rows with some of them read anew (undefined: gone). The other rows keep their identity, and equal ones are not
 * replaced, so that only what changed is drawn and searched again. New rows join in key order.
 */
export function spliceRows(
  rows: readonly Row[],
  found: ReadonlyMap<string, Row | undefined>,
): readonly Row[] {
  const isNew = new Map(found)
  const kept = rows.flatMap((row) => {
    if (!found.has(row.$id)) return [row]
    isNew.delete(row.$id)
    const now = found.get(row.$id)
    if (now === undefined) return []
    return [now.$rev === row.$rev ? row : now]
  })
  const added = [...isNew.values()].filter((row) => row !== undefined)
  return added.length === 0 ? kept : [...kept, ...added].toSorted((a, b) => (a.$id < b.$id ? -1 : 1))
}
