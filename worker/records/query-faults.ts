import type { ErrorCode } from '../../src/protocol/error-codes.ts'
import { EspalierError, type ErrorData } from '../../src/protocol/errors.ts'

/** The way to a place in a query: `['where', 'of', 0, 'left']`. */
export type QueryPath = readonly (string | number)[]

/** A place in a query, undefined for the query itself: its path is made for who is told of it. */
export type Place = QueryStep | undefined

interface QueryStep {
  readonly above: Place
  readonly name: string | number
}

/** The place one step further in. */
export function into(above: Place, name: string | number): Place {
  return { above, name }
}

export function pathTo(place: Place): QueryPath {
  return place === undefined ? [] : [...pathTo(place.above), place.name]
}

/** What is wrong with a query, and where: `data.path` leads there. */
export function queryFault(
  code: ErrorCode,
  message: string,
  path: QueryPath,
  data: ErrorData = {},
): EspalierError {
  return new EspalierError(code, message, { data: { path, ...data } })
}

/** `query/invalid`, the message naming the place. */
export function invalid(path: QueryPath, why: string): EspalierError {
  const place = path.length === 0 ? 'The query' : `The query's "${path.join('.')}"`
  return queryFault('query/invalid', `${place} is not valid: ${why}.`, path)
}
