import { withoutSecrets } from './secrets.ts'

/** What a deep link names. `repository` is `sample` or an address without secrets. */
export interface Route {
  readonly repository: string | null
  readonly branch: string | null
  readonly commit: string | null
  readonly collection: string | null
  readonly record: string | null
}

/** The start page. */
export const startRoute: Route = {
  repository: null,
  branch: null,
  commit: null,
  collection: null,
  record: null,
}

const names = ['repository', 'branch', 'commit', 'collection', 'record'] as const

/** Reads `#repository=…&branch=…`. Secrets in a pasted address are dropped here, before anything keeps them. */
export function parseRoute(hash: string): Route {
  const parameters = new URLSearchParams(hash.replace(/^#/, '').replaceAll('+', '%2B'))
  const repository = parameters.get('repository') || null
  const get = (name: (typeof names)[number]): string | null => parameters.get(name) || null
  return {
    repository: repository === null || repository === 'sample' ? repository : withoutSecrets(repository),
    branch: get('branch'),
    commit: get('commit'),
    collection: get('collection'),
    record: get('record'),
  }
}

/** Writes a route as a location hash; `''` for the start page. */
export function formatRoute(route: Route): string {
  const parts = names.flatMap((name) => {
    const value = route[name]
    if (value === null) return []
    const text = name === 'repository' && value !== 'sample' ? withoutSecrets(value) : value
    return [`${name}=${encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%3A', ':')}`]
  })
  return parts.length === 0 ? '' : `#${parts.join('&')}`
}
