/** What a test can make the git server do instead of, or with, its real answer. */
export type GitFault =
  /** Answers with this status and no git. */
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** Answers 200 with a web page, as captive portals and wrong addresses do. */
  | { readonly kind: 'html' }
  /** Answers 200 with these bytes and this content type. */
  | { readonly kind: 'answer'; readonly contentType: string; readonly body: string | Uint8Array }
  /** Sends `afterBytes` bytes of the real body, then breaks the connection, or ends it politely. */
  | { readonly kind: 'cut'; readonly afterBytes: number; readonly polite?: boolean }
  /** Lets git do all its work (a push is applied), then breaks the connection without an answer. */
  | { readonly kind: 'lose-response' }
  /** Breaks the connection before git sees the request. */
  | { readonly kind: 'refuse-connection' }
  /** Never answers (until the client gives up). */
  | { readonly kind: 'stall' }
  /** Redirects to what `to` makes of the request's path and query. */
  | { readonly kind: 'redirect'; readonly to: (pathAndQuery: string) => string; readonly status?: number }

/** Which of the three requests of the smart protocol this is. */
export type GitRequestKind = 'info/refs' | 'git-upload-pack' | 'git-receive-pack' | 'file'

/** One request as the handler saw it; filled in while it is served. Kept for tests. */
export interface GitRequestLog {
  readonly method: string
  readonly url: string
  readonly kind: GitRequestKind
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** 0 until the head of the answer is sent. */
  readonly status: number
  requestBytes: number
  responseBytes: number
}

/** Sorts a request's path and query into the requests of gitprotocol-http(5). */
export function requestKind(pathAndQuery: string): GitRequestKind {
  const path = pathAndQuery.split('?')[0] ?? ''
  if (path.endsWith('/info/refs')) return 'info/refs'
  if (path.endsWith('/git-upload-pack')) return 'git-upload-pack'
  if (path.endsWith('/git-receive-pack')) return 'git-receive-pack'
  return 'file'
}

/** True for the two requests of a push. */
export function isPushRequest(pathAndQuery: string): boolean {
  return pathAndQuery.includes('git-receive-pack')
}
