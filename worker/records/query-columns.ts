import type { Expression, Query } from '../../src/protocol/query.ts'
import { expressionsIn, isGrouped, operandsOf, searchesIn, sourceIndex, sourcesIn } from './query-parts.ts'

/** Which fields of each source a query reads, by the first steps of their paths; `'all'`: the rows themselves. */
export function readColumns(query: Query): readonly (ReadonlySet<string> | 'all')[] {
  const sources = sourcesIn(query)
  const found = sources.map(() => new Set<string>())
  const visit = (expression: Expression, fallback?: number): void => {
    if ('field' in expression) {
      const place = sourceIndex(sources, expression.from)
      found[place < 0 ? (fallback ?? 0) : place]?.add(expression.field[0] ?? '')
    }
    for (const operand of operandsOf(expression)) visit(operand, fallback)
  }
  const { where, having, select, groupBy = [], orderBy = [], joins = [] } = query
  if (where !== undefined) for (const one of expressionsIn(where)) visit(one)
  if (having !== undefined) for (const one of expressionsIn(having)) visit(one)
  for (const one of Object.values(select ?? {})) visit(one)
  for (const one of groupBy) visit(one)
  for (const { by } of orderBy) visit(by)
  joins.forEach(({ on }, index) => {
    for (const { left, right } of on) {
      visit(left, 0)
      visit(right, index + 1)
    }
  })
  const showsRows = select === undefined && !isGrouped(query)
  // A selection keeps `$rev`, which changes with any field.
  const showsRevision = !isGrouped(query) && query.joins === undefined && query.distinct !== true
  const searched = searchesIn(where)
  return found.map((columns, place) => {
    const isSearched = searched.some(({ from }) => sourceIndex(sources, from) === place)
    return showsRows || showsRevision || isSearched || query.include !== undefined ? 'all' : columns
  })
}
