import type { EnginePlugin } from '../engine/plugins.ts'
import { createSchemaTools } from '../schema-tools/create-schema-tools.ts'

/**
 * Changes of the schema (`db.schema`) and proposed definitions, for a worker entry of your own.
 *
 * @example
 * ```ts
 * // my-worker.ts
 * import { serve } from 'espalier/worker'
 * import { schemaTools } from 'espalier/schema'
 *
 * serve({ plugins: [schemaTools()] })
 * ```
 */
export function schemaTools(): EnginePlugin {
  return { name: 'espalier/schema', schemaTools: createSchemaTools() }
}
