import type { Expression } from './protocol/query.ts'
import type { Json } from './protocol/records.ts'
import type { Cond, Expr, OpenExpr, Operand } from './types/builder-types.ts'
import { makeCond, makeExpr, toCondition, toExpression } from './client/queries/expressions.ts'
import { toJson } from './client/queries/field.ts'

export type { Cond, Expr, OpenExpr, Operand } from './types/builder-types.ts'

type Text = Expr<string | null | undefined> | OpenExpr
type NumberExpr = Expr<number | null | undefined> | OpenExpr
type NumberOperand = NumberExpr | number
type List<Item> = Expr<readonly Item[] | null | undefined> | OpenExpr

/**
 * A field by its steps, where the types do not know it: a name that the schema lacks, or that a variable holds.
 *
 * @example
 * ```ts
 * import { open } from 'espalier'
 * import { eq, field } from 'espalier/query'
 *
 * const db = await open('https://git.example.com/acme/reference-data.git')
 * await db.query((q) => q.from({ c: 'geo.countries' }).where(({ c }) => eq(field(c, 'names', 'de'), 'Irland')))
 * await db.close()
 * ```
 */
export function field(of: object | undefined, ...steps: readonly string[]): OpenExpr {
  return steps.reduce<unknown>((ref, step) => Reflect.get(Object(ref), step), of) as OpenExpr // callbacks get proxies that answer so
}

/** Equal. With null: null or missing. */
export function eq<Value>(left: Expr<Value>, right: Operand<NoInfer<Value>>): Cond {
  return makeCond({ op: 'eq', left: toExpression(left), right: toExpression(right) })
}
/** Not equal. */
export function ne<Value>(left: Expr<Value>, right: Operand<NoInfer<Value>>): Cond {
  return makeCond({ op: 'ne', left: toExpression(left), right: toExpression(right) })
}
/** Greater; values of different types never are. */
export function gt<Value>(left: Expr<Value>, right: Operand<NoInfer<Value>>): Cond {
  return makeCond({ op: 'gt', left: toExpression(left), right: toExpression(right) })
}
/** Greater or equal. */
export function gte<Value>(left: Expr<Value>, right: Operand<NoInfer<Value>>): Cond {
  return makeCond({ op: 'gte', left: toExpression(left), right: toExpression(right) })
}
/** Less; values of different types never are. */
export function lt<Value>(left: Expr<Value>, right: Operand<NoInfer<Value>>): Cond {
  return makeCond({ op: 'lt', left: toExpression(left), right: toExpression(right) })
}
/** Less or equal. */
export function lte<Value>(left: Expr<Value>, right: Operand<NoInfer<Value>>): Cond {
  return makeCond({ op: 'lte', left: toExpression(left), right: toExpression(right) })
}
/** In a range, both ends included. */
export function between<Value>(left: Expr<Value>, low: NonNullable<Value>, high: NonNullable<Value>): Cond {
  return makeCond({
    op: 'between',
    left: toExpression(left),
    value: [toJson(low, 'A field'), toJson(high, 'A field')],
  })
}
/** One of several values. */
export function inList<Value>(left: Expr<Value>, values: readonly (NonNullable<Value> | null)[]): Cond {
  return makeCond({ op: 'in', left: toExpression(left), value: toList(values) })
}
/** None of several values. */
export function notInList<Value>(left: Expr<Value>, values: readonly (NonNullable<Value> | null)[]): Cond {
  return makeCond({ op: 'notIn', left: toExpression(left), value: toList(values) })
}
/** A list that holds an item. */
export function has<Item>(left: List<Item>, item: NoInfer<Item>): Cond {
  return makeCond({ op: 'has', left: toExpression(left), value: toJson(item, 'A field') })
}
/** A list that holds all of several items. */
export function hasAll<Item>(left: List<Item>, items: readonly NoInfer<Item>[]): Cond {
  return makeCond({ op: 'hasAll', left: toExpression(left), value: toList(items) })
}

/** How text is compared. */
export interface TextOptions {
  readonly ignoreCase?: boolean
}

/** Text that holds a part. */
export function contains(left: Text, part: string, options: TextOptions = {}): Cond {
  return makeCond({ op: 'contains', left: toExpression(left), value: part, ...options })
}
export function startsWith(left: Text, part: string, options: TextOptions = {}): Cond {
  return makeCond({ op: 'startsWith', left: toExpression(left), value: part, ...options })
}
export function endsWith(left: Text, part: string, options: TextOptions = {}): Cond {
  return makeCond({ op: 'endsWith', left: toExpression(left), value: part, ...options })
}
/** Text that a pattern is found in; a linear-time subset of regular expressions. */
export function matches(left: Text, pattern: string, options: TextOptions = {}): Cond {
  return makeCond({ op: 'matches', left: toExpression(left), value: pattern, ...options })
}
/** Null or missing. */
export function isNull(left: Expr<unknown>): Cond {
  return makeCond({ op: 'isNull', left: toExpression(left), value: true })
}
/** There, even as null. */
export function exists(left: Expr<unknown>): Cond {
  return makeCond({ op: 'exists', left: toExpression(left), value: true })
}

/** All of these. */
export function and(...conditions: readonly Cond[]): Cond {
  return makeCond({ op: 'and', of: conditions.map(toCondition) })
}
/** At least one of these. */
export function or(...conditions: readonly Cond[]): Cond {
  return makeCond({ op: 'or', of: conditions.map(toCondition) })
}
export function not(condition: Cond): Cond {
  return makeCond({ op: 'not', of: toCondition(condition) })
}

/** Rows, or rows where a value is there and not null. */
export function count(of?: Expr<unknown>): Expr<number> {
  return makeExpr(of ? { aggregate: 'count', of: toExpression(of) } : { aggregate: 'count' })
}
/** Different values. */
export function countDistinct(of: Expr<unknown>): Expr<number> {
  return makeExpr({ aggregate: 'countDistinct', of: toExpression(of) })
}
/** 0 where there is no number. */
export function sum(of: NumberExpr): Expr<number> {
  return makeExpr({ aggregate: 'sum', of: toExpression(of) })
}
/** The mean; null where there is no number. */
export function avg(of: NumberExpr): Expr<number | null> {
  return makeExpr({ aggregate: 'avg', of: toExpression(of) })
}
/** The least value; null where there is none. */
export function min<Value>(of: Expr<Value>): Expr<NonNullable<Value> | null> {
  return makeExpr({ aggregate: 'min', of: toExpression(of) })
}
/** The greatest value; null where there is none. */
export function max<Value>(of: Expr<Value>): Expr<NonNullable<Value> | null> {
  return makeExpr({ aggregate: 'max', of: toExpression(of) })
}

export function add(...of: readonly NumberOperand[]): Expr<number | null> {
  return call('add', of)
}
export function subtract(from: NumberOperand, what: NumberOperand): Expr<number | null> {
  return call('subtract', [from, what])
}
export function multiply(...of: readonly NumberOperand[]): Expr<number | null> {
  return call('multiply', of)
}
/** Null where it is divided by 0. */
export function divide(what: NumberOperand, by: NumberOperand): Expr<number | null> {
  return call('divide', [what, by])
}
/** Texts one after the other. */
export function concat(
  ...of: readonly (Expr<string | number | null | undefined> | OpenExpr | string)[]
): Expr<string | null> {
  return call('concat', of)
}
export function lower(of: Text): Expr<string | null> {
  return call('lower', [of])
}
export function upper(of: Text): Expr<string | null> {
  return call('upper', [of])
}
/** Of a text or a list. */
export function length(
  of: Expr<string | readonly unknown[] | null | undefined> | OpenExpr,
): Expr<number | null> {
  return call('length', [of])
}
/** The first value that is there and not null. */
export function coalesce<Value>(
  first: Expr<Value>,
  ...others: readonly Operand<NoInfer<Value>>[]
): Expr<Value> {
  return call('coalesce', [first, ...others])
}

function call<Value>(
  fn: Extract<Expression, { readonly fn: unknown }>['fn'],
  of: readonly unknown[],
): Expr<Value> {
  return makeExpr({ fn, of: of.map(toExpression) })
}

function toList(values: readonly unknown[]): readonly Json[] {
  return values.map((value) => toJson(value, 'A field'))
}
