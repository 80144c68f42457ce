import type { FieldPath, Order, QueryPlan } from '../../src/protocol/query.ts'
import type { Json, Row } from '../../src/protocol/records.ts'
import { equalValues, identityOf, type Value } from './compare-values.ts'
import { compilePath } from './field-path.ts'
import { createIndexUse, type IndexMode, type MayUseIndex } from './index-use.ts'
import { intersect, type KeyConditions } from './key-conditions.ts'
import type { ResultTaker } from './result-source.ts'
import { isKeyPath, type SortedIndex, type Span, type ValueRange } from './sorted-index.ts'
import { compareRowKeys } from './sorted-rows.ts'
import type { Table } from './table.ts'

/** How the rows of a query's first source are read. */
export interface Access {
  readonly access: QueryPlan['access']
  readonly index?: FieldPath | undefined
  /** `full`: rows come in the query's order. `runs`: by the first of several orders. `none`: in any order. */
  readonly ordered: 'full' | 'runs' | 'none'
  /** The number of rows, where they are just those that match: these need no test. */
  readonly exactly?: number | undefined
  /** So many of the first rows, where all stand together in the query's order. */
  readonly first?: ((count: number) => readonly Row[]) | undefined
  read(taker: ResultTaker<Row>): void
}

/** The order that an index of the first source could give. */
export interface WantedOrder extends Pick<Order, 'direction'> {
  readonly path: FieldPath
  readonly nulls?: Order['nulls'] | undefined
  readonly locale?: Order['locale'] | undefined
  /** It is the whole order but for the keys. */
  readonly only: boolean
  /** The value of this order where a cursor stands: the rows from there on are enough. */
  readonly from?: { readonly value: Value }
}

export interface AccessRequest {
  readonly table: Table
  readonly conditions: KeyConditions
  /** There are conditions at all: an index in the query's order then gives rows that do not match, too. */
  readonly filtered: boolean
  readonly order: WantedOrder | undefined
  /** So many matching rows end the reading, where rows come in order; Infinity: all. */
  readonly need: number
  readonly indexes: IndexMode
}

interface Choice extends Access {
  /** Rows that will be read, weighed by what a row costs there. */
  readonly cost: number
}

/** Conditions that no index knows keep about this part of the rows: a guess. */
const guessedSelectivity = 0.25
/** Rows in an index's order lie all over the memory. */
const indexedRowCost = 1.3
/** A row that must be placed among others. */
const sortedRowCost = 1.5
/** So many rows are read at once. */
const fewRows = 64

/**
 * Chooses the cheapest way to the rows that can match. Every way gives a superset of them: the conditions are tested
 * on each row again.
 */
export function planAccess(request: AccessRequest): Access {
  const { table, conditions, order, need, filtered } = request
  const natural = order !== undefined && order.only && isKeyPath(order.path) && order.direction === 'asc'
  if (request.indexes === 'never') return scan(table)
  if (conditions.keys !== undefined) return byKeys(table, conditions.keys, natural)
  const mayUse = createIndexUse(table, request.indexes)
  const filter = bestFilter(request, mayUse, natural)
  const selectivity =
    filter === undefined ? (filtered ? guessedSelectivity : 1) : filter.rows / table.size || 1
  let best = scan(table, isAnsweredBy(0, conditions))
  if (filter !== undefined && filter.cost < best.cost) best = filter
  // An order is worth an index unless a filter leaves hardly more rows than are wanted.
  const few = filter !== undefined && filter.rows <= Math.max(need, fewRows)
  if (order !== undefined && (!few || isSamePath(filter.path, order.path))) {
    const ordered = inOrder(request, mayUse, order, need / selectivity, filter)
    if (ordered !== undefined && ordered.cost < best.cost) return ordered
  }
  return best
}

/** Whether rows for which so many of the conditions hold are just those that match. */
function isAnsweredBy(count: number, { complete, equals, ranges }: KeyConditions): boolean {
  return complete && equals.length + ranges.length === count
}

function scan(table: Table, isExact = false): Choice {
  const { size } = table
  return {
    access: 'scan',
    ordered: 'none',
    exactly: isExact ? size : undefined,
    cost: size * sortedRowCost,
    read: (taker) => void giveAll(table.rows(), taker),
  }
}

function byKeys(table: Table, keys: readonly string[], natural: boolean): Access {
  return {
    access: 'key',
    ordered: natural ? 'full' : 'none',
    read: (taker) => {
      const rows = [...new Set(keys)].flatMap((key) => table.get(key) ?? [])
      giveAll(rows.sort(compareRowKeys), taker)
    },
  }
}

type Filter = Choice & { readonly path: FieldPath; readonly rows: number; readonly span?: Span }

/** The index that leaves the fewest rows. */
function bestFilter(
  { table, conditions }: AccessRequest,
  mayUse: MayUseIndex,
  natural: boolean,
): Filter | undefined {
  let best: Filter | undefined
  /** Another index is not built where a ready one leaves few rows. */
  const isWorth = (kind: 'hash' | 'sorted', path: FieldPath): boolean =>
    mayUse(kind, path) && (best === undefined || best.rows > fewRows || table.hasIndex(kind, path))
  const consider = (one: Filter): void => {
    if (best === undefined || one.rows < best.rows) best = one
  }
  const isExact = isAnsweredBy(1, conditions)
  for (const { path, values } of conditions.equals) {
    if (isWorth('hash', path)) consider(byValues(table, path, values, natural, isExact))
  }
  for (const { path, range } of conditions.ranges) {
    if (isWorth('sorted', path)) consider(byRange(table, path, range, isExact))
  }
  return best
}

function byValues(
  table: Table,
  path: FieldPath,
  given: readonly Json[],
  natural: boolean,
  isExact: boolean,
): Filter {
  const index = table.hashIndex(path)
  const values =
    given.length === 1 ? given : [...new Map(given.map((one) => [identityOf(one), one])).values()]
  const rows = values.reduce<number>((sum, value) => sum + index.count(value), 0)
  return {
    access: 'hash',
    index: path,
    path,
    ordered: natural ? 'full' : 'none',
    rows,
    exactly: isExact ? rows : undefined,
    cost: natural ? rows : rows * sortedRowCost,
    first: natural && values.length === 1 ? (count) => firstOf(index.find(values[0]), count) : undefined,
    read: (taker) => {
      if (values.length === 1) return void giveAll(index.find(values[0]), taker)
      const found = values.flatMap((value) => index.find(value))
      giveAll(natural ? found.sort(compareRowKeys) : found, taker)
    },
  }
}

function byRange(table: Table, path: FieldPath, range: ValueRange, isExact: boolean): Filter {
  const index = table.sortedIndex(path)
  const span = index.span(range)
  const rows = span.end - span.start
  const isKey = isKeyPath(path)
  return {
    access: isKey ? 'key' : 'sorted',
    index: isKey ? undefined : path,
    path,
    span,
    ordered: 'none',
    rows,
    exactly: isExact ? rows : undefined,
    cost: rows * sortedRowCost * indexedRowCost,
    read: (taker) => void giveSpan(index.rows(), span, taker),
  }
}

/** Reads an index in the query's order, up to about `reach` rows. */
function inOrder(
  { table, conditions }: AccessRequest,
  mayUse: MayUseIndex,
  order: WantedOrder,
  reach: number,
  filter: Filter | undefined,
): Choice | undefined {
  const { path, locale, direction, only } = order
  if (!mayUse('sorted', path, locale)) return undefined
  const index = table.sortedIndex(path, locale)
  const range =
    locale === undefined ? conditions.ranges.find((one) => isSamePath(one.path, path))?.range : undefined
  const known = range && filter && isSamePath(filter.path, path) ? filter.span : undefined
  const spans = spansInOrder(index, order, range ?? {}, known)
  const rows = spans.reduce((sum, { start, end }) => sum + end - start, 0)
  const isKey = isKeyPath(path)
  const read = compilePath(path)
  return {
    access: !isKey ? 'sorted' : rows < table.size ? 'key' : 'scan',
    index: isKey ? undefined : path,
    ordered: only ? 'full' : 'runs',
    exactly: isAnsweredBy(range === undefined ? 0 : 1, conditions) ? rows : undefined,
    cost: Math.min(rows, reach) * (isKey ? 1 : indexedRowCost),
    first:
      only && direction === 'asc' && spans.length === 1
        ? (count) => firstOf(index.rows(), count, spans[0])
        : undefined,
    read: (taker) => {
      const all = index.rows()
      for (const span of spans) {
        const goesOn =
          only && direction === 'asc'
            ? giveSpan(all, span, taker)
            : giveRuns(all, span, direction, read, taker)
        if (!goesOn) return
      }
    },
  }
}

/** The places of a range (`known`: where it is), in the order in which they are read: null and missing may stand at either end. */
function spansInOrder(
  index: SortedIndex,
  order: WantedOrder,
  range: ValueRange,
  known: Span | undefined,
): readonly Span[] {
  const { direction, nulls, from } = order
  const naturalNulls = direction === 'asc' ? 'first' : 'last'
  if (nulls === undefined || nulls === naturalNulls) {
    if (from === undefined) return [known ?? index.span(range)]
    const bound = { value: from.value, inclusive: true }
    return [index.span(intersect(range, direction === 'asc' ? { from: bound } : { to: bound }))]
  }
  const { start, end } = known ?? index.span(range)
  const split = Math.min(Math.max(index.span({ to: { value: null, inclusive: true } }).end, start), end)
  const nothing: Span = { start, end: split }
  const something: Span = { start: split, end }
  return nulls === 'first' ? [nothing, something] : [something, nothing]
}

function isSamePath(a: FieldPath, b: FieldPath): boolean {
  return a.length === b.length && a.every((step, index) => step === b[index])
}

/** The first rows of a list, or of a span of it. */
function firstOf(
  rows: readonly Row[],
  count: number,
  { start, end }: Span = { start: 0, end: rows.length },
): readonly Row[] {
  const to = Math.min(end, start + count)
  return start === 0 && to === rows.length ? rows : rows.slice(start, to)
}

function giveAll(rows: readonly Row[], taker: ResultTaker<Row>): boolean {
  for (const row of rows) if (!taker.result(row)) return false
  return true
}

function giveSpan(rows: readonly Row[], { start, end }: Span, taker: ResultTaker<Row>): boolean {
  for (let i = start; i < end; i++) if (!taker.result(rows[i] as Row)) return false // end <= length
  return true
}

/** Gives the rows of each value together, in key order, the values in either direction. */
function giveRuns(
  rows: readonly Row[],
  { start, end }: Span,
  direction: 'asc' | 'desc',
  read: (row: Row) => Value,
  taker: ResultTaker<Row>,
): boolean {
  let low = start
  let high = end
  while (low < high) {
    const first = direction === 'asc' ? low : high - 1
    const value = read(rows[first] as Row) // low <= first < high <= length
    let from = first
    let to = first + 1
    while (from > low && equalValues(read(rows[from - 1] as Row), value)) from-- // direction 'desc'
    while (to < high && equalValues(read(rows[to] as Row), value)) to++ // direction 'asc'
    if (!giveSpan(rows, { start: from, end: to }, taker) || !taker.runEnd()) return false
    if (direction === 'asc') low = to
    else high = from
  }
  return true
}
