import type { Query, ResultRow, Source } from '../../src/protocol/query.ts'
import type { Row } from '../../src/protocol/records.ts'
import { checkQuery } from './check-query.ts'
import type { Test } from './conditions.ts'
import { countName, createRowCount } from './count-query.ts'
import { createGroupedSource } from './grouped-source.ts'
import { createIncludes } from './include-rows.ts'
import { createJoinedSource } from './joined-source.ts'
import { reachOf } from './live-window.ts'
import { createResults, type QueryRun, type Results } from './page-results.ts'
import { withNormalKeys } from './normal-keys.ts'
import { readColumns } from './query-columns.ts'
import type { Gathered, QueryContext } from './query-context.ts'
import { conjunctsOf, groupedExpressions, isGrouped, searchesIn, sourcesIn } from './query-parts.ts'
import { readQuery } from './read-query.ts'
import { createTableSource } from './table-source.ts'

/** A query that can be run again and again: compiled to closures once. */
export interface CompiledQuery {
  readonly query: Query
  /** All tables that a run may read. */
  readonly reads: readonly QueryRead[]
  /** The query's result can be kept up to date row by row: it shows rows of one table, filtered and sorted. */
  readonly rowWise: RowWise | undefined
  /**
   * Runs on the tables as they are now.
   *
   * @throws EspalierError `query/too-large`, `query/search-missing`
   */
  run(): QueryRun
}

/** What a query reads of one source. */
export interface QueryRead {
  readonly source: Source
  /** The first steps of the paths that are read; `'all'`: the whole row. */
  readonly columns: ReadonlySet<string> | 'all'
  /**
   * Rows that do not pass never matter: a change whose row passes neither before nor after can be skipped. Undefined
   * where any row may matter (left joins, searches).
   */
  readonly matches: Test<Row> | undefined
  /** Rows of other keys do not pass; undefined where rows of any key may. */
  readonly keys?: readonly string[] | undefined
  /** Not all rows that pass matter; undefined where all may. */
  readonly first?: FirstRows | undefined
  /** Rows are asked for by the values of a field, those of other sources, and in no other way. */
  readonly isLookedUp?: boolean
  /** Rows that pass can be taken one by one: see {@link QueryContext.gatheredOf}. */
  readonly gather?: (() => Gathered) | undefined
}

/** Only so many rows matter, the first ones in an order (where rows are looked up: of each value). */
export interface FirstRows {
  readonly compare: (a: Row, b: Row) => number
  readonly count: number
  /** Whether a row stands behind the place where a page begins. */
  readonly isBehind?: (row: Row) => boolean
}

/** How a live query splices a changed row into a result. */
export interface RowWise {
  matches(row: Row): boolean
  /** A total order: 0 only for rows of one key. */
  compare(a: Row, b: Row): number
  toResult(row: Row): ResultRow
}

/**
 * Checks and compiles a query that {@link readQuery} has read.
 *
 * @throws EspalierError `query/invalid`, `query/unknown-column`, `query/bad-operand`, `query/bad-cursor`,
 * `record/collection-missing`
 */
export function compileQuery(query: Query, context: QueryContext): CompiledQuery {
  checkQuery(query, context.shapeOf)
  return { query, ...compile(withNormalKeys(query, sourcesIn(query), context.shapeOf), context) }
}

function compile(query: Query, context: QueryContext): Omit<CompiledQuery, 'query'> {
  const { joins, where, from } = query
  const includes = createIncludes(query.include, from, context)
  const included = includes?.reads ?? []
  const searched = searchesIn(where).length > 0
  let columns: ReturnType<typeof readColumns> | undefined
  /** Worked out when somebody asks: tables in memory do not. */
  const columnsAt = (place: number): QueryRead['columns'] => (columns ??= readColumns(query))[place] ?? 'all'
  if (joins !== undefined) {
    const source = createJoinedSource(query, joins, context)
    const reads = sourcesIn(query).map((one, place): QueryRead => {
      const isLeft = joins[place - 1]?.kind === 'left'
      const filter = isLeft || searched ? undefined : source.filters[place]
      return {
        source: one,
        get columns() {
          return columnsAt(place)
        },
        matches: filter?.matches,
        keys: filter?.keys,
        isLookedUp: place > 0 && !searched,
      }
    })
    const { run } = isGrouped(query)
      ? createResults(query, grouped(query, source), undefined, () => undefined)
      : createResults(query, source, undefined, () => undefined)
    return { reads, rowWise: undefined, run }
  }
  const source = createTableSource(from, conjunctsOf(where), context)
  const own = (more: Pick<QueryRead, 'first' | 'gather'>): QueryRead => ({
    source: from,
    get columns() {
      return columnsAt(0)
    },
    matches: searched ? undefined : source.matches,
    keys: source.keyNames,
    ...more,
  })
  const count = countName(query)
  if (count !== undefined) {
    const { gather, run } = createRowCount(count, source, () => context.gatheredOf?.(from))
    return { reads: [own(searched ? {} : { gather })], rowWise: undefined, run }
  }
  if (isGrouped(query)) {
    const groups = grouped(query, source, () => context.gatheredOf?.(from))
    const { run } = createResults(query, groups, undefined, () => undefined)
    return { reads: [own(searched ? {} : { gather: groups.gather })], rowWise: undefined, run }
  }
  const results = createResults(query, source, includes, (row) => row)
  const spliced = rowWise(source.matches, results)
  const isPlain = !searched && query.distinct !== true
  const isRowWise = isPlain && includes === undefined && !query.after && !query.before
  const reach = reachOf(query)
  const first =
    isPlain && reach !== undefined
      ? { compare: spliced.compare, count: reach, isBehind: results.isBehind }
      : undefined
  const reads = [own({ first }), ...included]
  return { reads, rowWise: isRowWise ? spliced : undefined, run: results.run }
}

/** Reads, compiles and runs a query once; see {@link compileQuery} for what it throws. */
export function runQuery(query: unknown, context: QueryContext): QueryRun {
  return compileQuery(readQuery(query), context).run()
}

function grouped<Env>(
  query: Query,
  source: Parameters<typeof createGroupedSource<Env>>[0],
  gathered?: () => Gathered | undefined,
): ReturnType<typeof createGroupedSource<Env>> {
  return createGroupedSource(source, query.groupBy ?? [], query.having, groupedExpressions(query), gathered)
}

function rowWise(matches: Test<Row>, { order, toRow }: Results<Row>): RowWise {
  return {
    matches,
    compare: (a, b) => order.compareTo(a, order.vectorOf(b)),
    toResult: toRow,
  }
}
