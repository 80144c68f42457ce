import { EspalierError } from '../../src/protocol/errors.ts'
import type { Json, Patch, RecordValue, Row } from '../../src/protocol/records.ts'
import { revisionOf } from './revision.ts'

/** A record as reads return it. The library's names win over fields that a file declares with them. */
export function toRow(key: string, value: RecordValue): Row {
  return { ...value, $id: key, $rev: revisionOf(value) }
}

/**
 * The value after a patch: given fields are replaced whole, `undefined` removes a field, and fields keep their
 * order. `$id` and `$rev` are ignored, so that a row may be patched with itself.
 */
export function applyPatch(value: RecordValue, patch: Patch): RecordValue {
  const result: [string, Json][] = []
  for (const name of Object.keys(value)) {
    const now = Object.hasOwn(patch, name) ? patch[name] : value[name]
    if (now !== undefined) result.push([name, now])
  }
  for (const name of Object.keys(patch)) {
    const added = patch[name]
    if (added !== undefined && !Object.hasOwn(value, name) && !isLibraryName(name)) result.push([name, added])
  }
  // fromEntries defines own properties: a field named __proto__ stays a field.
  return Object.fromEntries(result)
}

const maxDepth = 200

/** Refuses what a record cannot hold. Throws `record/bad-value` naming the field. */
export function checkValue(value: RecordValue, where: { collection: string; key: string }): void {
  if (!isPlainMap(value)) throw badValue(where, '', 'is not a map of fields')
  for (const field of Object.keys(value)) {
    const problem = problemOf(value[field], 1)
    if (problem) throw badValue(where, field, problem)
  }
}

function badValue(where: { collection: string; key: string }, field: string, problem: string): EspalierError {
  const name = field ? `The field "${field}"` : 'The value'
  return new EspalierError(
    'record/bad-value',
    `${name} of ${where.collection}/${where.key} ${problem}. Give JSON data.`,
    {
      data: { ...where, ...(field ? { field } : {}) },
    },
  )
}

function problemOf(value: unknown, depth: number): string | undefined {
  if (depth > maxDepth) return `is nested deeper than ${maxDepth} levels`
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined
    case 'number':
      return Number.isFinite(value) ? undefined : `holds ${value}, which no record file can hold`
    case 'object':
      break
    default:
      return `holds a ${typeof value}`
  }
  if (value === null) return undefined
  const items: readonly unknown[] | undefined = Array.isArray(value)
    ? value
    : isPlainMap(value)
      ? Object.values(value)
      : undefined
  if (!items) return `holds ${Object.prototype.toString.call(value)}`
  for (const item of items) {
    const problem = problemOf(item, depth + 1)
    if (problem) return problem
  }
  return undefined
}

function isPlainMap(value: unknown): value is RecordValue {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function isLibraryName(name: string): boolean {
  return name === '$id' || name === '$rev'
}
