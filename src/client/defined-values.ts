import { isMap } from '../protocol/options.ts'
import type { WriteOperation } from '../protocol/writes.ts'

/**
 * The same operation without entries that are undefined in the maps of what it writes: forms and optional fields give
 * such. The fields of a patch stay, they remove those of the record, and so do items of lists, which the engine refuses.
 */
export function withDefinedValues(operation: WriteOperation): WriteOperation {
  try {
    if ('rows' in operation)
      return { ...operation, rows: operation.rows.map((row) => withDefined(row, 'value')) }
    if ('patches' in operation)
      return { ...operation, patches: operation.patches.map((each) => withDefined(each, 'patch')) }
    if ('patch' in operation) return withDefined(operation, 'patch')
  } catch {
    // A value that holds itself: the engine says so.
  }
  return operation
}

function withDefined<Part extends object>(part: Part, field: string): Part {
  const fields = isMap(part) && part[field]
  if (!isMap(fields)) return part
  const entries = Object.entries(fields).map(([name, value]) => [name, defined(value)])
  return { ...part, [field]: Object.fromEntries(entries) }
}

function defined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(defined)
  if (!isMap(value)) return value
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(entries.map(([name, item]) => [name, defined(item)]))
}
