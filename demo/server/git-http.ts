import { spawn } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { allowedByAuth, type GitServerAuth } from './git-auth.ts'
import { corsHeaders, type GitCors } from './git-cors.ts'
import { type GitFault, type GitRequestLog, isPushRequest, requestKind } from './git-faults.ts'

/** Everything about the server that may change while it runs. */
export interface GitHttpSettings {
  /** Who may push (and read, with `authReads`). Absent: everybody. */
  auth?: GitServerAuth | undefined
  authReads?: boolean | undefined
  /** CORS headers: true allows every origin, a string one origin, an object names more. Default true. */
  cors?: GitCors | undefined
  /** Waits before each answer. */
  latencyMs?: number | undefined
  /** Asked for every request; null serves it as it is. */
  fault?: ((request: GitRequestLog) => GitFault | null) | undefined
  /** Extra git configuration for the served repositories, for example `uploadpack.allowFilter`. */
  config?: Readonly<Record<string, string>> | undefined
}

/** Settings that stay, and the first values of those that may change. */
export interface GitHttpOptions extends GitHttpSettings {
  /** The folder that holds the bare repositories: `/x.git/info/refs` serves `<root>/x.git`. */
  readonly root: string
  /** Called with the log entry of each request as it comes in; the entry is filled in while it is served. */
  readonly onRequest?: ((entry: GitRequestLog) => void) | undefined
}

/** A request handler for Node's `http` and for connect (Vite's `server.middlewares.use('/git', handler)`). */
export interface GitHttpHandler {
  (request: IncomingMessage, response: ServerResponse): void
  readonly settings: GitHttpSettings
}

/**
 * Bridges HTTP to the native `git http-backend` (git-http-backend(1)): a real git server in a Node process.
 * Bodies stream in both directions; `handler.settings` may change at any time.
 */
export function createGitHttpHandler(options: GitHttpOptions): GitHttpHandler {
  const { root, onRequest, ...settings } = options
  const handler = (request: IncomingMessage, response: ServerResponse): void => {
    const entry: GitRequestLog = {
      method: request.method ?? 'GET',
      url: request.url ?? '/',
      kind: requestKind(request.url ?? '/'),
      headers: { ...request.headers },
      get status() {
        return response.headersSent ? response.statusCode : 0
      },
      requestBytes: 0,
      responseBytes: 0,
    }
    request.on('data', (chunk: Buffer) => (entry.requestBytes += chunk.length)).pause()
    onRequest?.(entry)
    const start = (): void => serve(root, settings, request, response, entry)
    if (settings.latencyMs) setTimeout(start, settings.latencyMs)
    else start()
  }
  return Object.assign(handler, { settings })
}

function serve(
  root: string,
  settings: GitHttpSettings,
  request: IncomingMessage,
  response: ServerResponse,
  entry: GitRequestLog,
): void {
  const cors = corsHeaders(settings.cors ?? true, request)
  for (const [name, value] of Object.entries(cors.headers)) response.setHeader(name, value)
  if (entry.method === 'OPTIONS') return answer(response, cors.headers === cors.none ? 405 : 204, '')

  const fault = settings.fault?.(entry) ?? null
  if (fault !== null && answerFault(fault, request, response, entry)) return

  const user = allowedByAuth(settings, request, isPushRequest(entry.url))
  if (user === null) {
    if (cors.hideOn401) for (const name of Object.keys(cors.headers)) response.removeHeader(name)
    response.setHeader('WWW-Authenticate', 'Basic realm="git", charset="UTF-8"')
    return answer(response, 401, 'Credentials are needed.\n')
  }
  runBackend(root, settings, user, request, response, entry, fault)
}

/** Answers a fault that needs no git. Returns false for those that change git's own answer. */
function answerFault(
  fault: GitFault,
  request: IncomingMessage,
  response: ServerResponse,
  entry: GitRequestLog,
): boolean {
  switch (fault.kind) {
    case 'status':
      for (const [name, value] of Object.entries(fault.headers ?? {})) response.setHeader(name, value)
      answer(response, fault.status, `Status ${fault.status}.\n`)
      return true
    case 'html':
      response.setHeader('Content-Type', 'text/html; charset=utf-8')
      answer(response, 200, '<!doctype html><title>Welcome</title><p>Please log in.')
      return true
    case 'answer':
      response.setHeader('Content-Type', fault.contentType)
      answer(response, 200, fault.body)
      return true
    case 'redirect':
      response.setHeader('Location', fault.to(entry.url))
      answer(response, fault.status ?? 302, '')
      return true
    case 'refuse-connection':
      request.socket.destroy()
      return true
    case 'stall':
      request.resume()
      return true
    case 'cut':
    case 'lose-response':
      return false
  }
}

function answer(response: ServerResponse, status: number, body: string | Uint8Array): void {
  response.statusCode = status
  response.end(body)
}

function runBackend(
  root: string,
  settings: GitHttpSettings,
  user: string,
  request: IncomingMessage,
  response: ServerResponse,
  entry: GitRequestLog,
  fault: GitFault | null,
): void {
  const [rawPath = '/', query = ''] = entry.url.split('?')
  const path = safePath(rawPath)
  if (path === null) return answer(response, 400, 'This path is not allowed.\n')
  const child = spawn('git', ['http-backend'], {
    env: backendEnvironment(root, settings, user, request, path, query),
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.on('error', () => response.headersSent || answer(response, 500, 'git is not installed here.\n'))
  child.stdin.on('error', () => {}) // git may stop reading early (a refused push)
  request.pipe(child.stdin)
  // A push whose connection breaks goes on: git finishes what it has received, as real servers do.
  response.on('close', () => response.writableFinished || entry.kind === 'git-receive-pack' || child.kill())

  const send = createBodySender(response, request, entry, fault)
  let head: Buffer | null = Buffer.alloc(0)
  child.stdout.on('data', (chunk: Buffer) => {
    if (head !== null) {
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      applyCgiHeaders(response, head.subarray(0, end).toString('latin1'))
      chunk = head.subarray(end + 4)
      head = null
    }
    if (chunk.length === 0 || send(chunk)) return
    child.stdout.pause()
    response.once('drain', () => child.stdout.resume())
  })
  child.on('close', () => {
    if (response.destroyed) return
    if (fault?.kind === 'lose-response') request.socket.destroy()
    else if (head !== null) answer(response, 500, 'git http-backend gave no answer.\n')
    else response.end()
  })
}

/** Writes body bytes, counts them, and breaks off where the fault says so. Returns false to slow git down. */
function createBodySender(
  response: ServerResponse,
  request: IncomingMessage,
  entry: GitRequestLog,
  fault: GitFault | null,
): (chunk: Buffer) => boolean {
  return (chunk) => {
    if (response.destroyed || response.writableEnded || fault?.kind === 'lose-response') return true
    const room = fault?.kind === 'cut' ? fault.afterBytes - entry.responseBytes : Infinity
    const sent = chunk.length < room ? chunk : chunk.subarray(0, room)
    entry.responseBytes += sent.length
    if (chunk.length < room) return response.write(sent)
    const breakOff = (): void => void request.socket.destroy()
    if (fault?.kind === 'cut' && fault.polite === true) response.end(sent)
    else if (sent.length > 0) response.write(sent, breakOff)
    else {
      response.flushHeaders()
      setImmediate(breakOff)
    }
    return true
  }
}

/** CGI headers: `Status: 404 Not Found` is the status line, the others are passed on (RFC 3875). */
function applyCgiHeaders(response: ServerResponse, head: string): void {
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon)
    const value = line.slice(colon + 1).trim()
    if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10)
    else response.setHeader(name, value)
  }
}

/** The path as text, or null when it does not decode or climbs out of the folder. */
function safePath(path: string): string | null {
  try {
    const text = decodeURIComponent(path)
    return text.includes('\0') || text.split(/[\\/]/).includes('..') ? null : text
  } catch {
    return null
  }
}

function backendEnvironment(
  root: string,
  settings: GitHttpSettings,
  user: string,
  request: IncomingMessage,
  path: string,
  query: string,
): NodeJS.ProcessEnv {
  const header = (name: string): string => String(request.headers[name] ?? '')
  const config = Object.entries({ 'safe.directory': '*', 'http.receivepack': 'true', ...settings.config })
  const environment: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    SYSTEMROOT: process.env['SYSTEMROOT'],
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_CONFIG_COUNT: String(config.length),
    PATH_INFO: path,
    QUERY_STRING: query,
    REQUEST_METHOD: request.method,
    CONTENT_TYPE: header('content-type'),
    HTTP_CONTENT_ENCODING: header('content-encoding'),
    GIT_PROTOCOL: header('git-protocol'),
    REMOTE_USER: user,
    REMOTE_ADDR: request.socket.remoteAddress ?? '127.0.0.1',
  }
  // A request without a length (chunked) is read to its end.
  if (header('content-length') !== '') environment['CONTENT_LENGTH'] = header('content-length')
  config.forEach(([key, value], i) => {
    environment[`GIT_CONFIG_KEY_${i}`] = key
    environment[`GIT_CONFIG_VALUE_${i}`] = value
  })
  return environment
}
