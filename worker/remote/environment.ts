/** Where this code runs; in a browser the same-origin policy (CORS) applies. */
export type Environment = 'browser' | 'node'

/** A browser has a window or is a worker; everything else is like Node. */
export function detectEnvironment(): Environment {
  const scope: { readonly window?: unknown; readonly WorkerGlobalScope?: unknown } = globalThis
  return scope.window === undefined && scope.WorkerGlobalScope === undefined ? 'node' : 'browser'
}

/** True when the page and this address share an origin. */
export function isSameOrigin(url: string): boolean {
  const { location } = globalThis as { readonly location?: { readonly origin?: string } } // absent in Node
  return location?.origin === new URL(url).origin
}
