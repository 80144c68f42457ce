import type { Condition, FieldPath, Source } from '../../src/protocol/query.ts'
import type { Row } from '../../src/protocol/records.ts'
import { all, compileCondition, type ConditionScope, type Test } from './conditions.ts'
import { compilePath } from './field-path.ts'
import type { ValueCount } from './hash-index.ts'
import { createIndexUse, type IndexMode } from './index-use.ts'
import { readKeyConditions } from './key-conditions.ts'
import { planAccess, type Access } from './plan-access.ts'
import type { QueryContext } from './query-context.ts'
import { sourceIndex } from './query-parts.ts'
import type { ReadRequest, ResultSource, ResultTaker } from './result-source.ts'
import { createSearch, type Search } from './searches.ts'
import type { Table } from './table.ts'
import { toResultRow } from './result-row.ts'

/** The rows of one source that fulfil conditions on it alone. */
export interface FilteredTable {
  readonly matches: Test<Row>
  /** The keys that can match; undefined where any can. */
  readonly keys: readonly string[] | undefined
  /** There are conditions at all. */
  readonly isFiltering: boolean
  /** The searches among the conditions that must all hold, in their order. */
  readonly rank: Search | undefined
  /** The table as it is now, its searches looked up. */
  open(): Table
  plan(request: ReadRequest): { readonly access: Access; read(taker: ResultTaker<Row>): number }
}

/** `conjuncts` read no other source. */
export function createFilteredTable(
  source: Source,
  sources: readonly Source[],
  conjuncts: readonly Condition[],
  context: QueryContext,
): FilteredTable {
  const place = sources.indexOf(source)
  const searches: Search[] = []
  const scope: ConditionScope<Row> = {
    field: compilePath,
    search: (condition) => {
      const search = createSearch(condition, source, context)
      searches.push(search)
      return (row) => search.scoreOf(row.$id) !== undefined
    },
  }
  const conditions = [...belowParent(source), ...conjuncts]
  const ranks: Search[] = []
  const compile = (): Test<Row> =>
    all(
      conditions.map((condition) => {
        const before = searches.length
        const test = compileCondition(condition, scope)
        if (condition.op === 'search') ranks.push(...searches.slice(before))
        return test
      }),
    )
  const keyConditions = readKeyConditions(conditions, (expression) =>
    'field' in expression && sourceIndex(sources, expression.from ?? source.alias) === place
      ? expression.field
      : undefined,
  )
  // What indexes can answer in full is compiled for the first row that is tested; it is no search, and no pattern.
  let test = keyConditions.complete ? undefined : compile()
  const matches: Test<Row> = test ?? ((row) => (test ??= compile())(row))
  const [rank] = ranks

  const isFiltering = conditions.length > 0
  const open = (): Table => {
    for (const search of searches) search.refresh()
    return context.tableOf(source)
  }

  return {
    matches,
    keys: keyConditions.keys,
    isFiltering,
    rank,
    open,
    plan: ({ order, need }) => {
      const table = open()
      const access =
        rank === undefined
          ? planAccess({
              table,
              conditions: keyConditions,
              filtered: isFiltering,
              order,
              need,
              indexes: indexModeOf(source, context),
            })
          : bySearch(table, rank)
      return {
        access,
        read: (taker) => {
          let rowsRead = 0
          const isExact = access.exactly !== undefined
          access.read({
            result: (row) => {
              rowsRead++
              return (!isExact && !matches(row)) || taker.result(row)
            },
            runEnd: () => taker.runEnd(),
          })
          return rowsRead
        },
      }
    },
  }
}

/** A table that was made for this query goes with it. */
function indexModeOf(source: Source, { indexes = 'auto', ownTableOf }: QueryContext): IndexMode {
  return indexes === 'auto' && ownTableOf?.(source) ? 'ready' : indexes
}

function bySearch(table: Table, search: Search): Access {
  return {
    access: 'search',
    ordered: 'none',
    read: (taker) => {
      for (const key of search.keys()) {
        const row = table.get(key)
        if (row !== undefined && !taker.result(row)) return
      }
    },
  }
}

/** Keys of a subcollection begin with their parent's: the rows below one stand together. */
function belowParent({ parent, alias }: Source): readonly Condition[] {
  if (parent === undefined) return []
  return [{ op: 'startsWith', left: { field: ['$id'], from: alias }, value: `${parent}/` }]
}

/** Results that are the rows of one table. */
export function createTableSource(
  source: Source,
  conjuncts: readonly Condition[],
  context: QueryContext,
): ResultSource<Row> & Pick<FilteredTable, 'matches'> & { readonly keyNames: FilteredTable['keys'] } {
  const filtered = createFilteredTable(source, [source], conjuncts, context)
  const { matches, rank } = filtered
  const countBy = (path: FieldPath): readonly ValueCount[] | undefined => {
    const table = context.tableOf(source)
    const mayUse = createIndexUse(table, indexModeOf(source, context))
    return mayUse('hash', path) ? table.hashIndex(path).counts() : undefined
  }
  return {
    matches,
    keyNames: filtered.keys,
    rank: rank && ((row) => rank.scoreOf(row.$id)),
    scope: { field: compilePath, search: neverCompiled },
    keys: [(row) => row.$id],
    pathOf: (field: FieldPath) => field,
    keep: (row) => row,
    whole: (row) => toResultRow(row, context.stays),
    metaOf: (row) => row,
    plan: (request) => {
      const { access, read } = filtered.plan(request)
      const { ordered, exactly } = access
      return {
        ordered,
        exactly,
        first: exactly === undefined ? undefined : access.first,
        countBy: filtered.isFiltering ? undefined : countBy,
        facts: { collection: source.collection, access: access.access, index: access.index, joins: [] },
        read,
      }
    },
  }
}

function neverCompiled(): never {
  throw new TypeError('A search outside "where" was not refused')
}
