import { signal } from '@preact/signals'

/** What the host of this page offers to open (`espalier-start.json` beside the page). */
export interface StartConfig {
  /** The address of the embedded sample, a git bundle. */
  readonly bundle: string
  readonly remotes: readonly { readonly title: string; readonly url: string }[]
}

const absolute = (path: string): string => new URL(path, document.baseURI).href

/** The offers; the embedded sample alone until the file has arrived. */
export const startConfig = signal<StartConfig>({ bundle: 'sample.bundle', remotes: [] })

let loading: Promise<StartConfig> | undefined

/** Reads the file once. A host without it offers the sample. */
export function loadStartConfig(): Promise<StartConfig> {
  loading ??= read().then((config) => (startConfig.value = config))
  return loading
}

async function read(): Promise<StartConfig> {
  const fallback = { bundle: absolute('sample.bundle'), remotes: [] }
  try {
    const response = await fetch(absolute('espalier-start.json'))
    return response.ok ? parse(await response.json(), fallback) : fallback
  } catch {
    return fallback
  }
}

function parse(json: unknown, fallback: StartConfig): StartConfig {
  if (typeof json !== 'object' || json === null) return fallback
  const { bundle, remotes } = json as { bundle?: unknown; remotes?: unknown } // an object: the line before
  return {
    bundle: typeof bundle === 'string' ? absolute(bundle) : fallback.bundle,
    remotes: Array.isArray(remotes) ? remotes.flatMap(parseRemote) : [],
  }
}

function parseRemote(json: unknown): StartConfig['remotes'] {
  if (typeof json !== 'object' || json === null) return []
  const { title, url } = json as { title?: unknown; url?: unknown } // an object: the line before
  if (typeof url !== 'string') return []
  return [{ title: typeof title === 'string' ? title : url, url: absolute(url) }]
}
