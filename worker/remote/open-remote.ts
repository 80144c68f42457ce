import { isEspalierError } from '../../src/protocol/errors.ts'
import { createBundleRemote } from './bundle-remote.ts'
import { createDumbRemote } from './dumb-remote.ts'
import type { Remote } from './remote.ts'
import { parseRemoteUrl } from './remote-url.ts'
import { createSmartHttpRemote, type SmartHttpOptions } from './smart-http.ts'

/** Options of {@link openRemote}. */
export interface OpenRemoteOptions extends Omit<SmartHttpOptions, 'url'> {
  /** A bundle's bytes: nothing is downloaded, and the URL is only its name. */
  readonly data?: Uint8Array<ArrayBuffer> | Blob | undefined
}

/**
 * The remote behind an address, whatever its kind: a bundle (given bytes, a name ending in `.bundle`, a link
 * with a query), a git host, or a bare repository's files on a static host. Makes no request: the first call
 * finds out, and until then `canPush` and `canShallow` say what a git host can. Throws `remote/bad-url`.
 *
 * @example
 * ```ts
 * const remote = openRemote('https://git.example.com/acme/data.git', { auth: askTheUser })
 * const { refs, head } = await remote.listRefs()
 * ```
 */
export function openRemote(url: string, options: OpenRemoteOptions = {}): Remote {
  if (options.data !== undefined) return createBundleRemote({ ...options, url })
  const address = parseRemoteUrl(url)
  if (address.url.endsWith('.bundle') || address.requestUrl !== address.url) {
    return createBundleRemote({ ...options, url })
  }
  const smart = createSmartHttpRemote({ ...options, url })
  let chosen: Promise<Remote> | null = null
  let found = smart

  async function choose(failure: unknown): Promise<Remote> {
    const dumb = createDumbRemote({ ...options, url })
    if (!(await dumb.probe())) throw failure
    found = dumb
    return dumb
  }

  /** Runs on the git host, or, where there is none, on the static files, and remembers which it was. */
  async function run<T>(call: (remote: Remote) => Promise<T>, isListing = false): Promise<T> {
    if (chosen !== null) return call(await chosen)
    try {
      const result = await call(smart)
      chosen = Promise.resolve(smart)
      return result
    } catch (error) {
      if (!mayBeStatic(error)) throw error
      // A git host that lists its refs and fails later is no static host.
      const isGitHost = !isListing && (await smart.listRefs().then(isTrue, isFalse))
      if (isGitHost) throw error
      const choice = choose(error)
      const remote = await choice
      chosen = choice
      return call(remote)
    }
  }

  return {
    url: address.url,
    get canPush() {
      return found.canPush
    },
    get canShallow() {
      return found.canShallow
    },
    listRefs: (transfer) => run((remote) => remote.listRefs(transfer), true),
    fetch: (request) => run((remote) => remote.fetch(request)),
    push: (request) => run((remote) => remote.push(request)),
  }
}

const isTrue = (): boolean => true
const isFalse = (): boolean => false

/** A static host answers `info/refs` as a plain file, or not at all. */
function mayBeStatic(error: unknown): boolean {
  if (isEspalierError(error, 'remote/not-found')) return true
  return isEspalierError(error, 'remote/protocol') && error.data['contentType'] !== undefined
}
