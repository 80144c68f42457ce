import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import type { Json } from '../../src/protocol/records.ts'
import type { EnginePlugin } from '../engine/platform/plugins.ts'
import { compileLinearPattern } from '../format/linear-pattern/linear-pattern.ts'
import type { JsonSchemaCheck } from '../format/plugins.ts'
import { isJsonMap, type ValuePath } from '../format/record-value.ts'

/**
 * Runs the JSON Schema files (2020-12) that are attached to collections: `record.schema.json` beside the
 * definition. Schemas are compiled with `new Function`, so the worker's Content Security Policy must allow it.
 * References leave the file never, patterns are those that run in linear time, `format` is a hint only.
 *
 * @example
 * ```ts
 * // my-worker.ts
 * import { serve } from 'espalier/worker'
 * import { ajv } from 'espalier/ajv'
 *
 * serve({ plugins: [ajv()] })
 * ```
 */
export function ajv(): EnginePlugin {
  return { name: 'espalier/ajv', jsonSchema: { compile } }
}

/** Finds more than this in one record only where the first ones are gone. */
const maxFindings = 100

function compile(schema: Json): JsonSchemaCheck {
  // A compiler of its own for each schema: their `$id`s are never seen by others.
  const compiler = new Ajv2020({
    allErrors: true,
    strict: false,
    validateFormats: false,
    inlineRefs: false,
    // A field named `constructor` is there only when the record has it.
    ownProperties: true,
    logger: false,
    code: { regExp: Object.assign(linearRegExp, { code: 'linearRegExp' }) },
  })
  // Its own implementation compares every item with every other one.
  compiler.removeKeyword('uniqueItems')
  compiler.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (wanted: boolean, items: readonly Json[]) =>
      !wanted || new Set(items.map(canonicalText)).size === items.length,
    error: { message: 'must NOT have duplicate items' },
  })
  if (!isJsonMap(schema)) throw new Error('a schema is an object')
  const validate = compiler.compile(schema)
  return (value) => {
    try {
      if (validate(value)) return []
    } catch (error) {
      // A schema that refers to itself without end.
      return [{ path: [], message: `The JSON Schema cannot be run: ${String(error)}.`, keyword: '$ref' }]
    }
    return (validate.errors ?? []).slice(0, maxFindings).map((error) => finding(value, error))
  }
}

function linearRegExp(source: string): Pick<RegExp, 'test'> {
  const pattern = compileLinearPattern(source)
  if (!pattern.ok) throw new Error(`the pattern ${JSON.stringify(source)} is refused: ${pattern.reason}`)
  // ajv keeps patterns by their text: without one of its own each would be taken for the first.
  const named = { test: pattern.test, toString: () => source }
  return named
}

function finding(
  value: Json,
  { instancePath, keyword, message, params }: ErrorObject,
): ReturnType<JsonSchemaCheck>[number] {
  const path: (string | number)[] = []
  let at: Json | undefined = value
  const follow = (name: string): void => {
    path.push(Array.isArray(at) ? Number(name) : name)
    at =
      typeof at === 'object' && at !== null && Object.hasOwn(at, name)
        ? (at as { [name: string]: Json })[name]
        : undefined
  }
  for (const name of instancePath.split('/').slice(1))
    follow(name.replaceAll('~1', '/').replaceAll('~0', '~'))
  // What is missing or too much is named beside the place of the map.
  const { missingProperty, additionalProperty, unevaluatedProperty, ...rest } = params as {
    readonly [name: string]: Json
  }
  const named = missingProperty ?? additionalProperty ?? unevaluatedProperty
  if (typeof named === 'string') path.push(named)
  const expected =
    rest['limit'] ?? rest['allowedValues'] ?? rest['allowedValue'] ?? rest['type'] ?? rest['pattern']
  const where = path.length === 0 ? 'The record' : `"${path.join('.')}"`
  return {
    path: path satisfies ValuePath,
    message: `${where} breaks the JSON Schema: ${message ?? keyword}.`,
    keyword,
    ...(expected === undefined ? {} : { expected }),
  }
}

/** Equal JSON data has equal text. */
function canonicalText(value: Json): string {
  return JSON.stringify(value, (_name, item: Json) =>
    isJsonMap(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item,
  )
}
