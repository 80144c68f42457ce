import { expose } from 'comlink'
import { createBrowserPlatform } from './engine/browser-platform.ts'
import { createEngine } from './engine/engine.ts'
import { joinPlugins, type EnginePlugin } from './engine/plugins.ts'

/** What a worker of your own adds. */
export interface ServeOptions {
  /** Optional parts, for example `toml()` from `espalier/toml`. */
  readonly plugins?: readonly EnginePlugin[]
}

export type { EnginePlugin } from './engine/plugins.ts'

/**
 * Serves the engine to the page that started this worker. A worker entry of your own is a few lines:
 *
 * @example
 * ```ts
 * import { serve } from 'espalier/worker'
 * import { toml } from 'espalier/toml'
 * serve({ plugins: [toml()] })
 * ```
 */
export function serve({ plugins = [] }: ServeOptions = {}): void {
  expose(createEngine(createBrowserPlatform(), joinPlugins(plugins)))
}
