import type { IncomingMessage } from 'node:http'

/** true: every origin; a string: that origin; false: no CORS at all, as github.com answers. */
export type GitCors = boolean | string | GitCorsRules

export interface GitCorsRules {
  /** Origins that may ask; absent: all. */
  readonly origins?: readonly string[]
  /** Request headers beyond the safelisted ones; absent: what git needs, `Git-Protocol` included. */
  readonly allowHeaders?: readonly string[]
  /** Leaves the CORS headers off a 401, as many hosts do. */
  readonly hideOn401?: boolean
}

const gitHeaders = ['Authorization', 'Content-Type', 'Content-Encoding', 'Git-Protocol', 'User-Agent']
const none: Readonly<Record<string, string>> = {}

/** The CORS headers of an answer. `headers === none` when this origin gets none. */
export function corsHeaders(
  cors: GitCors,
  request: IncomingMessage,
): { headers: Readonly<Record<string, string>>; none: object; hideOn401: boolean } {
  const rules: GitCorsRules =
    cors === true
      ? {}
      : cors === false
        ? { origins: [] }
        : typeof cors === 'string'
          ? { origins: [cors] }
          : cors
  const hideOn401 = rules.hideOn401 === true
  const origin = request.headers.origin
  const allowed =
    rules.origins === undefined ? '*' : rules.origins.find((one) => one === '*' || one === origin)
  if (allowed === undefined) return { headers: none, none, hideOn401 }
  const headers: Record<string, string> = {
    'Access-Control-Allow-Origin': allowed,
    'Access-Control-Expose-Headers': 'WWW-Authenticate, Retry-After',
    'Cross-Origin-Resource-Policy': 'cross-origin',
  }
  if (allowed !== '*') headers['Vary'] = 'Origin'
  if (request.method === 'OPTIONS') {
    headers['Access-Control-Allow-Methods'] = 'GET, POST, OPTIONS'
    headers['Access-Control-Allow-Headers'] = (rules.allowHeaders ?? gitHeaders).join(', ')
    headers['Access-Control-Max-Age'] = '600'
  }
  return { headers, none, hideOn401 }
}
