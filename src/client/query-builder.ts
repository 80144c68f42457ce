import type { Condition, Expression, Join, Order, Query, Source } from '../protocol/query.ts'
import type {
  BuiltQuery,
  Cond,
  Expr,
  JoinedRow,
  Named,
  Refs,
  SelectedValues,
  SourceOf,
  SourceRequest,
} from '../types/builder-types.ts'
import type { IdOf } from '../types/collection-types.ts'
import type { Direction } from '../types/filter-types.ts'
import type { Row } from '../protocol/records.ts'
import { compileFrom, order, type LooseOptions } from './queries/compile-find.ts'
import { fieldRefs, toCondition, toExpression } from './queries/expressions.ts'
import { invalid } from './queries/field.ts'
import { isMap, shown } from '../protocol/options.ts'

/** The beginning of a query: where its rows come from. */
export interface QueryStart<Schema> {
  /**
   * One collection under a name for the callbacks: `{ p: 'products' }`, or
   * `{ p: { collection: 'products', at: 'draft' } }` to read it at another revision. So do joins.
   */
  from<const Names extends { readonly [alias: string]: SourceRequest<IdOf<Schema>> }>(
    source: Names,
  ): QueryBuilder<Schema, Named<Schema, Names, never>, OnlyRow<Named<Schema, Names, never>>>
}

type OnlyRow<All> = {
  [Alias in keyof All]: All[Alias] extends SourceOf<infer Fields, infer Key, unknown>
    ? Row<Fields, Key>
    : never
}[keyof All]

/**
 * A query over several collections. Every method gives a new one; nothing runs. The functions for callbacks (`eq`,
 * `count` …) are in `espalier/query`.
 *
 * @example
 * ```ts
 * import { open } from 'espalier'
 * import { count, eq } from 'espalier/query'
 *
 * const db = await open('https://git.example.com/acme/reference-data.git')
 * const rows = await db.query((q) =>
 *   q
 *     .from({ u: 'units' })
 *     .groupBy(({ u }) => u.symbol)
 *     .select(({ u }) => ({ symbol: u.symbol, n: count() }))
 *     .orderBy(({ u }) => u.symbol),
 * )
 * await db.close()
 * ```
 */
export interface QueryBuilder<Schema, All, Result> extends BuiltQuery<Result> {
  /** Pairs rows with those of another collection; rows without a partner go. `on`: `eq`, or `and` of several. */
  join<const Names extends { readonly [alias: string]: SourceRequest<IdOf<Schema>> }>(
    source: Names,
    on: (refs: Refs<All & Named<Schema, Names, never>>) => Cond,
  ): QueryBuilder<Schema, All & Named<Schema, Names, never>, JoinedRow<All & Named<Schema, Names, never>>>
  /** As `join`; rows without a partner stay, and the partner is null. */
  leftJoin<const Names extends { readonly [alias: string]: SourceRequest<IdOf<Schema>> }>(
    source: Names,
    on: (refs: Refs<All & Named<Schema, Names, null>>) => Cond,
  ): QueryBuilder<Schema, All & Named<Schema, Names, null>, JoinedRow<All & Named<Schema, Names, null>>>
  /** Called several times: all must hold. */
  where(condition: (refs: Refs<All>) => Cond): QueryBuilder<Schema, All, Result>
  /** Groups by one value, or by several. */
  groupBy(
    by: (refs: Refs<All>) => Expr<unknown> | readonly Expr<unknown>[],
  ): QueryBuilder<Schema, All, Result>
  /** On groups; may use aggregates. */
  having(condition: (refs: Refs<All>) => Cond): QueryBuilder<Schema, All, Result>
  /** What a row of the result holds. Rows of one collection keep `$id` and `$rev` beside it. */
  select<const Made extends { readonly [name: string]: Expr<unknown> }>(
    make: (refs: Refs<All>) => Made,
  ): QueryBuilder<Schema, All, SelectedValues<Made>>
  /** Equal rows once. */
  distinct(): QueryBuilder<Schema, All, Result>
  /** Called several times: the first counts most. */
  orderBy(by: (refs: Refs<All>) => Expr<unknown>, direction?: Direction): QueryBuilder<Schema, All, Result>
  limit(rows: number): QueryBuilder<Schema, All, Result>
  offset(rows: number): QueryBuilder<Schema, All, Result>
  /** Goes on after a cursor from `page()` of the same query. */
  after(cursor: string): QueryBuilder<Schema, All, Result>
  /** The rows before a cursor from `page()` of the same query. */
  before(cursor: string): QueryBuilder<Schema, All, Result>
}

/** The beginning of every built query. */
export function startQuery<Schema>(): QueryStart<Schema> {
  const start: LooseStart = {
    from: (source, ...others) => createBuilder(onlySource(source, others)),
  }
  return start as unknown as QueryStart<Schema> // the same methods; the interface adds types of rows
}

type LooseRefs = { readonly [alias: string]: object }
type Callback = (refs: LooseRefs) => unknown

interface LooseStart {
  from(source: object, ...others: readonly unknown[]): LooseBuilder
}

/** The builder as it runs, without the types of rows. */
interface LooseBuilder {
  readonly query: Query
  join(source: object, on: Callback): LooseBuilder
  leftJoin(source: object, on: Callback): LooseBuilder
  where(condition: Callback): LooseBuilder
  groupBy(by: Callback): LooseBuilder
  having(condition: Callback): LooseBuilder
  select(make: Callback): LooseBuilder
  distinct(): LooseBuilder
  orderBy(by: Callback, direction?: Direction): LooseBuilder
  limit(rows: number): LooseBuilder
  offset(rows: number): LooseBuilder
  after(cursor: string): LooseBuilder
  before(cursor: string): LooseBuilder
}

function createBuilder(query: Query): LooseBuilder {
  const refs: LooseRefs = Object.fromEntries(
    [query.from, ...(query.joins ?? []).map(({ source }) => source)].map(({ alias }) => [
      alias,
      fieldRefs(alias),
    ]),
  )
  const change = (part: Partial<Query>): LooseBuilder => createBuilder({ ...query, ...part })
  const join =
    (kind: Join['kind']) =>
    (source: object, on: Callback): LooseBuilder => {
      const { from } = onlySource(source)
      const { alias } = from
      if (Object.hasOwn(refs, alias)) throw invalid(`Two sources are called ${shown(alias)}. Rename one.`)
      const equalities = pairs(toCondition(on({ ...refs, [alias]: fieldRefs(alias) })), alias)
      return change({
        joins: [...(query.joins ?? []), { kind, source: from, on: equalities }],
      })
    }
  return {
    query,
    join: join('inner'),
    leftJoin: join('left'),
    where: (condition) => change({ where: both(query.where, toCondition(condition(refs))) }),
    groupBy: (by) => {
      const given = by(refs)
      return change({ groupBy: (Array.isArray(given) ? given : [given]).map(toExpression) })
    },
    having: (condition) => change({ having: both(query.having, toCondition(condition(refs))) }),
    select: (make) =>
      change({
        select: Object.fromEntries(
          Object.entries(make(refs) as object).map(([name, value]) => [name, toExpression(value)]),
        ),
      }),
    distinct: () => change({ distinct: true }),
    orderBy: (by, direction = 'asc') =>
      change({
        orderBy: [...(query.orderBy ?? []), order(toExpression(by(refs)), direction)] satisfies Order[],
      }),
    limit: (limit) => change({ limit }),
    offset: (offset) => change({ offset }),
    after: (after) => change({ after }),
    before: (before) => change({ before }),
  }
}

/** The query of one source. Throws when more is said than that. */
function onlySource(source: object, more: readonly unknown[] = []): { version: 1; from: Source } {
  const [first, ...others] = Object.entries(source)
  const { collection, ...options }: LooseOptions = isMap(first?.[1]) ? first[1] : { collection: first?.[1] }
  if (first && typeof collection === 'string') {
    const [query, rest] = compileFrom({ collection, parent: undefined }, options, first[0])
    if (![...others, ...more, ...Object.keys(rest)].length) return query
  }
  throw invalid(
    "A source is one collection under a name: { p: 'products' } or { p: { collection: 'products', at: 'draft' } }. " +
      'Join others one by one.',
  )
}

function both(first: Condition | undefined, second: Condition): Condition {
  return first ? { op: 'and', of: [first, second] } : second
}

/** The equalities of a join, the new source's side on the right. */
function pairs(condition: Condition, alias: string): Join['on'] {
  if (condition.op === 'and') return condition.of.flatMap((each) => pairs(each, alias))
  if (condition.op === 'eq') {
    const { left, right } = condition
    const [ofLeft, ofRight] = [isOf(left, alias), isOf(right, alias)]
    if (ofLeft !== ofRight) return [ofRight ? { left, right } : { left: right, right: left }]
  }
  throw invalid(
    `A join takes eq(…) of a field of ${shown(alias)} and one of the sources before, or and(…) of several. ` +
      'Put other conditions into where.',
  )
}

function isOf(expression: Expression, alias: string): boolean {
  if ('fn' in expression) return expression.of.some((each) => isOf(each, alias))
  return 'field' in expression && expression.from === alias
}
