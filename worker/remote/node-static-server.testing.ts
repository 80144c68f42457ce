import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

/** A static host with a folder of files, as plain as they come: unknown paths are 404, or a page. */
export interface StaticServer {
  readonly url: string
  readonly requests: string[]
  /** Answer unknown paths with this page, as single-page apps do. */
  fallbackPage: string | null
  close(): Promise<void>
}

export async function startStaticServer(root: string): Promise<StaticServer> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/')
    requests.push(path)
    try {
      const bytes = readFileSync(join(root, path))
      response.setHeader('Content-Type', 'application/octet-stream')
      response.end(bytes)
    } catch {
      if (state.fallbackPage === null) response.statusCode = 404
      else response.setHeader('Content-Type', 'text/html')
      response.end(state.fallbackPage ?? 'not found')
    }
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo // a listening TCP server has one
  const state: StaticServer = {
    url: `http://127.0.0.1:${port}`,
    requests,
    fallbackPage: null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return state
}
