import { EspalierError } from '../../protocol/errors.ts'
import { isMap, shown } from '../../protocol/options.ts'
import type { Expression, FieldPath } from '../../protocol/query.ts'
import type { Json } from '../../protocol/records.ts'

/** `'names.en'` or steps, as the IR has it. */
export function toPath(name: unknown): FieldPath {
  const steps: unknown = typeof name === 'string' ? name.split('.') : name
  if (isTexts(steps) && steps.length > 0 && !steps.includes('')) return steps
  throw invalid(
    `${shown(name)} names no field. Write 'column', 'column.below', or the steps ['column', 'below'].`,
  )
}

export function toField(name: unknown): Expression {
  return { field: toPath(name) }
}

export function invalid(message: string, data: Readonly<Record<string, unknown>> = {}): EspalierError {
  return new EspalierError('query/invalid', message, { data })
}

/** More than the engine allows, far less than the stack holds. */
const maxDepth = 100
let depth = 0

/** A part within another: one that holds itself would never end. */
export function nested<Part>(make: () => Part): Part {
  if (depth > maxDepth) throw invalid('The query is nested too deeply, or holds itself.')
  depth++
  try {
    return make()
  } finally {
    depth--
  }
}

/** Refuses what is no JSON: a forgotten value must never widen a query. */
export function toJson(value: unknown, name: string): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) {
    return value as Json // a scalar: checked in this line
  }
  if (Array.isArray(value)) return nested(() => value.map((each) => toJson(each, name)))
  if (isMap(value)) {
    return nested(() =>
      Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toJson(each, name)])),
    )
  }
  const hint = value instanceof Date ? 'Write toISOString(), of a day .slice(0, 10).' : ''
  throw invalid(`${name} is compared with ${shown(value)}, which is no JSON value. ${hint}`.trim(), {
    field: name,
  })
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}
