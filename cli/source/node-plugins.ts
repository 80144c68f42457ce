import { createParts, type EngineCodecs, type EngineParts } from '../../worker/engine/platform/plugins.ts'
import { extras } from '../../worker/extras.ts'
import { givenExtras } from '../../worker/format/extras.ts'
import { ajv } from '../../worker/plugins/ajv.ts'
import { noSettings } from '../../worker/engine/queries/hide-deleted.ts'
import type { SchemaTools } from '../../worker/schema-tools/schema-tools.ts'

/** Every optional part of the format: in Node all are built in. */
export const nodePlugins: EngineParts = createParts(givenExtras(extras), [ajv()])

/** Reads and writes every format of record files. */
export const nodeCodecs: EngineCodecs = { plugins: nodePlugins, settingsOf: noSettings }

/** Plans changes of schemas and proposes definitions. */
export const toolsOfSchemas: SchemaTools = extras.schemaTools
