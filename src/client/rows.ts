import { isMap, refuseOption } from '../protocol/options.ts'
import type { Json, RecordValue, Row } from '../protocol/records.ts'
import { escapeKey, unescapeKey } from '../protocol/record-key.ts'
import type { NewRecord } from '../protocol/writes.ts'

/** The fields of a row, without what the library adds; one that is undefined, as forms give them, is not there. */
export function fieldsOf(row: Row): RecordValue {
  const given = row as Row & { [field: string]: Json } // a row is its fields and these
  const { $id: _id, $rev: _rev, $parent: _parent, $status: _status, ...fields } = given
  for (const name in fields) if (fields[name] === undefined) delete fields[name]
  return fields
}

/** A row that an app gives, as fields and the key when it has one. */
export function splitRow(row: object): NewRecord {
  if (!isMap(row)) refuseOption('row', row, 'an object of fields')
  const given = row as Row // its names are those of a row
  const key: string | undefined = given.$id
  return key === undefined ? { value: fieldsOf(given) } : { key, value: fieldsOf(given) }
}

/** Own keys ⇄ whole keys, where records go by their own keys below a parent. */
export interface KeyScope {
  whole(key: string): string
  own(row: Row): Row
}

/** `parent`: as it stands in whole keys; absent where keys are whole already. */
export function keyScope(parent: string | undefined): KeyScope {
  if (parent === undefined) return { whole: (key) => key, own: (row) => row }
  return {
    // What is no text is no key, and the engine's to refuse.
    whole: (key) => (typeof key === 'string' ? `${parent}/${escapeKey(key)}` : key),
    own: (row) => ({ ...row, $id: unescapeKey(row.$id.slice(parent.length + 1)) }),
  }
}
