import { createBrowserPlatform } from './engine/platform/browser-platform.ts'
import { createEngine } from './engine/engine.ts'
import { createParts, type EnginePlugin } from './engine/platform/plugins.ts'
import { extras } from './extras.ts'
import { givenExtras } from './format/extras.ts'
import { exposeEngine } from './expose-engine.ts'

/** What a worker of your own adds. */
export interface ServeOptions {
  /** Optional parts: `ajv()` from `espalier/ajv`, `search()` from `espalier/search`. */
  readonly plugins?: readonly EnginePlugin[]
}

export type { EnginePlugin } from './engine/platform/plugins.ts'

/**
 * Serves the engine to the page that started this worker. A worker entry of your own is a few lines, and one file
 * with everything in it:
 *
 * @example
 * ```ts
 * import { serve } from 'espalier/worker'
 * import { ajv } from 'espalier/ajv'
 * serve({ plugins: [ajv()] })
 * ```
 */
export function serve({ plugins = [] }: ServeOptions = {}): void {
  exposeEngine(createEngine(createBrowserPlatform(), createParts(givenExtras(extras), plugins)))
}
