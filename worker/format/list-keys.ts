import { EspalierError } from '../../src/protocol/errors.ts'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'

/** The library's own fields of a row: they are its key, never part of the record's value. */
const ownFields = ['$ID', '$id'] as const

/** How the rows of a list file name their records (format facts §3.4). */
export interface ListKeys {
  /**
   * The key: `primary_key` columns joined with U+001F, else `$ID`, `$id` or `id`; as NFC text. Undefined when none
   * of them holds text, a number or a boolean.
   */
  keyOf(row: RecordValue): string | undefined
  /**
   * The row that says what `old` says, with the record's value changed.
   *
   * @throws EspalierError `record/bad-value` when the row would get another key.
   */
  changedRow(key: string, value: RecordValue, old: RecordValue): RecordValue
  /**
   * The row of a new record; `sibling` is another row of the file, whose key field it takes (`$ID` and the like are
   * added; `primary_key` columns and `id` are ordinary fields, which must agree with the key).
   *
   * @throws EspalierError `record/bad-value` when the value's own fields name another key.
   */
  newRow(key: string, value: RecordValue, sibling: RecordValue | undefined): RecordValue
}

/** The row keys of one collection's list files. */
export function createListKeys(
  definition: Pick<CollectionDefinition, 'primaryKey'> & Partial<Pick<CollectionDefinition, 'columns'>>,
): ListKeys {
  const { primaryKey, columns = [] } = definition

  const keyColumns = (row: RecordValue): readonly string[] => {
    const texts = primaryKey.map((name) => partOf(row, name))
    if (texts.length > 0 && !texts.includes(undefined)) return primaryKey
    return [...ownFields, 'id'].filter((name) => partOf(row, name) !== undefined).slice(0, 1)
  }
  const keyOf = (row: RecordValue): string | undefined => {
    const names = keyColumns(row)
    return names.length === 0
      ? undefined
      : names
          .map((name) => partOf(row, name))
          .join('\u001f')
          .normalize('NFC') || undefined
  }
  const checked = (row: RecordValue, key: string): RecordValue => {
    if (keyOf(row) === key) return row
    const keyed = keyColumns(row)
    const names = primaryKey.length > 0 ? primaryKey : keyed.length > 0 ? keyed : ['id']
    throw new EspalierError(
      'record/bad-value',
      `The record ${JSON.stringify(key)} must have its key in ${names.map((name) => `"${name}"`).join(', ')}.`,
      { data: { key, path: names.slice(0, 1) } },
    )
  }
  return {
    keyOf,
    changedRow: (key, value, old) => checked(withOwnFields(value, old), key),
    newRow(key, value, sibling) {
      const field = keyField(value, sibling)
      if (field === undefined) return checked(value, key)
      const like = sibling?.[field]
      const own = typeof like === 'number' && String(Number(key)) === key ? Number(key) : key
      return checked(Object.fromEntries([[field, own], ...Object.entries(value)]) as RecordValue, key)
    },
  }

  /** Which of `$ID` and `$id` a new row gets; undefined when its ordinary fields name it. */
  function keyField(value: RecordValue, sibling: RecordValue | undefined): '$ID' | '$id' | undefined {
    if (primaryKey.length > 0) {
      return primaryKey.length === 1 ? ownFields.find((name) => name === primaryKey[0]) : undefined
    }
    if (sibling !== undefined) {
      const [name] = keyColumns(sibling)
      return name === '$ID' || name === '$id' ? name : undefined
    }
    const declared = ['$ID', '$id', 'id'].find((name) => columns.some((column) => column.name === name))
    if (declared === 'id') return partOf(value, 'id') === undefined ? '$ID' : undefined
    return declared === '$id' ? '$id' : '$ID'
  }
}

/** What new records of a list say of their keys themselves, and how the others come to say it. */
export interface KeyFields {
  /** The key that the fields of a new record name. */
  keyIn(value: RecordValue): string | undefined
  /** The value with its own key in the fields that should say it and are not given. */
  withKey(own: string, value: RecordValue): RecordValue
}

/** Undefined where the rows of a collection say nothing of their keys. */
export function keyFieldsOf({
  recordFile,
  primaryKey,
  columns,
}: Pick<CollectionDefinition, 'recordFile' | 'primaryKey' | 'columns'>): KeyFields | undefined {
  if (!recordFile.type.startsWith('[]')) return undefined
  const declared = ['$ID', '$id', 'id'].find((name) => columns.some((column) => column.name === name))
  const fields =
    primaryKey.length > 0 ? primaryKey : [declared === 'id' && recordFile.format !== 'ingr' ? 'id' : '$ID']
  return {
    keyIn(value) {
      const parts = fields.map((name) => partOf(value, name))
      return parts.includes(undefined) ? undefined : parts.join('\u001f').normalize('NFC')
    },
    withKey(own, value) {
      const parts = fields.length === 1 ? [own] : own.split('\u001f')
      const lacking = fields.flatMap((name, index): (readonly [string, Json])[] => {
        const part = parts[index]
        if (part === undefined || name.startsWith('$') || Object.hasOwn(value, name)) return []
        return [[name, typedPart(part, columns.find((column) => column.name === name)?.type)]]
      })
      // Rows have these names, records do not: see `withoutOwnFields`.
      const fieldsOf = partOf(value, '$ID') === own ? withoutOwnFields(value) : value
      if (lacking.length === 0) return fieldsOf
      return Object.fromEntries([...lacking, ...Object.entries(fieldsOf)]) as RecordValue
    },
  }
}

function typedPart(part: string, type: string | undefined): Json {
  const number = Number(part)
  return (type === 'int' || type === 'float') && String(number) === part ? number : part
}

/** A key field as text; undefined when it is missing or no key. */
function partOf(row: RecordValue, name: string): string | undefined {
  const value = Object.hasOwn(row, name) ? row[name] : undefined
  if (typeof value === 'string') return value === '' ? undefined : value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/** The record's value: a row without `$ID` and `$id`. */
export function withoutOwnFields(row: RecordValue): RecordValue {
  if (!ownFields.some((name) => Object.hasOwn(row, name))) return row
  const { $ID: _ID, $id: _id, ...value } = row
  return value
}

/** A record's value as a row, with `$ID` and `$id` as an older row of it has them. */
export function withOwnFields(value: RecordValue, old: RecordValue): RecordValue {
  const own = ownFields.filter((name) => Object.hasOwn(old, name)).map((name) => [name, old[name] as Json])
  return own.length === 0 ? value : (Object.fromEntries([...own, ...Object.entries(value)]) as RecordValue)
}
