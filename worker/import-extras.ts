import { protocolVersion } from '../src/protocol/engine.ts'
import { EspalierError } from '../src/protocol/errors.ts'
import type { EngineExtras, EngineExtrasLoader } from './engine/platform/plugins.ts'

/**
 * Imports the extras from the address that the page says, once, when they are first needed; a failure is tried again
 * at the next call. Throws `client/extras-failed`.
 */
export function importExtras(): EngineExtrasLoader {
  let url = new URL('extras.js', self.location.href).href
  let failures = 0
  let loading: Promise<EngineExtras> | undefined
  let loaded: EngineExtras | undefined
  return {
    get loaded() {
      return loaded
    },
    locatedAt(address) {
      url = address
    },
    load() {
      // A module that failed fails for ever under the same address, unless its fragment differs.
      loading ??= importFrom(failures === 0 ? url : `${url}#${failures}`).then(
        (extras) => (loaded = extras),
        (error: unknown) => {
          failures++
          loading = undefined
          throw error
        },
      )
      return loading
    },
  }
}

async function importFrom(url: string): Promise<EngineExtras> {
  let module: { readonly protocol?: unknown; readonly extras?: unknown }
  try {
    // Bundlers copied the file: they must leave this alone.
    module = await import(/* webpackIgnore: true */ /* @vite-ignore */ url)
  } catch (cause) {
    throw failed(url, `could not be loaded (${cause instanceof Error ? cause.message : ''})`, cause)
  }
  // The file of the same version exports them.
  if (module.protocol === protocolVersion) return module.extras as EngineExtras
  throw failed(url, 'comes from another version of espalier')
}

function failed(url: string, why: string, cause?: unknown): EspalierError {
  return new EspalierError(
    'client/extras-failed',
    `The worker's second file ${why}: ${url}. It reads what is not JSON. It must lie where the bundler put it and, for use offline, in the cache beside the worker; docs/bundlers.md says more.`,
    { data: { url }, ...(cause === undefined ? {} : { cause }) },
  )
}
