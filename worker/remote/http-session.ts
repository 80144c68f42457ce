import { EspalierError, isEspalierError } from '../../src/protocol/errors.ts'
import type { GitService } from './advertisement.ts'
import { type AuthMemory, createAuthMemory } from './auth.ts'
import { type ByteReader, createByteReader, truncatedError } from './byte-reader.ts'
import { type CorsProxy, mayCarryCredentials, proxiedUrl } from './cors-proxy.ts'
import { abortedError, cleanCause, networkError, type RequestContext, statusError } from './http-errors.ts'
import type { AuthCallback, Credentials } from './remote.ts'

/** How requests are made, whatever is asked. */
export interface HttpOptions {
  /** The clean address: the only one that is ever shown. */
  readonly url: string
  /** What is asked for, when it differs (a signed link's query). */
  readonly requestUrl?: string | undefined
  /** Credentials that stood in the address. */
  readonly credentials?: Credentials | null | undefined
  readonly auth?: AuthCallback | undefined
  readonly corsProxy?: CorsProxy | undefined
  readonly fetch?: typeof fetch | undefined
}

export interface HttpRequest {
  /** Headers beyond `Accept` and the content type. */
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

export interface HttpGet extends HttpRequest {
  /** What stands behind the repository's address, `/info/refs?service=git-upload-pack` for example. */
  readonly suffix: string
  readonly accept?: string
  /** What the browser's cache may do; refs are always asked for (`no-store`), files may be revalidated. */
  readonly cache?: RequestCache
  /** The first request of a push: credentials are likely to be needed. */
  readonly forPush?: boolean
}

export interface HttpPost extends HttpRequest {
  readonly service: GitService
  readonly body: Blob | Uint8Array<ArrayBuffer>
}

/** Talks HTTP to one repository: credentials, redirects, proxy and typed errors in one place. */
export interface HttpSession extends RequestContext {
  /** GET. It settles where the repository is: redirects are followed here and nowhere else. Throws unless 2xx. */
  get(request: HttpGet): Promise<Response>
  /** POST to a service. A redirect is an error. Throws unless 2xx. */
  post(request: HttpPost): Promise<Response>
  /** Reads a body so that a broken one becomes `remote/truncated`, an abort `remote/aborted`. */
  read(response: Response, signal: AbortSignal | undefined): ByteReader
}

const maxQuestions = 3
const maxMoves = 5

/** Opens no connection yet. */
export function createHttpSession(options: HttpOptions): HttpSession {
  const { url, corsProxy } = options
  const send = options.fetch ?? ((...args: Parameters<typeof fetch>) => globalThis.fetch(...args))
  const auth: AuthMemory = createAuthMemory(
    options.auth,
    options.credentials == null ? null : { url, credentials: options.credentials },
  )
  const carries = mayCarryCredentials(corsProxy)
  const context: RequestContext = { url, redact: auth.redact }
  let base = options.requestUrl ?? url

  async function request(target: string, init: RequestInit, header: string | null): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), ...(header && { Authorization: header }) }
    try {
      // No cookies, and no login dialog of the browser: credentials come from the app only.
      return await send(proxiedUrl(corsProxy, target), {
        ...init,
        headers,
        credentials: 'omit',
      })
    } catch (error) {
      throw networkError(error, context, init.signal ?? undefined)
    }
  }

  /** Follows redirects without credentials; the request that fails is asked again to tell a loop from a dead network. */
  async function follow(target: string, init: RequestInit): Promise<Response> {
    try {
      return await request(target, { ...init, redirect: 'follow' }, null)
    } catch (error) {
      if (!isEspalierError(error, 'remote/network')) throw error
      const probe = await request(target, { ...init, redirect: 'manual' }, null).catch(() => null)
      if (probe === null || !isRedirect(probe)) throw error
      throw redirectError('it redirects without an end, or to a place that cannot be reached from here')
    }
  }

  /** Takes the address after redirects as the repository's. */
  function settle(response: Response, suffix: string): void {
    if (corsProxy !== undefined || response.url === '') return
    const final = new URL(response.url)
    const here = new URL(base)
    if (here.protocol === 'https:' && final.protocol === 'http:') {
      throw redirectError('it redirects to an address without encryption')
    }
    final.username = final.password = final.hash = ''
    if (final.href.endsWith(suffix)) base = final.href.slice(0, final.href.length - suffix.length)
    else if (final.origin !== here.origin && response.status === 401) {
      throw redirectError(`it redirects to ${final.origin}, which asks for credentials`)
    }
  }

  function redirectError(why: string): EspalierError {
    return new EspalierError(
      'remote/redirect',
      `${url} cannot be used: ${why}. Open the address that it leads to instead.`,
      { data: { url } },
    )
  }

  /** After a 401: other credentials, or the error. */
  async function askAgain(
    response: Response,
    used: string | null,
    questions: number,
    forPush: boolean,
  ): Promise<string> {
    const known = carries ? auth.header(base) : null
    if (known !== null && known !== used) {
      response.body?.cancel().catch(() => {})
      return known
    }
    const error = await statusError(response, context)
    if (!carries) {
      throw new EspalierError(
        'remote/unauthorized',
        `${url} needs credentials, and they are not sent through a CORS proxy. Set corsProxy.sendCredentials for a ` +
          'proxy of your own.',
        { data: error.data },
      )
    }
    if (questions >= maxQuestions) throw error
    const reason = used !== null ? 'refused' : forPush ? 'push' : 'required'
    const answer = await auth.ask(base, reason)
    if (answer === null || answer === used) throw error
    return answer
  }

  async function get({
    suffix,
    accept,
    cache,
    forPush = false,
    headers,
    signal,
  }: HttpGet): Promise<Response> {
    const init: RequestInit = {
      headers: { ...(accept !== undefined && { Accept: accept }), ...headers },
      cache: cache ?? 'no-store',
      ...(signal && { signal }),
    }
    let header = carries ? auth.header(base) : null
    for (let questions = 0, moves = 0; ;) {
      const target = base + suffix
      let response: Response
      if (header === null) {
        response = await follow(target, init).catch((error: unknown) => {
          if (questions === 0 && forPush) return askBeforePush(error, suffix, init)
          throw error
        })
        settle(response, suffix)
      } else {
        response = await request(target, { ...init, redirect: 'manual' }, header)
        if (isRedirect(response)) {
          if (++moves > maxMoves) throw redirectError('it redirects too often')
          response = await follow(target, init)
          settle(response, suffix)
          header = auth.header(base)
          // Somewhere else our credentials are not valid; here they are sent straight to the final address.
          if (header !== null && response.url !== target) {
            response.body?.cancel().catch(() => {})
            continue
          }
        }
      }
      if (response.status === 401) {
        header = await askAgain(response, header, questions++, forPush)
        continue
      }
      if (!response.ok) throw await statusError(response, context)
      return response
    }
  }

  /**
   * Many hosts leave the CORS headers off their 401, so that in a browser the first request of a push fails like
   * a dead network. When the host answers a read, the credentials are what is missing.
   */
  async function askBeforePush(failure: unknown, suffix: string, init: RequestInit): Promise<Response> {
    if (!isEspalierError(failure, 'remote/network') || !auth.canAsk || !carries) throw failure
    const readSuffix = suffix.replace('receive', 'upload')
    const probe = await request(base + readSuffix, { ...init, redirect: 'follow' }, null).catch(() => null)
    probe?.body?.cancel().catch(() => {})
    if (probe === null) throw failure
    const header = await auth.ask(base, 'push')
    if (header === null) throw failure
    return request(base + suffix, { ...init, redirect: 'manual' }, header)
  }

  async function post({ service, headers, signal, body }: HttpPost): Promise<Response> {
    const init: RequestInit = {
      method: 'POST',
      cache: 'no-store',
      body,
      redirect: 'manual',
      headers: {
        'Content-Type': `application/x-${service}-request`,
        Accept: `application/x-${service}-result`,
        ...headers,
      },
      ...(signal && { signal }),
    }
    let header = carries ? auth.header(base) : null
    for (let questions = 0; ;) {
      const response = await request(`${base}/${service}`, init, header)
      if (isRedirect(response)) throw redirectError('it redirects a transfer')
      if (response.status === 401) {
        header = await askAgain(response, header, questions++, service === 'git-receive-pack')
        continue
      }
      if (!response.ok) throw await statusError(response, context)
      return response
    }
  }

  return {
    ...context,
    get,
    post,
    read: (response, signal) =>
      createByteReader(response.body, (error) =>
        signal?.aborted === true ? abortedError(url) : truncatedError(cleanCause(error, context)),
      ),
  }
}

/** In browsers a manual redirect is opaque, elsewhere it shows its status. */
function isRedirect(response: Response): boolean {
  return response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)
}
