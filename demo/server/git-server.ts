import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { GitRequestLog } from './git-faults.ts'
import { createGitHttpHandler, type GitHttpOptions, type GitHttpSettings } from './git-http.ts'

/** A git server that runs until `close()`. */
export interface GitServer {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string
  readonly port: number
  /** What may change while it runs (faults, latency, who may push). */
  readonly settings: GitHttpSettings
  /** Every request, oldest first. Clear it with `requests.length = 0`. */
  readonly requests: GitRequestLog[]
  close(): Promise<void>
}

/** Options of {@link startGitServer}. Port 0, the default, takes a free one. */
export interface GitServerOptions extends GitHttpOptions {
  readonly port?: number
}

/**
 * Serves the bare repositories of a folder on the loopback interface.
 *
 * @example
 * ```ts
 * const server = await startGitServer({ root: '/srv/git', auth: { username: 'ada', password: 'secret' } })
 * // git clone http://127.0.0.1:<port>/data.git
 * await server.close()
 * ```
 */
export async function startGitServer(options: GitServerOptions): Promise<GitServer> {
  const requests: GitRequestLog[] = []
  const handler = createGitHttpHandler({
    ...options,
    onRequest: (entry) => {
      requests.push(entry)
      options.onRequest?.(entry)
    },
  })
  const server = createServer(handler)
  // A client in this process cannot hear that its connection was closed while the process is busy.
  server.keepAliveTimeout = 120_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo // a listening TCP server has one
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    settings: handler.settings,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
