/**
 * A repository's address as it may be shown and kept: without user info, query and fragment, where tokens
 * travel. Text that is no URL comes back without anything before an `@`.
 */
export function withoutSecrets(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null
  // `ada:token@host` parses too: as a URL whose scheme is `ada:`.
  if (url === null || url.host === '') return address.replace(/^.*@/s, '').replace(/[?#].*$/s, '')
  url.username = ''
  url.password = ''
  url.search = ''
  url.hash = ''
  return url.href
}

/** A short name for a repository: the last part of its path, without `.git`. */
export function repositoryName(address: string): string {
  const path = withoutSecrets(address).replace(/\/+$/, '')
  const last = path.slice(path.lastIndexOf('/') + 1).replace(/\.(git|bundle)$/, '')
  try {
    return decodeURIComponent(last) || path
  } catch {
    return last
  }
}

/** The address without its scheme, as people read it. */
export function readableAddress(address: string): string {
  return withoutSecrets(address).replace(/^https?:\/\//, '')
}
