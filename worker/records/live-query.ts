import type { Query, ResultRow } from '../../src/protocol/query.ts'
import type { Row } from '../../src/protocol/records.ts'
import { equalValues } from '../format/record-diff.ts'
import { createLiveWindow, type LiveWindow } from './live-window.ts'
import type { QueryContext } from './query-context.ts'
import type { RowChange } from './row-change.ts'
import { compileQuery, type CompiledQuery, type QueryRead, type RowWise } from './run-query.ts'

/** The result of a query, kept up to date by what changes in its tables. */
export interface LiveQuery {
  readonly rows: readonly ResultRow[]
  /**
   * Takes in what changed at once, by collection. `unknown`: it may matter, and only reading again can tell; `rows` are
   * what they were.
   */
  follow(batch: ReadonlyMap<string, readonly RowChange[]>): 'unchanged' | 'changed' | 'unknown'
}

/** Reads a compiled query's tables, all of which are there now. */
export function readLiveQuery(compiled: CompiledQuery, context: QueryContext): LiveQuery {
  // A handle's own collections change; those of commits do not.
  const reads = compiled.reads.filter(({ source }) => source.at === undefined)
  const { rowWise, query } = compiled
  if (rowWise && reads.length === 1) return createSplicedQuery(query, rowWise, context)
  const { rows } = compiled.run().page
  return {
    rows,
    follow: (batch) =>
      reads.some((read) => batch.get(read.source.collection)?.some((change) => matters(read, change)))
        ? 'unknown'
        : 'unchanged',
  }
}

/** Whether a change of a row can be seen in what a query reads of its collection. */
function matters({ columns, matches }: QueryRead, { before, after }: RowChange): boolean {
  if (matches && !(before && matches(before)) && !(after && matches(after))) return false
  if (columns === 'all' || !before || !after) return true
  for (const column of columns) if (!equalValues(before[column], after[column])) return true
  return false
}

/** Filtered, sorted and limited rows of one table. */
function createSplicedQuery(
  query: Query,
  { matches, compare, toResult }: RowWise,
  context: QueryContext,
): LiveQuery {
  const { limit, offset = 0, ...all } = query
  const made = new WeakMap<Row, ResultRow>()
  const resultOf = (row: Row): ResultRow => {
    const known = made.get(row)
    if (known) return known
    const result = toResult(row)
    made.set(row, result)
    return result
  }
  const window: LiveWindow = createLiveWindow({
    matches,
    compare,
    offset,
    limit,
    fill: (count) => {
      const first = compileQuery(count === undefined ? all : { ...all, limit: count }, context)
      const table = context.tableOf(query.from)
      return first
        .run()
        .page.rows.flatMap(({ $id }) => (typeof $id === 'string' ? (table.get($id) ?? []) : []))
    },
  })
  let rows = window.rows.map(resultOf)
  return {
    get rows() {
      return rows
    },
    follow: (batch) => {
      const changes = batch.get(query.from.collection)
      if (!changes || !window.apply(changes)) return 'unchanged'
      rows = window.rows.map(resultOf)
      return 'changed'
    },
  }
}
