import { EspalierError } from '../../src/protocol/errors.ts'
import type { Credentials } from './remote.ts'

/** A checked address. Only `requestUrl` may hold a query (signed links do); nothing holds user info. */
export interface RemoteUrl {
  /** Safe to show and to store: no user info, no query, no fragment, no slash at the end. */
  readonly url: string
  /** What is asked for. */
  readonly requestUrl: string
  /** User info that stood in the address. */
  readonly credentials: Credentials | null
}

/** Checks an address and takes the user info out of it. Throws `remote/bad-url`, without echoing secrets. */
export function parseRemoteUrl(text: string, base?: string): RemoteUrl {
  // A setting that is missing is no text.
  const url = parse(`${text}`.trim(), base)
  const { username, password } = url
  url.username = ''
  url.password = ''
  url.hash = ''
  const requestUrl = trimSlashes(url.href)
  url.search = ''
  return {
    url: trimSlashes(url.href),
    requestUrl,
    credentials:
      username === '' && password === '' ? null : { username: decode(username), password: decode(password) },
  }
}

function parse(text: string, base: string | undefined): URL {
  if (/^[\w.-]+@[\w.-]+:(?!\/\/)/.test(text) || /^(?:ssh|git\+ssh):\/\//i.test(text)) {
    throw badUrl(
      'This is an SSH address, and only HTTPS works from an app. Use the https:// address of the repository.',
    )
  }
  let url: URL
  try {
    url = new URL(text, base)
  } catch {
    throw badUrl('This is not a complete address. Write it as https://host/path/repository.git.')
  }
  if (url.protocol === 'https:' || url.protocol === 'http:') return url
  throw badUrl(`Addresses with ${url.protocol} cannot be opened. Use the https:// address of the repository.`)
}

function badUrl(message: string): EspalierError {
  return new EspalierError('remote/bad-url', message)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function trimSlashes(text: string): string {
  return text.replace(/\/+$/, '')
}
