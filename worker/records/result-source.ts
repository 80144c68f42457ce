import type { FieldPath, QueryPlan, ResultRow } from '../../src/protocol/query.ts'
import type { Row } from '../../src/protocol/records.ts'
import type { ConditionScope } from './conditions.ts'
import type { Evaluate, Scope } from './expressions.ts'
import type { ValueCount } from './hash-index.ts'
import type { WantedOrder } from './plan-access.ts'

/**
 * Where results come from: the rows of one table, rows that are joined, or groups. `Env` is one of them, as expressions
 * read it.
 */
export interface ResultSource<Env> {
  readonly scope: ConditionScope<Env>
  /** What `select` reads, where that is another thing. */
  readonly selected?: Scope<Env>
  /** What tells one result from another; their order is that of results that are equal otherwise. */
  readonly keys: readonly Evaluate<Env>[]
  /** The path of an expression, where an index of the first source could give results in its order. */
  readonly pathOf: (field: FieldPath, from: string | undefined) => FieldPath | undefined
  /** How well a result fits the search that the query asks for; undefined: it asks for none. */
  readonly rank: Evaluate<Env> | undefined
  /** A result that may be held: one that is given may be changed after. */
  keep(env: Env): Env
  /** The result as it is, without `select`. */
  whole(env: Env): ResultRow
  /** The record that the library's own names are taken from; undefined for groups and joins. */
  metaOf(env: Env): Row | undefined
  /** Gets ready to read the tables as they are now. */
  plan(request: ReadRequest): Reading<Env>
}

export interface ReadRequest {
  readonly order: WantedOrder | undefined
  /** So many results are enough, where they come in order; Infinity: all. */
  readonly need: number
}

/** Takes results until it has enough. */
export interface ResultTaker<Env> {
  /** false: no more results are wanted. */
  result(env: Env): boolean
  /** All results of one value of the first order were given; false: no more are wanted. */
  runEnd(): boolean
}

/** How a query runs, but for what is known after. */
export interface PlanFacts extends Pick<QueryPlan, 'collection' | 'access' | 'joins'> {
  /** As the index was asked for. */
  readonly index: FieldPath | undefined
}

export interface Reading<Env> {
  /** As `Access.ordered`. */
  readonly ordered: 'full' | 'runs' | 'none'
  readonly facts: PlanFacts
  /** How many results there are, where that is known without reading them. */
  readonly exactly?: number | undefined
  /** So many of the first results, where all stand together in order and need no test. */
  readonly first?: ((count: number) => readonly Env[]) | undefined
  /** How many results have each value of a field, where an index knows. */
  readonly countBy?: ((path: FieldPath) => readonly ValueCount[] | undefined) | undefined
  /** Gives the results; answers how many rows were read. */
  read(taker: ResultTaker<Env>): number
}
