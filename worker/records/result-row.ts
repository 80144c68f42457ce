import type { Json, Row } from '../../src/protocol/records.ts'
import { wholeRow } from './lazy-row.ts'

const wholes = new WeakMap<Row, Row>()

/** A table's row as a result: with its own `$rev`. The same object for the same row, as long as somebody holds it. */
export function toResultRow(row: Row): Row {
  if (Object.hasOwn(row, '$rev')) return row
  const known = wholes.get(row)
  if (known !== undefined) return known
  const whole = wholeRow(row)
  wholes.set(row, whole)
  return whole
}

/** A field of a result, whatever its name: `__proto__` is a field like others. */
export function setField(result: { [name: string]: Json }, name: string, value: Json): void {
  if (name === '__proto__') {
    Object.defineProperty(result, name, { value, writable: true, enumerable: true, configurable: true })
  } else result[name] = value
}
