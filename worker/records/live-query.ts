import type { Query, QueryPlan, ResultRow } from '../../src/protocol/query.ts'
import type { Row } from '../../src/protocol/records.ts'
import { equalValues } from '../format/record-diff.ts'
import { commonEnds } from './live-result.ts'
import { createLiveWindow, type LiveWindow } from './live-window.ts'
import type { QueryContext } from './query-context.ts'
import type { RowChange, TableChange } from './row-change.ts'
import { compileQuery, type CompiledQuery, type QueryRead, type RowWise } from './run-query.ts'

/** The result of a query, kept up to date by what changes in its tables. */
export interface LiveQuery {
  readonly rows: readonly ResultRow[]
  /** How its tables were read. */
  readonly plan: QueryPlan | undefined
  /**
   * Takes in what changed at once, by collection. `unknown`: it may matter, and only reading again can tell; `rows` are
   * what they were.
   */
  follow(batch: ReadonlyMap<string, readonly RowChange[]>): Followed
  /** The same of collections that were read for this query alone: how their rows are now. */
  take(rows: ReadonlyMap<string, readonly TableChange[]>): Followed
}

export type Followed = 'unchanged' | 'changed' | 'unknown'

/** Reads a compiled query's tables, all of which are there now. */
export function readLiveQuery(compiled: CompiledQuery, context: QueryContext): LiveQuery {
  // A handle's own collections change; those of commits do not.
  const reads = compiled.reads.filter(({ source }) => source.at === undefined)
  const { rowWise, query } = compiled
  if (rowWise && reads.length === 1) return createSplicedQuery(query, rowWise, context)
  const {
    page: { rows },
    plan,
  } = compiled.run()
  return {
    rows,
    plan,
    follow: (batch) =>
      reads.some((read) => batch.get(read.source.collection)?.some((change) => matters(read, change)))
        ? 'unknown'
        : 'unchanged',
    // What the rows were before is not at hand.
    take: (changes) => (reads.some(({ source }) => changes.has(source.collection)) ? 'unknown' : 'unchanged'),
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
  const own = context.ownTableOf?.(query.from)
  /** Of a table of its own the query may have the first rows only. */
  let isWhole = true
  let plan: QueryPlan | undefined
  const window: LiveWindow = createLiveWindow({
    matches,
    compare,
    offset,
    limit,
    fill: (count) => {
      if (!isWhole) return undefined
      isWhole = own === undefined || count === undefined || own.size < count
      const first = compileQuery(count === undefined ? all : { ...all, limit: count }, context)
      const table = context.tableOf(query.from)
      const { page, plan: read } = first.run()
      plan = read
      return page.rows.flatMap(({ $id }) => (typeof $id === 'string' ? (table.get($id) ?? []) : []))
    },
  })
  let shown = window.rows
  let rows: readonly ResultRow[] = shown.map(toResult)
  const { collection } = query.from
  const splice = (changes: readonly RowChange[]): Followed => {
    const isChanged = window.apply(changes)
    if (!isChanged) return isChanged === undefined ? 'unknown' : 'unchanged'
    rows = resultsOf(shown, rows, window.rows, toResult)
    shown = window.rows
    return 'changed'
  }
  return {
    get rows() {
      return rows
    },
    get plan() {
      return plan
    },
    follow: (batch) => splice(batch.get(collection) ?? []),
    take: (changes) => {
      if (!own) return 'unchanged'
      const passing = (changes.get(collection) ?? []).map(({ key, row }) => ({
        key,
        row: row && matches(row) ? row : undefined,
      }))
      return splice(own.apply(passing))
    },
  }
}

/** Results of rows: those of the head and tail that stayed are taken over. */
function resultsOf(
  before: readonly Row[],
  results: readonly ResultRow[],
  after: readonly Row[],
  toResult: (row: Row) => ResultRow,
): readonly ResultRow[] {
  const { start, end } = commonEnds(before, after)
  const known = new Map<Row, ResultRow>()
  for (let at = start; at < before.length - end; at++) known.set(before[at] as Row, results[at] as ResultRow) // one result for each row
  const middle = after.slice(start, after.length - end).map((row) => known.get(row) ?? toResult(row))
  return [...results.slice(0, start), ...middle, ...results.slice(results.length - end)]
}
