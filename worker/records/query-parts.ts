import type { Condition, Expression, Query, Source } from '../../src/protocol/query.ts'
import { canonicalText } from './compare-values.ts'

/** The sources in the order in which they are joined. */
export function sourcesIn(query: Query): readonly Source[] {
  return [query.from, ...(query.joins ?? []).map(({ source }) => source)]
}

/** What an include reads: at the same place of the history as its owner. */
export function includedSource(collection: string, { at, schema }: Source): Source {
  return { collection, alias: '', ...(at !== undefined && { at }), ...(schema && { schema }) }
}

/** Whether result rows stand for groups: aggregates without `groupBy` make one group of all rows. */
export function isGrouped(query: Query): boolean {
  const { select, having, orderBy, groupBy } = query
  if (groupBy !== undefined && groupBy.length > 0) return true
  const isComputed = (one: Expression): boolean => someExpression(one, isAggregate)
  return (
    (select !== undefined && Object.values(select).some(isComputed)) ||
    (having !== undefined && expressionsIn(having).some(isComputed)) ||
    (orderBy !== undefined && orderBy.some(({ by }) => isComputed(by)))
  )
}

/** All expressions that are computed from groups, if there are any. */
export function groupedExpressions({ select, having, orderBy }: Query): readonly Expression[] {
  return [
    ...Object.values(select ?? {}),
    ...(having === undefined ? [] : expressionsIn(having)),
    ...(orderBy ?? []).map(({ by }) => by),
  ]
}

export function isAggregate(
  expression: Expression,
): expression is Extract<Expression, { readonly aggregate: string }> {
  return 'aggregate' in expression
}

/** The expressions right below one. */
export function operandsOf(expression: Expression): readonly Expression[] {
  if ('fn' in expression) return expression.of
  return isAggregate(expression) && expression.of !== undefined ? [expression.of] : []
}

/** Whether an expression or one inside it passes. */
export function someExpression(expression: Expression, test: (one: Expression) => boolean): boolean {
  return test(expression) || operandsOf(expression).some((one) => someExpression(one, test))
}

/** The outermost expressions of a condition. */
export function expressionsIn(condition: Condition): readonly Expression[] {
  switch (condition.op) {
    case 'and':
    case 'or':
      return condition.of.flatMap(expressionsIn)
    case 'not':
      return expressionsIn(condition.of)
    case 'search':
      return []
    case 'eq':
    case 'ne':
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return [condition.left, condition.right]
    default:
      return [condition.left]
  }
}

/** The conditions that must all hold. */
export function conjunctsOf(condition: Condition | undefined): readonly Condition[] {
  if (condition === undefined) return []
  return condition.op === 'and' ? condition.of.flatMap(conjunctsOf) : [condition]
}

/** The searches of a condition, wherever they stand. */
export function searchesIn(
  condition: Condition | undefined,
): readonly Extract<Condition, { readonly op: 'search' }>[] {
  switch (condition?.op) {
    case 'search':
      return [condition]
    case 'and':
    case 'or':
      return condition.of.flatMap(searchesIn)
    case 'not':
      return searchesIn(condition.of)
    default:
      return []
  }
}

/** The place of the source that a name means; −1 where there is none. Without a name it is the only one. */
export function sourceIndex(sources: readonly Source[], alias: string | undefined): number {
  if (alias === undefined) return sources.length === 1 ? 0 : -1
  return sources.findIndex((source) => source.alias === alias)
}

/** The sources whose fields a condition reads, by place. */
export function sourcesOfCondition(condition: Condition, sources: readonly Source[]): ReadonlySet<number> {
  const found = new Set<number>()
  const visit = (expression: Expression): void => {
    if ('field' in expression) found.add(sourceIndex(sources, expression.from))
    operandsOf(expression).forEach(visit)
  }
  expressionsIn(condition).forEach(visit)
  for (const { from } of searchesIn(condition)) found.add(sourceIndex(sources, from))
  return found
}

/** One text for expressions that mean the same. */
export function expressionId(expression: Expression): string {
  return canonicalText(expression)
}
