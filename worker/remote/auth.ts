import { EspalierError, isEspalierError } from '../../src/protocol/errors.ts'
import type { AuthCallback, AuthRequest, Credentials } from './remote.ts'

/**
 * The credentials of one remote, in memory only. They belong to an origin: what was given for one is never
 * handed out for another.
 */
export interface AuthMemory {
  /** The `Authorization` value for this address, or null when none is known. */
  header(url: string): string | null
  /** Asks the app (one question at a time) and keeps the answer. Null when the app has none. */
  ask(url: string, reason: AuthRequest['reason']): Promise<string | null>
  /** True when there is an app to ask. */
  readonly canAsk: boolean
  /** Takes every secret that was ever known here out of a text from outside. */
  redact(text: string): string
}

/** Starts with what stood in the URL, if anything. */
export function createAuthMemory(
  auth: AuthCallback | undefined,
  initial: { readonly url: string; readonly credentials: Credentials } | null,
): AuthMemory {
  const headers = new Map<string, string>()
  const pending = new Map<string, Promise<string | null>>()
  const secrets = new Set<string>()

  function keep(url: string, credentials: Credentials): string {
    const header = basicHeader(credentials)
    for (const secret of [credentials.password, encodeURIComponent(credentials.password), header.slice(6)]) {
      if (secret.length > 3) secrets.add(secret)
    }
    // Some hosts take the token as the user name.
    if (credentials.password.length <= 3 && credentials.username.length > 3) secrets.add(credentials.username)
    headers.set(new URL(url).origin, header)
    return header
  }

  if (initial !== null) keep(initial.url, initial.credentials)

  async function askApp(url: string, reason: AuthRequest['reason']): Promise<string | null> {
    try {
      const credentials = (await auth?.({ url, reason })) ?? null
      if (credentials !== null) return keep(url, credentials)
    } catch (cause) {
      if (isEspalierError(cause)) throw cause
      // A user may close the window that asks; an answer may have another shape.
      const says = '`auth` must answer { username, password } or null, and failed'
      throw new EspalierError('remote/unauthorized', `${says}: ${String(cause)}`, { cause })
    }
    headers.delete(new URL(url).origin)
    return null
  }

  return {
    canAsk: auth !== undefined,
    header: (url) => headers.get(new URL(url).origin) ?? null,
    ask(url, reason) {
      const { origin } = new URL(url)
      const running = pending.get(origin)
      if (running !== undefined) return running
      const question = askApp(url, reason).finally(() => pending.delete(origin))
      pending.set(origin, question)
      return question
    },
    redact(text) {
      let clean = text.replaceAll(/\/\/[^/@\s]+@/g, '//')
      for (const secret of secrets) clean = clean.replaceAll(secret, '***')
      return clean
    },
  }
}

/** `Basic …` with the text in UTF-8 (RFC 7617). */
export function basicHeader(credentials: Credentials): string {
  const bytes = new TextEncoder().encode(`${credentials.username}:${credentials.password}`)
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return `Basic ${btoa(binary)}`
}
