/** A proxy of the app's choice that adds CORS headers: a URL, or more. */
export type CorsProxy =
  | string
  | {
      readonly url: string
      /** Let the proxy see the user's credentials for the git host. Only for a proxy of one's own. Default false. */
      readonly sendCredentials?: boolean
    }

/** `https://proxy/host/path`, or, for a proxy that ends in `?`, the whole address after it. */
export function proxiedUrl(proxy: CorsProxy | undefined, url: string): string {
  if (proxy === undefined) return url
  const address = typeof proxy === 'string' ? proxy : proxy.url
  if (address.endsWith('?')) return `${address}${url}`
  return `${address.replace(/\/+$/, '')}/${url.replace(/^https?:\/\//, '')}`
}

/** Whether credentials may go along. */
export function mayCarryCredentials(proxy: CorsProxy | undefined): boolean {
  return proxy === undefined || (typeof proxy === 'object' && proxy.sendCredentials === true)
}
