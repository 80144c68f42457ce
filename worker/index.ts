import { expose } from 'comlink'
import { createBrowserPlatform } from './engine/browser-platform.ts'
import { createEngine } from './engine/engine.ts'

/**
 * Serves the engine to the page that started this worker. A worker entry of your own is two lines:
 *
 * @example
 * ```ts
 * import { serve } from 'espalier/worker'
 * serve()
 * ```
 */
export function serve(): void {
  expose(createEngine(createBrowserPlatform()))
}
