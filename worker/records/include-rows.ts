import type { Include, PlanLookup, Query, Source } from '../../src/protocol/query.ts'
import type { Json, Row } from '../../src/protocol/records.ts'
import { targetOf } from './check-query.ts'
import { withNormalKeys } from './normal-keys.ts'
import { normalText } from './normal-text.ts'
import { into } from './query-faults.ts'
import type { Test } from './conditions.ts'
import type { Value } from './compare-values.ts'
import { compileExpression } from './expressions.ts'
import { compilePath, keyPath } from './field-path.ts'
import { createResultOrder, keyPart, orderComparison, type ResultOrder } from './order-rows.ts'
import type { QueryContext } from './query-context.ts'
import { conjunctsOf, searchesIn } from './query-parts.ts'
import { compileSelection, setField, toResultRow } from './result-row.ts'
import type { QueryRead } from './run-query.ts'
import { createFilteredTable } from './table-source.ts'
import { createTopResults } from './top-results.ts'
import type { Table } from './table.ts'

/** Related records for rows of one collection. */
export interface Includes {
  /** What is read, by nested includes too. */
  readonly reads: readonly QueryRead[]
  /** How it is read. */
  readonly lookups: readonly PlanLookup[]
  /** Looks at the tables as they are now. What it answers adds the related records to a result of a row. */
  open(): (row: Row, result: { [name: string]: Json }) => void
}

/** Compiles what a query includes; undefined when that is nothing. */
export function createIncludes(
  named: Query['include'],
  owner: Source,
  context: QueryContext,
): Includes | undefined {
  const entries = Object.entries(named ?? {})
  if (entries.length === 0) return undefined
  const parts = entries.map(([name, include]) => ({ name, ...createInclude(include, owner, context) }))
  return {
    reads: parts.flatMap(({ reads }) => reads),
    lookups: parts.flatMap(({ lookups }) => lookups),
    open: () => {
      const opened = parts.map(({ name, open }) => ({ name, related: open() }))
      return (row, result) => {
        for (const { name, related } of opened) setField(result, name, related(row))
      }
    },
  }
}

interface CompiledInclude extends Pick<Includes, 'reads' | 'lookups'> {
  open(): (row: Row) => Json
}

function createInclude(given: Include, owner: Source, context: QueryContext): CompiledInclude {
  const target = targetOf(given, owner, context.shapeOf, into(undefined, 'include'))
  const include = withNormalKeys(given, [target], context.shapeOf)
  const filtered = createFilteredTable(target, [target], conjunctsOf(include.where), context)
  const nested = createIncludes(include.include, target, context)
  const order = orderOf(include)
  const select = include.select && compileSelection<Row>(include.select, { field: compilePath }, (row) => row)
  const isForward = include.collection === undefined
  const isSearched = searchesIn(include.where).length > 0
  const own: QueryRead = {
    source: target,
    columns: 'all',
    matches: isSearched ? undefined : filtered.matches,
    isLookedUp: !isSearched,
    first:
      isSearched || include.limit === undefined
        ? undefined
        : { compare: (a, b) => order.compareTo(a, order.vectorOf(b)), count: include.limit },
  }
  return {
    reads: [own, ...(nested?.reads ?? [])],
    lookups: [
      { collection: target.collection, access: isForward ? 'key' : 'hash' },
      ...(nested?.lookups ?? []),
    ],
    open: () => {
      const table = filtered.open()
      const addNested = nested?.open()
      // A record that many rows refer to is made once.
      const made = new Map<Row, Json>()
      const toJson = (row: Row): Json => {
        if (addNested === undefined && select === undefined) return rowAsJson(toResultRow(row))
        const known = made.get(row)
        if (known !== undefined) return known
        const result: { [name: string]: Json } = select ? select(row) : { ...toResultRow(row) }
        addNested?.(row, result)
        made.set(row, result)
        return result
      }
      return isForward
        ? openForward(include, table, filtered.matches, toJson)
        : openReverse(include, findByKey(include, target, table, context), filtered.matches, order, toJson)
    },
  }
}

/** The record that this row's key column names, or null; a column that lists keys gives a list. */
function openForward(
  { column }: Include,
  table: Table,
  matches: Test<Row>,
  toJson: (row: Row) => Json,
): (row: Row) => Json {
  const read = compilePath([column])
  const find = (value: Value): Json | undefined => {
    const key = keyText(value)
    const row = key === undefined ? undefined : table.get(key)
    return row !== undefined && matches(row) ? toJson(row) : undefined
  }
  return (row) => {
    const value = read(row)
    return Array.isArray(value) ? value.flatMap((item: Json) => find(item) ?? []) : (find(value) ?? null)
  }
}

/** The records whose column names this row's key, or has it in its list. */
function openReverse(
  { limit = Infinity }: Include,
  find: FindByKey,
  matches: Test<Row>,
  order: ResultOrder<Row>,
  toJson: (row: Row) => Json,
): (row: Row) => Json {
  return ({ $id }) => {
    const top = createTopResults(order, limit, (row: Row) => row)
    for (const row of find($id)) if (matches(row)) top.add(row)
    // A key that is a number's text may be named by the number.
    const number = Number($id)
    if (String(number) === $id) for (const row of find(number)) if (matches(row)) top.add(row)
    return top.results().map(toJson)
  }
}

type FindByKey = (key: string | number) => Iterable<Row>

/** Finds records by a key column; one that is declared as a list names several keys. */
function findByKey({ column }: Include, target: Source, table: Table, context: QueryContext): FindByKey {
  const shape = context.shapeOf(target)
  const type = shape?.columns?.get(column)?.type ?? 'any'
  const path = keyPath([column], shape)
  return type.startsWith('[]') ? table.itemIndex(path) : table.hashIndex(path).find
}

function orderOf({ orderBy = [] }: Include): ResultOrder<Row> {
  const parts = orderBy.map((one) => ({
    evaluate: compileExpression<Row>(one.by, { field: compilePath }),
    compare: orderComparison(one),
  }))
  return createResultOrder<Row>([...parts, keyPart((row) => row.$id)])
}

/** Foreign keys are compared as text, as validation does it. */
function keyText(value: Value): string | undefined {
  if (value === undefined || value === null || value === '' || typeof value === 'object') return undefined
  return normalText(String(value))
}

function rowAsJson(row: Row): Json {
  return row as unknown as Json // a row is JSON data: its fields and texts
}
