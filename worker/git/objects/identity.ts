import { EspalierError } from '../../../src/protocol/errors.ts'

/** Who made a commit or tag, and when. */
export interface Identity {
  readonly name: string
  readonly email: string
  /** Seconds since 1970. */
  readonly timestamp: number
  /** `+hhmm` or `-hhmm`, as written. */
  readonly timezone: string
}

/** An identity to write. The timezone is `+0000` unless given. */
export interface IdentityInput {
  readonly name: string
  readonly email: string
  readonly timestamp: number
  readonly timezone?: string
}

const identityPattern = /^(.*?) ?<([^>]*)>(?:.*>)? *(\d+)?(?: +([+-]\d+))?/su

/** Reads `Name <email> 1700000000 +0000`. Lenient: what is missing becomes empty or 0, as git does. */
export function parseIdentity(text: string): Identity {
  const match = identityPattern.exec(text)
  if (match === null) return { name: text.trim(), email: '', timestamp: 0, timezone: '+0000' }
  const [, name = '', email = '', seconds = '0', timezone = '+0000'] = match
  const timestamp = Number(seconds)
  return { name, email, timestamp: Number.isSafeInteger(timestamp) ? timestamp : 0, timezone }
}

/** Writes an identity, cleaned as git cleans it (ident.c): no `<`, `>`, newline or NUL, no crud at the ends. */
export function formatIdentity(identity: IdentityInput): string {
  const { timestamp, timezone = '+0000' } = identity
  if (!Number.isSafeInteger(timestamp) || timestamp < 0) {
    throw new EspalierError(
      'engine/bad-argument',
      `A commit's timestamp is whole seconds since 1970, not ${timestamp}.`,
    )
  }
  if (!/^[+-]\d{4}$/.test(timezone)) {
    throw new EspalierError('engine/bad-argument', `A timezone is written +hhmm or -hhmm, not "${timezone}".`)
  }
  const email = clean(identity.email)
  const name = clean(identity.name) || email.split('@')[0] || 'Unknown'
  return `${name} <${email}> ${timestamp} ${timezone}`
}

function clean(text: string): string {
  // oxlint-disable-next-line no-control-regex -- git counts control characters and spaces as crud
  const crud = /^[\u0000- .,:;<>"\\']+|[\u0000- .,:;<>"\\']+$/gu
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[<>\n\u0000]/gu, '').replace(crud, '')
}
