import type { EnginePlugin } from '../engine/plugins.ts'
import { inferCollections } from '../format/infer/infer-collections.ts'
import { createSchemaTools } from '../schema-tools/create-schema-tools.ts'

/**
 * Changes of the schema (`db.schema`), repositories without definitions (they open read-only) and proposed
 * definitions for them; for a worker entry of your own.
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
  return { name: 'espalier/schema', schemaTools: createSchemaTools(), inferCollections }
}
