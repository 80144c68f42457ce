import type { EngineCallbacks, OpenRequest } from '../../src/protocol/engine.ts'
import { openRemote } from '../remote/open-remote.ts'
import { parseRemoteUrl } from '../remote/remote-url.ts'
import type { Remote } from '../remote/remote.ts'
import type { Platform } from './platform/platform.ts'

/** Where a database lives: its remote, and the local repository that belongs to it. */
export interface DatabaseLocation {
  /** The address without user info or query. */
  readonly url: string
  /** The local repository's name: one per app namespace and address. Holds no secret. */
  readonly repository: string
  readonly remote: Remote
}

/** User info in the address moves to the remote's memory and is in nothing that is kept. Throws `remote/bad-url`. */
export function locateDatabase(
  platform: Platform,
  request: OpenRequest,
  callbacks: EngineCallbacks,
): DatabaseLocation {
  const { namespace, bundle, corsProxy, protocol, hasAuth } = request
  const { url } = parseRemoteUrl(request.url)
  const remote = openRemote(request.url, {
    environment: platform.environment,
    fetch: platform.fetch,
    data: bundle && new Blob([new Uint8Array(bundle)]),
    auth: hasAuth ? (asked) => callbacks.auth(asked) : undefined,
    corsProxy,
    protocol,
  })
  return { url, repository: `${namespace} ${url}`, remote }
}
