import { inferDefinitions } from './infer-definitions.ts'
import { planSchemaChanges } from './plan-changes.ts'
import type { SchemaTools } from './schema-tools.ts'

/** The tools behind `db.schema`. */
export function createSchemaTools(): SchemaTools {
  return {
    plan: planSchemaChanges,
    infer: inferDefinitions,
  }
}
