import { EspalierError, type ErrorData } from '../../src/protocol/errors.ts'
import type { ErrorCode } from '../../src/protocol/error-codes.ts'
import { createByteReader } from './byte-reader.ts'

/** What an error may say about a request: the clean address, and a way to take secrets out of foreign text. */
export interface RequestContext {
  readonly url: string
  readonly redact: (text: string) => string
}

/** The typed error of an answer that is not 2xx. Reads the first words of a plain-text body. */
export async function statusError(response: Response, context: RequestContext): Promise<EspalierError> {
  const { status } = response
  const hostMessage = context.redact(await firstWords(response))
  const said = hostMessage === '' ? '' : ` The host says: ${hostMessage}`
  const [code, advice] = explainStatus(response)
  const data: ErrorData = {
    url: context.url,
    status,
    ...(hostMessage === '' ? {} : { hostMessage }),
    ...(code === 'remote/rate-limited' ? retryAfter(response) : {}),
  }
  return new EspalierError(code, `${context.url} answered ${status}: ${advice}${said}`, { data })
}

function explainStatus(response: Response): readonly [ErrorCode, string] {
  const { status, headers } = response
  if (status === 429 || (status === 403 && headers.has('retry-after'))) {
    return ['remote/rate-limited', 'too many requests. Wait, then try again.']
  }
  if (status === 401)
    return ['remote/unauthorized', 'credentials are needed, or these are wrong. Give others in `auth`.']
  if (status === 403)
    return ['remote/forbidden', 'these credentials do not allow this. Check the rights of the token.']
  if (status === 404 || status === 410) {
    return [
      'remote/not-found',
      'there is no repository, or it is hidden without credentials. Check the address.',
    ]
  }
  if (status === 413)
    return ['remote/too-large', 'the push is too large for this host. Push fewer changes at once.']
  if (status >= 500) return ['remote/server-error', 'the host failed. Try again later.']
  return ['remote/protocol', 'that is not how a git host answers. Check the address.']
}

function retryAfter(response: Response): { readonly retryAfterSeconds?: number } {
  const text = response.headers.get('retry-after')
  if (text === null) return {}
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000
  return Number.isFinite(seconds) ? { retryAfterSeconds: Math.max(0, Math.round(seconds)) } : {}
}

async function firstWords(response: Response): Promise<string> {
  const reader = createByteReader(response.body)
  const isText = (response.headers.get('content-type') ?? '').startsWith('text/plain')
  const bytes = isText ? await reader.readSome().catch(() => null) : null
  reader.finish()
  const line = new TextDecoder().decode(bytes ?? undefined).split('\n')[0] ?? ''
  return line.slice(0, 200).trim()
}

/** The error of a request that got no answer, or `remote/aborted` when the app gave it up. */
export function networkError(cause: unknown, context: RequestContext, signal?: AbortSignal): EspalierError {
  if (signal?.aborted === true) return abortedError(context.url)
  return new EspalierError(
    'remote/network',
    `${context.url} could not be reached. Either the network failed, or the host does not allow web pages ` +
      '(no CORS headers; some hosts leave them off when credentials are missing). Check both, then try again.',
    { data: { url: context.url }, cause: cleanCause(cause, context) },
  )
}

/** The app's signal ended it. */
export function abortedError(url?: string): EspalierError {
  const host = url === undefined ? '' : ` with ${url}`
  const data = url === undefined ? {} : { url }
  return new EspalierError('remote/aborted', `The transfer${host} was stopped. Nothing of it was kept.`, {
    data,
  })
}

/** A foreign error as text that is safe to keep. */
export function cleanCause(cause: unknown, context: RequestContext): Error {
  const inner = cause instanceof Error && cause.cause !== undefined ? ` (${String(cause.cause)})` : ''
  return new Error(context.redact(`${String(cause)}${inner}`))
}

/** The same error with more data: for a push whose answer was lost. */
export function withData(
  error: EspalierError,
  data: ErrorData,
  message: string = error.message,
): EspalierError {
  return new EspalierError(error.code, message, {
    data: { ...error.data, ...data },
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  })
}

/** The same error without secrets, wherever they stand in it; errors of others are left alone. */
export function redactError(error: unknown, redact: (text: string) => string): unknown {
  if (!(error instanceof EspalierError)) return error
  const message = redact(error.message)
  const data = redactValue(error.data, redact) as ErrorData // the same shape
  const cause = redactError(error.cause, redact)
  if (message === error.message && data === error.data && cause === error.cause) return error
  return new EspalierError(error.code, message, { data, ...(cause === undefined ? {} : { cause }) })
}

function redactValue(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const entries = Object.entries(value)
  const clean = entries.map(([key, inner]) => [key, redactValue(inner, redact)] as const)
  return clean.every(([, inner], i) => inner === entries[i]?.[1]) ? value : Object.fromEntries(clean)
}
