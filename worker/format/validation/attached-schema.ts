import { EspalierError } from '../../../src/protocol/errors.ts'
import type { Issue } from '../../../src/protocol/issues.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { createJsonCodec } from '../json/json-codec.ts'
import type { FormatPlugins, JsonSchemaCheck } from '../plugins.ts'
import { compileRules } from './record-rules.ts'
import type { CollectionRules } from './validation-source.ts'

/**
 * The rules of a collection, with the JSON Schema that is attached to it. A schema that cannot be run is an
 * issue, and the other rules hold without it.
 */
export async function readRules(
  definition: CollectionDefinition,
  readFile: (path: string) => Promise<Uint8Array | undefined>,
  plugins: FormatPlugins = {},
): Promise<CollectionRules> {
  const { id, jsonSchema: file } = definition
  const formulas = plugins.extras?.loaded?.formulas
  if (file === undefined) return { rules: compileRules(definition, { formulas }), issues: [] }
  const issue = (severity: Issue['severity'], message: string, data: object = {}): CollectionRules => ({
    rules: compileRules(definition, { formulas }),
    issues: [{ code: 'validation/schema', severity, message, file, ...data, collection: id }],
  })
  if (plugins.jsonSchema === undefined) {
    return issue('warning', 'This JSON Schema is not run: it needs the plug-in "espalier/ajv" in the worker.')
  }
  const bytes = await readFile(file)
  if (bytes === undefined) return { rules: compileRules(definition, { formulas }), issues: [] }
  let check: JsonSchemaCheck
  try {
    check = plugins.jsonSchema.compile(createJsonCodec().parse(bytes))
  } catch (error) {
    const { line, column } = error instanceof EspalierError ? error.data : {}
    const place = typeof line === 'number' && typeof column === 'number' ? { line, column } : {}
    return issue(
      'error',
      `This JSON Schema cannot be used: ${error instanceof Error ? error.message : ''}`,
      place,
    )
  }
  return { rules: compileRules(definition, { jsonSchema: check, formulas }), issues: [] }
}
