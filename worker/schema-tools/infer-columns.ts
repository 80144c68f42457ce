import type { Json, RecordValue } from '../../src/protocol/records.ts'
import type { ColumnInput } from '../../src/protocol/schema-changes.ts'
import { declaredType, type TypeGuess } from '../format/infer/value-types.ts'

/** A column is an enum when at least so many records share at most so many short texts. */
const minEnumRecords = 20
const maxEnumMembers = 10
const minRecordsPerMember = 5
const maxEnumLength = 40

/** The columns that some records need, in order of appearance; the library's own `$` fields are none. */
export function inferColumns(
  records: readonly RecordValue[],
  types: ReadonlyMap<string, TypeGuess>,
  keys: ReadonlySet<string>,
): ReadonlyMap<string, ColumnInput> {
  const columns = new Map<string, ColumnInput>()
  for (const [name, guess] of types) {
    if (name.startsWith('$')) continue
    const type = declaredType(guess)
    const title = titleOf(name)
    const required = records.every((record) => valueOf(record, name) !== null)
    const members = type === 'string' && !keys.has(name) ? enumOf(records, name) : undefined
    columns.set(name, {
      type,
      ...(title.toLowerCase() === name.toLowerCase() ? {} : { title }),
      ...(required ? { required } : {}),
      ...(members === undefined ? {} : { enum: members }),
    })
  }
  return columns
}

/** A field of a record; null when it is missing. */
export function valueOf(record: RecordValue, name: string): Json {
  return Object.hasOwn(record, name) ? (record[name] ?? null) : null
}

function enumOf(records: readonly RecordValue[], name: string): readonly string[] | undefined {
  const members = new Set<string>()
  let count = 0
  for (const record of records) {
    const value = valueOf(record, name)
    if (value === null) continue
    if (typeof value !== 'string' || value === '' || value.length > maxEnumLength) return undefined
    members.add(value)
    count++
    if (members.size > maxEnumMembers) return undefined
  }
  const isMany = count >= minEnumRecords && count >= members.size * minRecordsPerMember
  return isMany ? [...members].toSorted() : undefined
}

/** A name as words: `postalCode` and `postal_code` are "Postal code". */
export function titleOf(name: string): string {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[\s_-]+/)
    .filter((word) => word !== '')
    .map((word) => (/^[A-Z]{2,}$/.test(word) ? word : word.toLowerCase()))
    .join(' ')
  return words === '' ? name : words.charAt(0).toUpperCase() + words.slice(1)
}
