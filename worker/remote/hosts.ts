import { EspalierError } from '../../src/protocol/errors.ts'

/**
 * Hosts whose git endpoints answer no CORS preflight, so that no page can talk to them (checked against their
 * documentation and source; they may change their minds: a CORS proxy setting goes round this list).
 */
const refusing: Readonly<Record<string, string>> = {
  'github.com': 'GitHub',
  'gist.github.com': 'GitHub',
  'gitlab.com': 'GitLab.com',
  'git.sr.ht': 'sourcehut',
}
const refusingSuffixes: readonly (readonly [string, string])[] = [
  ['.amazonaws.com', 'AWS CodeCommit'],
  ['.ghe.com', 'GitHub Enterprise Cloud'],
]

/** The name of a host that is known to refuse git from browsers, or null. */
export function hostRefusingBrowsers(url: string): string | null {
  const host = new URL(url).hostname.toLowerCase().replace(/^www\./, '')
  const known = refusing[host]
  if (known !== undefined && Object.hasOwn(refusing, host)) return known
  return refusingSuffixes.find(([suffix]) => host.endsWith(suffix))?.[1] ?? null
}

/** Throws `remote/host-refuses-browsers`, before any request, with what works instead. */
export function refuseKnownHost(url: string): void {
  const name = hostRefusingBrowsers(url)
  if (name === null) return
  throw new EspalierError(
    'remote/host-refuses-browsers',
    `${name} does not let web pages use git (it sends no CORS headers). What works: set a CORS proxy of your own, ` +
      'publish the repository as a bundle file (git bundle create data.bundle --all), or use a host that allows it ' +
      '(Gitea and Forgejo with CORS on, Gogs, soft-serve, git http-backend).',
    { data: { host: name, url, instead: ['cors-proxy', 'bundle', 'other-host'] } },
  )
}
