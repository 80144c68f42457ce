import type { FieldPath } from '../../src/protocol/query.ts'
import type { Row } from '../../src/protocol/records.ts'
import { identityOf } from './compare-values.ts'
import { compilePath, pathId, type ReadValue } from './field-path.ts'
import type { Table } from './table.ts'

/** What a query has looked up in a table: keys, and values of fields. */
export interface Lookups {
  readonly keys: Set<string>
  readonly fields: Map<string, LookedUpField>
  /** It has asked for rows in another way: only all of them will do. */
  isAll: boolean
  field(path: FieldPath, isList: boolean): LookedUpField
  /** The lookups that a row is an answer to, other than by its key. */
  placesOf(row: Row): readonly unknown[]
  /** Grows with what is looked up. */
  size(): number
  copy(): Lookups
}

interface LookedUpField {
  readonly read: ReadValue
  /** The items of the lists there are looked up. */
  readonly isList: boolean
  /** As `identityOf` tells them apart. */
  readonly values: Set<unknown>
}

export function noLookups(): Lookups {
  return createLookups(new Set(), new Map(), false)
}

function createLookups(keys: Set<string>, fields: Map<string, LookedUpField>, isAll: boolean): Lookups {
  const lookups: Lookups = {
    keys,
    fields,
    isAll,
    field: (path, isList) => {
      const name = `${isList} ${pathId(path)}`
      const field = fields.get(name) ?? { read: compilePath(path), isList, values: new Set() }
      fields.set(name, field)
      return field
    },
    placesOf: (row) =>
      [...fields.values()].flatMap(({ read, isList, values }) => {
        const value = read(row)
        const found = isList ? (Array.isArray(value) ? [...new Set(value)] : []) : [identityOf(value)]
        return found.filter((one) => values.has(one))
      }),
    size: () =>
      [...fields.values()].reduce((sum, { values }) => sum + values.size, keys.size + Number(lookups.isAll)),
    copy: () =>
      createLookups(
        new Set(keys),
        new Map(Array.from(fields, ([name, field]) => [name, { ...field, values: new Set(field.values) }])),
        lookups.isAll,
      ),
  }
  return lookups
}

/**
 * A table that holds the answers to some lookups only. What else is looked up is added to `missing`, and not found:
 * whoever runs a query reads that and runs it again.
 */
export function lookupTable(table: Table, known: Lookups, missing: Lookups): Table {
  const all = (): Table => {
    missing.isAll = true
    return table
  }
  const has = (path: FieldPath, isList: boolean): ((value: unknown) => boolean) => {
    const { values } = known.field(path, isList)
    const noted = missing.field(path, isList)
    return (value) => {
      if (values.has(value)) return true
      noted.values.add(value)
      return false
    }
  }
  return {
    ...table,
    get version() {
      return table.version
    },
    get size() {
      return all().size
    },
    get: (key) => {
      if (known.keys.has(key)) return table.get(key)
      missing.keys.add(key)
      return undefined
    },
    rows: () => all().rows(),
    hashIndex: (path) => {
      const isThere = has(path, false)
      const { find, count } = table.hashIndex(path)
      return {
        find: (value) => (isThere(identityOf(value)) ? find(value) : []),
        count: (value) => (isThere(identityOf(value)) ? count(value) : 0),
        counts: () => all().hashIndex(path).counts(),
      }
    },
    itemIndex: (path) => {
      const isThere = has(path, true)
      const find = table.itemIndex(path)
      return (item) => (isThere(item) ? find(item) : [])
    },
    sortedIndex: (path, locale) => all().sortedIndex(path, locale),
    searchIndex: (make) => all().searchIndex(make),
  }
}
