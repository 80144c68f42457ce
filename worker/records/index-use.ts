import type { FieldPath } from '../../src/protocol/query.ts'
import { pathId } from './field-path.ts'
import { isKeyPath } from './sorted-index.ts'
import type { Table } from './table.ts'

/** Below this many rows a scan is as fast as any index. */
const minRows = 200

/**
 * A path's first query scans: that costs less than building an index (10,000 rows: 0.3 ms against 1–5 ms). A path that
 * is asked for again gets its index.
 */
const buildAtUse = 2

const uses = new WeakMap<Table, Map<string, number>>()
/** More different paths than any app asks for: a stream of odd queries must not fill the memory. */
const maxPaths = 1000

export type IndexMode = 'auto' | 'always' | 'never'

/** Whether one query may use an index: it stands ready, or it is time to build it. */
export type MayUseIndex = (kind: 'hash' | 'sorted', path: FieldPath, locale?: string) => boolean

/** Answers for one query: a path that stands in several of its parts is asked for once. */
export function createIndexUse(table: Table, mode: IndexMode): MayUseIndex {
  if (mode !== 'auto') return () => mode === 'always'
  const asked = new Map<string, boolean>()
  return (kind, path, locale) => {
    if (kind === 'sorted' && locale === undefined && isKeyPath(path)) return true
    if (table.hasIndex(kind, path, locale)) return true
    if (table.size < minRows) return false
    const id = `${kind} ${locale ?? ''} ${pathId(path)}`
    const known = asked.get(id)
    if (known !== undefined) return known
    const may = countUse(table, id) >= buildAtUse
    asked.set(id, may)
    return may
  }
}

function countUse(table: Table, id: string): number {
  const counts = uses.get(table) ?? new Map<string, number>()
  uses.set(table, counts)
  const count = (counts.get(id) ?? 0) + 1
  if (counts.size >= maxPaths) counts.clear()
  counts.set(id, count)
  return count
}
