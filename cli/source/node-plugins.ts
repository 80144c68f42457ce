import { joinPlugins, type EnginePlugin } from '../../worker/engine/plugins.ts'
import { ajv } from '../../worker/plugins/ajv.ts'
import { formulas } from '../../worker/plugins/formula.ts'
import { schemaTools } from '../../worker/plugins/schema.ts'
import { toml } from '../../worker/plugins/toml.ts'
import { createSchemaTools } from '../../worker/schema-tools/create-schema-tools.ts'
import type { SchemaTools } from '../../worker/schema-tools/schema-tools.ts'

/** Every optional part of the format: in Node all are built in. */
export const nodePlugins: EnginePlugin = joinPlugins([schemaTools(), formulas(), toml(), ajv()])

/** Plans changes of schemas and proposes definitions. */
export const toolsOfSchemas: SchemaTools = createSchemaTools()
