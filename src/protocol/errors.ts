import type { ErrorCode } from './error-codes.ts'

/** Plain data that explains an error: everything in it survives structured clone and JSON. */
export type ErrorData = { readonly [name: string]: unknown }

/** An error as it crosses the worker boundary. */
export interface WireError {
  readonly code: ErrorCode
  readonly message: string
  readonly data: ErrorData
  readonly cause?: WireError | { readonly message: string }
}

/**
 * The one error class of Espalier. `code` is stable and documented in {@link ErrorCode}; `message` names the
 * thing and the way out; `data` says where (collection, key, file, url …) and survives the worker boundary.
 *
 * @example
 * ```ts
 * import { EspalierError } from 'espalier'
 * const error = new EspalierError('git/object-missing', 'Fetch the repository again.', { data: { oid: 'abc' } })
 * error.code // 'git/object-missing'
 * JSON.stringify(error) // {"code":"git/object-missing","message":"Fetch the repository again.","data":{"oid":"abc"}}
 * ```
 */
export class EspalierError extends Error {
  override readonly name = 'EspalierError'
  readonly code: ErrorCode
  readonly data: ErrorData

  constructor(code: ErrorCode, message: string, detail: { data?: ErrorData; cause?: unknown } = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.code = code
    this.data = detail.data ?? {}
  }

  /** The page, the worker and its second file each have a copy of this class: what counts is the name. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'EspalierError'
  }

  toJSON(): WireError {
    const { code, message, data, cause } = this
    if (cause === undefined) return { code, message, data }
    return {
      code,
      message,
      data,
      cause: cause instanceof EspalierError ? cause.toJSON() : { message: String(cause) },
    }
  }

  static fromJSON(wire: WireError): EspalierError {
    const { code, message, data, cause } = wire
    if (cause === undefined) return new EspalierError(code, message, { data })
    const revived = 'code' in cause ? EspalierError.fromJSON(cause) : new Error(cause.message)
    return new EspalierError(code, message, { data, cause: revived })
  }
}

/** True for an {@link EspalierError}, with the given code when one is named. */
export function isEspalierError(error: unknown, code?: ErrorCode): error is EspalierError {
  return error instanceof EspalierError && (code === undefined || error.code === code)
}
