import type { Query } from '../../src/protocol/query.ts'
import type { Json, Row } from '../../src/protocol/records.ts'
import { compileExpression, type Scope } from './expressions.ts'
import { fieldsRevision, rowRevision } from './revision.ts'

/**
 * A table's row as a result: it gets its own `$rev`, and is the same object for whoever asks again. `whenRead`: the
 * revision is worked out when somebody reads it, as whoever copies the row does.
 */
export function toResultRow(row: Row, whenRead = false): Row {
  if (Object.hasOwn(row, '$rev')) return row
  if (whenRead) return Object.defineProperty(row, '$rev', revisionWhenRead)
  const own: { $rev: string } = row // the table made it, and all who read it mean the same
  own.$rev = fieldsRevision(row)
  return row
}

/** Of all rows the same: so they keep one shape. */
const revisionWhenRead: TypedPropertyDescriptor<string> & ThisType<Row> = {
  enumerable: true,
  configurable: true,
  get() {
    return fieldsRevision(this)
  },
}

/** Makes results of what is selected, beside the key and revision of a record. `distinct`: without these. */
export function compileSelection<Env>(
  select: NonNullable<Query['select']>,
  scope: Scope<Env>,
  metaOf: (env: Env) => Row | undefined,
  distinct = false,
): (env: Env) => { [name: string]: Json } {
  const fields = Object.entries(select).map(([name, expression]) => ({
    name,
    read: compileExpression(expression, scope),
  }))
  return (env) => {
    const meta = distinct ? undefined : metaOf(env)
    const row: { [name: string]: Json } = meta === undefined ? {} : { $id: meta.$id, $rev: rowRevision(meta) }
    for (const { name, read } of fields) {
      const value = read(env)
      // Null and missing are one value where values are told apart.
      if (value !== undefined || distinct) setField(row, name, value ?? null)
    }
    return row
  }
}

/** A field of a result, whatever its name: `__proto__` is a field like others. */
export function setField(result: { [name: string]: Json }, name: string, value: Json): void {
  if (name === '__proto__') {
    Object.defineProperty(result, name, { value, writable: true, enumerable: true, configurable: true })
  } else result[name] = value
}
