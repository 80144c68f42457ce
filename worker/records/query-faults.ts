import type { ErrorCode } from '../../src/protocol/error-codes.ts'
import { EspalierError, type ErrorData } from '../../src/protocol/errors.ts'

/** A place in a query: `['where', 'of', 0, 'left']`. */
export type QueryPath = readonly (string | number)[]

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
