import type { EnginePlugin } from '../engine/platform/plugins.ts'
import { createTextIndex } from './text-index.ts'

/**
 * Ranked full text search (BM25): whole words count most, then words that begin like one, then words with a letter or
 * two wrong. The index of a collection is built in memory when it is first searched and follows its records.
 *
 * @example
 * ```ts
 * // my-worker.ts
 * import { serve } from 'espalier/worker'
 * import { search } from 'espalier/search'
 *
 * serve({ plugins: [search()] })
 * ```
 */
export function search(): EnginePlugin {
  return { name: 'espalier/search', searchIndex: createTextIndex }
}
