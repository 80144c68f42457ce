import { planSchemaChanges } from './plan-changes.ts'
import type { SchemaTools } from './schema-tools.ts'

/** The tools of the `espalier/schema` plug-in. */
export function createSchemaTools(): SchemaTools {
  return {
    plan: planSchemaChanges,
    infer: async () => ({ plan: { files: [], records: 0, issues: [], summary: [] }, edits: [] }),
  }
}
