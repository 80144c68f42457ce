import type { FieldPath } from '../../src/protocol/query.ts'
import type { Json, Row } from '../../src/protocol/records.ts'
import type { Value } from './compare-values.ts'
import { normalText } from './normal-text.ts'
import { referenceOf, type CollectionShape } from './query-context.ts'
import { rowRevision } from './revision.ts'

/** Reads the value at a path of a row. */
export type ReadValue = (row: Row) => Value

/**
 * Compiles a path. A step goes into a map by field name, and into a list by position where it is a number; any other
 * step goes into the maps of a list, those of lists in it too, and gives one list of what they hold there
 * (`['lines', 'sku']`: all the lines' skus; `['orders', 'lines', 'sku']`: those of all orders). Fields are own properties
 * only, so that names like `__proto__` and `constructor` are fields like others.
 */
export function compilePath(path: FieldPath): ReadValue {
  const [first = '', ...rest] = path
  const readFirst = first === '$status' ? readStatus : first === '$rev' ? rowRevision : readField(first)
  if (rest.length === 0) return readFirst
  if (rest.length === 1) {
    const step = rest[0] ?? ''
    return (row) => stepInto(readFirst(row), step)
  }
  return (row) => rest.reduce<Value>(stepInto, readFirst(row))
}

/** The last step of a path whose values are read as keys; no field that a query names is called so. */
export const asKey = '\u0000'

/** A path as queries read it: one that begins with a foreign key gives keys, in their form (NFC). */
export function keyPath(path: FieldPath, shape: CollectionShape | undefined): FieldPath {
  return referenceOf(shape, path[0] ?? '') === undefined ? path : [...path, asKey]
}

/** A path as its query has it. */
export function namedPath(path: FieldPath): FieldPath {
  return path.at(-1) === asKey ? path.slice(0, -1) : path
}

/** One text per path: to know indexes by. */
export function pathId(path: FieldPath): string {
  return JSON.stringify(path)
}

/** A row that says nothing is clean. */
function readStatus(row: Row): Value {
  return row.$status ?? 'clean'
}

function readField(name: string): ReadValue {
  // Rows are plain objects: what Object.prototype does not have is either an own property or undefined.
  if (!(name in Object.prototype)) return (row) => row[name]
  return (row) => (Object.hasOwn(row, name) ? row[name] : undefined)
}

const position = /^(?:0|[1-9]\d{0,9})$/

function stepInto(value: Value, step: string): Value {
  if (step === asKey) return normalText(value)
  if (typeof value !== 'object' || value === null) return undefined
  if (!Array.isArray(value)) return Object.hasOwn(value, step) ? fieldOf(value, step) : undefined
  if (position.test(step)) return value[Number(step)] as Value // an array of JSON values
  return (value as readonly Json[]).flatMap((item) => {
    const inner = stepInto(item, step)
    // A name finds a list in a list, which joins the others; in a map what that holds.
    return (Array.isArray(item) ? inner : inner === undefined ? [] : [inner]) as Json[]
  })
}

function fieldOf(value: object, name: string): Value {
  return (value as { readonly [name: string]: Json })[name] // a JSON value that is an object
}
