import type { Query, QueryPage, QueryPlan, ResultRow } from '../../src/protocol/query.ts'
import type { Json, Row } from '../../src/protocol/records.ts'
import { identityOf } from './compare-values.ts'
import { createCursors } from './cursors.ts'
import { compileExpression } from './expressions.ts'
import type { Includes } from './include-rows.ts'
import {
  createResultOrder,
  keyPart,
  orderComparison,
  type OrderVector,
  type ResultOrder,
} from './order-rows.ts'
import type { WantedOrder } from './plan-access.ts'
import { planOf } from './query-plan.ts'
import { compileSelection } from './result-row.ts'
import type { PlanFacts, ResultSource } from './result-source.ts'
import { isKeyPath } from './sorted-index.ts'
import { createTopResults } from './top-results.ts'

/** What a query answered, and how. */
export interface QueryRun {
  readonly page: QueryPage
  readonly plan: QueryPlan
}

/** The results of a source as a query wants them: in order, a page of them, as rows. */
export interface Results<Env> {
  /** Pages before a cursor are read backwards. */
  readonly order: ResultOrder<Env>
  /** Whether a result stands where the wanted page may begin, or further on in the order. */
  isBehind(env: Env): boolean
  /** A result as a row, without what is included. */
  toRow(env: Env): ResultRow
  run(): QueryRun
}

interface Found<Env> {
  readonly results: readonly Env[]
  readonly ordered: boolean
  readonly rowsRead: number
  readonly facts: PlanFacts
}

export function createResults<Env>(
  query: Query,
  source: ResultSource<Env>,
  includes: Includes | undefined,
  rowOf: (env: Env) => Row | undefined,
): Results<Env> {
  const { orderBy = [], limit = Infinity, offset = 0, after, before } = query
  // Whole rows are never equal: they have keys.
  const distinct = query.distinct === true && query.select !== undefined
  const { rank } = source
  const ranked = orderBy.length === 0 && rank !== undefined
  const orders = orderBy.map((one) => ({
    evaluate: compileExpression(one.by, source.scope),
    compare: orderComparison(one),
  }))
  const keys = source.keys.map(keyPart)
  const ranks = ranked ? [{ evaluate: rank, compare: orderComparison({ direction: 'desc' }) }] : []
  const parts = [...orders, ...ranks, ...keys]
  const order = createResultOrder(parts)
  const cursors = createCursors(query, parts.length)
  const position =
    after !== undefined
      ? cursors.read(after, 'after')
      : before !== undefined
        ? cursors.read(before, 'before')
        : undefined
  const wanted = ranked ? undefined : wantedOrder(query, source)
  const toRow = compileRow(query, source)
  const backwards = before !== undefined
  const direction = backwards ? order.reversed() : order
  const isBehind = (env: Env): boolean => position === undefined || direction.compareTo(env, position) > 0
  // One more than asked for tells whether there is another page.
  const need = limit === Infinity ? Infinity : offset + limit + 1

  /** The first results from the position on, in order (or, backwards, those right before it, the nearest first). */
  const find = (): Found<Env> => {
    // Which of several equal rows stands is decided before pages are cut.
    const cut = distinct ? undefined : position
    const isWanted = cut === undefined ? undefined : isBehind
    const enough = distinct ? Infinity : need
    const reading = source.plan({
      order: backwards || wanted === undefined ? undefined : withStart(wanted, cut),
      need: enough,
    })
    const { facts } = reading
    if (reading.ordered === 'full' && !backwards) {
      if (reading.first && !isWanted) {
        const results = reading.first(enough)
        return { results, ordered: true, rowsRead: results.length, facts }
      }
      const results: Env[] = []
      const rowsRead = reading.read({
        result: (env) => {
          if (!isWanted || isWanted(env)) results.push(source.keep(env))
          return results.length < enough
        },
        runEnd: () => true,
      })
      return { results, ordered: true, rowsRead, facts }
    }
    const top = createTopResults(direction, enough, source.keep)
    let taken = 0
    const rowsRead = reading.read({
      result: (env) => {
        if (!isWanted || isWanted(env)) {
          top.add(env)
          taken++
        }
        return true
      },
      runEnd: () => taken < enough,
    })
    return { results: top.results(), ordered: reading.ordered === 'runs', rowsRead, facts }
  }

  const withoutDoubles = (results: readonly Env[]): readonly Env[] => {
    const seen = new Set<unknown>()
    // Backwards the last of several equal rows comes first: the one that stands is the first in order.
    const inOrder = backwards ? results.toReversed() : results
    const unique = inOrder.filter((env) => {
      const id = identityOf(rowAsJson(toRow(env)))
      const isNew = !seen.has(id)
      seen.add(id)
      return isNew
    })
    return (backwards ? unique.toReversed() : unique).filter(isBehind)
  }

  return {
    order: direction,
    isBehind,
    toRow,
    run: () => {
      const begin = performance.now()
      const { results: found, facts, ordered, rowsRead } = find()
      const results = distinct ? withoutDoubles(found) : found
      const some = limit === Infinity && offset === 0 ? results : results.slice(offset, offset + limit)
      const page = backwards ? some.toReversed() : some
      const more = results.length > offset + limit
      const rows = page.map(toRow)
      return {
        page: {
          rows: includes === undefined ? rows : withIncludes(page, rows, includes),
          // Made when they are read: who only wants rows does not pay for them.
          get next() {
            return backwards || more ? cursorAt(page.at(-1)) : null
          },
          get previous() {
            const isFirst = backwards ? !more : position === undefined && offset === 0
            return isFirst ? null : cursorAt(page[0])
          },
        },
        plan: planOf(facts, begin, {
          ordered,
          rowsRead,
          rowsReturned: page.length,
          includes: includes?.lookups ?? [],
        }),
      }
    },
  }

  function cursorAt(env: Env | undefined): string | null {
    return limit === Infinity || env === undefined ? null : cursors.write(order.vectorOf(env))
  }

  function withIncludes(
    page: readonly Env[],
    rows: readonly ResultRow[],
    related: Includes,
  ): readonly ResultRow[] {
    const add = related.open()
    return rows.map((row, index) => {
      const result: { [name: string]: Json } = { ...rowAsJson(row) }
      const env = page[index]
      const record = env === undefined ? undefined : rowOf(env)
      if (record !== undefined) add(record, result)
      return result
    })
  }
}

/** The order that an index of the first source could give. */
function wantedOrder<Env>(query: Query, { pathOf }: ResultSource<Env>): WantedOrder | undefined {
  const { orderBy = [], from } = query
  const [first] = orderBy
  if (first === undefined) {
    const path = pathOf(['$id'], from.alias)
    return path && { path, direction: 'asc', only: true }
  }
  const { by, direction, nulls, locale } = first
  const path = 'field' in by ? pathOf(by.field, by.from) : undefined
  if (path === undefined) return undefined
  return {
    path,
    direction,
    nulls,
    locale,
    // No two rows of one table have the same key: further orders say nothing.
    only: orderBy.length === 1 || (isKeyPath(path) && query.joins === undefined),
  }
}

function withStart(wanted: WantedOrder, position: OrderVector | undefined): WantedOrder {
  return position === undefined ? wanted : { ...wanted, from: { value: position[0] } }
}

function compileRow<Env>(query: Query, source: ResultSource<Env>): (env: Env) => ResultRow {
  const { select, distinct } = query
  return select === undefined
    ? source.whole
    : compileSelection(select, source.selected ?? source.scope, source.metaOf, distinct)
}

function rowAsJson(row: ResultRow): { readonly [name: string]: Json } {
  return row as { readonly [name: string]: Json } // rows are JSON data
}
