/**
 * The `fetch` of Node, which knows what browsers know of connections that were kept: a host may have closed one while
 * this process was busy, and what is asked over it then is reset before any answer. What only reads (GET, and
 * `git-upload-pack`) is asked once more, over another connection; a push is not: it may have happened.
 */
export function createNodeFetch(send: typeof fetch): typeof fetch {
  return async (input, init) => {
    try {
      return await send(input, init)
    } catch (error) {
      if (!isReset(error) || !onlyReads(input, init) || init?.signal?.aborted === true) throw error
      return send(input, init)
    }
  }
}

/** Node says these of a connection that was closed by the other side; the error wraps its cause. */
const resets: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

function isReset(error: unknown): boolean {
  const cause: unknown = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && resets.has(cause.code)
}

function onlyReads(input: Parameters<typeof fetch>[0], init: RequestInit | undefined): boolean {
  const { method = 'GET', body } = init ?? {}
  // A stream cannot be sent again.
  if (body instanceof ReadableStream) return false
  return method === 'GET' || (method === 'POST' && String(input).endsWith('/git-upload-pack'))
}
