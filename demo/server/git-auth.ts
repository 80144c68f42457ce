import type { IncomingMessage } from 'node:http'

/** One allowed user, or a function that decides. */
export type GitServerAuth =
  | { readonly username: string; readonly password: string }
  | ((username: string, password: string) => boolean)

/** The user's name, or null when the request must bring (other) credentials. */
export function allowedByAuth(
  settings: { readonly auth?: GitServerAuth | undefined; readonly authReads?: boolean | undefined },
  request: IncomingMessage,
  isPush: boolean,
): string | null {
  const { auth } = settings
  if (auth === undefined || (!isPush && settings.authReads !== true)) return 'anonymous'
  const given = readBasicAuth(request.headers.authorization)
  if (given === null) return null
  const allowed =
    typeof auth === 'function'
      ? auth(given.username, given.password)
      : given.username === auth.username && given.password === auth.password
  return allowed ? given.username : null
}

/** Reads an `Authorization: Basic` header (RFC 7617). */
function readBasicAuth(header: string | undefined): { username: string; password: string } | null {
  const encoded = /^basic\s+(\S+)$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return null
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? null : { username: text.slice(0, colon), password: text.slice(colon + 1) }
}
