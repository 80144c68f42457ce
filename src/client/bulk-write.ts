import { rebuildWritten, type BulkRecords } from '../protocol/bulk-write.ts'
import type { HandleId } from '../protocol/engine.ts'
import type { Row } from '../protocol/records.ts'
import type { WriteOptions } from '../protocol/validation.ts'
import type { WriteOperation } from '../protocol/writes.ts'
import type { Connection } from './connection.ts'

/** From this many rows on they cross the worker boundary as text. */
const manyRows = 100

/** Sends one write of a collection; resolves with the rows it wrote. */
export async function sendWrite(
  connection: Connection,
  handle: HandleId,
  operation: WriteOperation,
  options: WriteOptions | undefined,
): Promise<readonly Row[]> {
  const rows = 'rows' in operation && operation.rows.length >= manyRows ? operation.rows : undefined
  // What is not JSON goes as it is: the engine says what is wrong with it.
  if (!rows || !('rows' in operation) || !isJson(rows)) {
    return connection.call((engine) => engine.write(handle, operation, options))
  }
  const { rows: _rows, collection, ...rest } = operation
  const records: BulkRecords = { collection, rows }
  const bulk = { ...rest, text: JSON.stringify(records), ...(options && { options }) }
  const written = await connection.call((engine) => engine.writeBulk(handle, bulk))
  return rebuildWritten(rows, written)
}

/** Whether JSON text gives back just this value. */
function isJson(value: unknown): boolean {
  try {
    return isPlain(value)
  } catch {
    return false // it holds itself, or is too deep
  }
}

function isPlain(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value)
    case 'object':
      break
    default:
      return false
  }
  if (value === null) return true
  // Not `every`: it passes over holes, of which text makes null.
  if (Array.isArray(value)) {
    for (const item of value) if (!isPlain(item)) return false
    return true
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  // A list of ten thousand rows' values takes twice the time.
  for (const name in value) if (!isPlain((value as { readonly [name: string]: unknown })[name])) return false
  return true
}
