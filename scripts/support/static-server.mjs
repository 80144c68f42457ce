import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize, sep } from 'node:path'

/** The policy under which everything of ours must run (sent on every response, the worker's included). */
export const strictPolicy = "default-src 'self'; connect-src *"

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
}

/** A handler of static files under `folder`; the strict policy is on every response, errors too. */
export function createStaticHandler(folder) {
  return async (request, response) => {
    const file = await findFile(folder, request.url ?? '/')
    if (file === null && request.url === '/favicon.ico') {
      // Browsers ask for it by themselves; a 404 would stand in every console.
      response.writeHead(204).end()
      return
    }
    if (file === null) {
      response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end('Not found\n')
      return
    }
    response.writeHead(200, {
      'Content-Type': types[extname(file.path)] ?? 'application/octet-stream',
      'Content-Length': file.size,
      'Cache-Control': 'no-cache',
    })
    if (request.method === 'HEAD') response.end()
    else createReadStream(file.path).pipe(response)
  }
}

async function findFile(folder, url) {
  let path
  try {
    path = decodeURIComponent(new URL(url, 'http://localhost').pathname)
  } catch {
    return null
  }
  if (path.includes('\0')) return null
  const wanted = normalize(join(folder, path))
  if (wanted !== normalize(folder) && !wanted.startsWith(normalize(folder + sep))) return null
  for (const candidate of [wanted, join(wanted, 'index.html')]) {
    const found = await stat(candidate).catch(() => null)
    if (found?.isFile()) return { path: candidate, size: found.size }
  }
  return null
}

/**
 * Serves requests on the loopback address: the first route whose prefix fits, else `fallback`. Takes `port`, or a
 * free one when it is taken or 0. Closing ends open connections.
 */
export async function serve({ port = 0, policy = strictPolicy, routes = {}, fallback }) {
  const server = createServer((request, response) => {
    response.setHeader('Content-Security-Policy', policy)
    const prefix = Object.keys(routes).find((candidate) => (request.url ?? '/').startsWith(candidate))
    Promise.resolve((prefix === undefined ? fallback : routes[prefix])(request, response)).catch((error) => {
      if (!response.headersSent) response.writeHead(500, { 'Content-Type': 'text/plain' })
      response.end(String(error))
    })
  })
  await listen(server, port).catch((error) => {
    if (error.code !== 'EADDRINUSE') throw error
    return listen(server, 0)
  })
  return {
    url: `http://localhost:${server.address().port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}
