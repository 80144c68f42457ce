import { EspalierError } from '../../src/protocol/errors.ts'
import { type Advertisement, type GitService, readAdvertisement } from './advertisement.ts'
import type { CorsProxy } from './cors-proxy.ts'
import { detectEnvironment, type Environment, isSameOrigin } from './environment.ts'
import { gzip } from './gzip.ts'
import { refuseKnownHost } from './hosts.ts'
import { redactError } from './http-errors.ts'
import { createHttpSession, type HttpSession } from './http-session.ts'
import { fetchV2, listRefsV2 } from './protocol-v2.ts'
import { pushOverHttp } from './push.ts'
import type {
  AuthCallback,
  FetchRequest,
  FetchResult,
  Remote,
  RemoteRefs,
  TransferOptions,
} from './remote.ts'
import { parseRemoteUrl } from './remote-url.ts'
import { type Exchange, fetchV0 } from './upload-pack.ts'

/** Options of {@link createSmartHttpRemote}. */
export interface SmartHttpOptions {
  readonly url: string
  readonly auth?: AuthCallback | undefined
  readonly corsProxy?: CorsProxy | undefined
  /**
   * 0, the default, needs one round trip less and no header that a host's CORS rules may forbid; 2 lists only
   * the refs that are asked for, which pays on hosts with very many.
   */
  readonly protocol?: 0 | 2 | undefined
  readonly fetch?: typeof fetch | undefined
  readonly agent?: string | undefined
  /** Where the rules of browsers hold; detected when absent. */
  readonly environment?: Environment | undefined
  /** Refs whose names start with one of these are listed. */
  readonly refPrefixes?: readonly string[] | undefined
}

/** Request bodies above this size are compressed where the host's CORS rules have no say. */
const gzipAboveBytes = 1024
const defaultPrefixes = ['refs/heads/', 'refs/tags/']

/**
 * A repository on any host that speaks git's smart HTTP protocol (gitprotocol-http(5)).
 *
 * @example
 * ```ts
 * const remote = createSmartHttpRemote({ url: 'https://git.example.com/acme/data.git' })
 * const { refs, head } = await remote.listRefs()
 * ```
 */
export function createSmartHttpRemote(options: SmartHttpOptions): Remote {
  const { url, credentials, requestUrl } = parseRemoteUrl(options.url)
  if (requestUrl !== url) {
    throw new EspalierError(
      'remote/bad-url',
      `${url} has a query (?…), which git hosts do not take. Leave it out.`,
    )
  }
  const agent = options.agent ?? 'espalier'
  const environment = options.environment ?? detectEnvironment()
  const wantsV2 = options.protocol === 2
  const prefixes = options.refPrefixes ?? defaultPrefixes
  const http = createHttpSession({ ...options, url, credentials })
  const versionHeader: Readonly<Record<string, string>> = wantsV2 ? { 'Git-Protocol': 'version=2' } : {}
  const mayGzip = environment === 'node' || (options.corsProxy === undefined && isSameOrigin(url))
  let known: Advertisement | null = null

  async function advertise(service: GitService, transfer: TransferOptions): Promise<Advertisement> {
    if (environment === 'browser' && options.corsProxy === undefined) refuseKnownHost(url)
    transfer.onProgress?.({ phase: 'connecting', loaded: 0 })
    const forPush = service === 'git-receive-pack'
    const accept = `application/x-${service}-advertisement`
    const suffix = `/info/refs?service=${service}`
    const headers = forPush ? {} : versionHeader
    const response = await http.get({ suffix, accept, headers, forPush, signal: transfer.signal })
    checkContentType(response, accept, http)
    const reader = http.read(response, transfer.signal)
    try {
      const advertisement = await readAdvertisement(reader, service)
      reader.finish()
      return advertisement
    } catch (error) {
      reader.cancel()
      throw error
    }
  }

  function exchangeFor(transfer: TransferOptions): Exchange {
    return async (body) => {
      const isLarge = mayGzip && body.length > gzipAboveBytes
      const response = await http.post({
        service: 'git-upload-pack',
        body: isLarge ? await gzip(body) : body,
        headers: { ...versionHeader, ...(isLarge && { 'Content-Encoding': 'gzip' }) },
        signal: transfer.signal,
      })
      checkContentType(response, 'application/x-git-upload-pack-result', http)
      return http.read(response, transfer.signal)
    }
  }

  async function listRefs(transfer: TransferOptions = {}): Promise<RemoteRefs> {
    // In v2 the first answer holds no refs: it stays valid for as long as this object lives.
    const advertisement = known?.version === 2 ? known : await advertise('git-upload-pack', transfer)
    known = advertisement
    const all =
      advertisement.version === 0
        ? advertisement.refs
        : await listRefsV2(advertisement.capabilities, ['HEAD', ...prefixes], agent, exchangeFor(transfer))
    return { ...all, refs: withPrefixes(all.refs, prefixes), peeled: withPrefixes(all.peeled, prefixes) }
  }

  async function fetch(request: FetchRequest): Promise<FetchResult> {
    if (request.wants.length === 0) return { shallow: [], unshallow: [] }
    known ??= await advertise('git-upload-pack', request)
    if (known.version === 0 && known.refs.refs.size === 0 && known.refs.headOid === null)
      throw emptyError(url)
    const run = known.version === 2 ? fetchV2 : fetchV0
    return run(known.capabilities, request, agent, exchangeFor(request))
  }

  const push = pushOverHttp({
    url,
    agent,
    http,
    advertise: async (transfer) => {
      const advertisement = await advertise('git-receive-pack', transfer)
      if (advertisement.version === 0) return advertisement
      throw new EspalierError(
        'remote/protocol',
        `${url} answered a push in a protocol that git does not define.`,
      )
    },
    checkResult: (response) => checkContentType(response, 'application/x-git-receive-pack-result', http),
  })

  /** The host's own words may repeat what it was sent. */
  const clean = <T>(call: Promise<T>): Promise<T> =>
    call.catch((error: unknown) => {
      throw redactError(error, http.redact)
    })

  return {
    url,
    canPush: true,
    canShallow: true,
    listRefs: (transfer) => clean(listRefs(transfer)),
    fetch: (request) => clean(fetch(request)),
    push: (request) => clean(push(request)),
  }
}

function withPrefixes<V>(map: ReadonlyMap<string, V>, prefixes: readonly string[]): ReadonlyMap<string, V> {
  return new Map([...map].filter(([name]) => prefixes.some((prefix) => name.startsWith(prefix))))
}

function emptyError(url: string): EspalierError {
  return new EspalierError(
    'remote/empty',
    `${url} has no commit yet. Push a first one, or open another address.`,
    {
      data: { url },
    },
  )
}

function checkContentType(response: Response, wanted: string, http: HttpSession): void {
  const type = (response.headers.get('content-type') ?? '').split(';')[0]?.trim() ?? ''
  if (type === wanted) return
  response.body?.cancel().catch(() => {})
  const what = type === 'text/html' ? 'a web page' : `"${type.slice(0, 80)}"`
  throw new EspalierError(
    'remote/protocol',
    `${http.url} answered with ${what}, not with git. Check that this is the address of a repository ` +
      '(it often ends in .git) and that no login page or portal stands in between.',
    { data: { url: http.url, contentType: type.slice(0, 80) } },
  )
}
