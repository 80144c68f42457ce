import type { FieldDiff } from '../../src/protocol/diff.ts'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import { equalValues } from '../format/record-diff.ts'
import { isJsonMap } from '../format/record-value.ts'

/** The fields that differ: maps field by field, everything else as a whole; in the order of `before`, then of `after`. */
export function diffFields(before: RecordValue, after: RecordValue): readonly FieldDiff[] {
  const fields: FieldDiff[] = []
  diffMaps(fields, before, after, [])
  return fields
}

function diffMaps(
  fields: FieldDiff[],
  before: RecordValue,
  after: RecordValue,
  above: readonly string[],
): void {
  let shared = 0
  for (const name of Object.keys(before)) {
    const old = before[name] as Json // it has it
    if (!Object.hasOwn(after, name)) {
      fields.push({ path: [...above, name], before: old })
      continue
    }
    shared++
    const value = after[name] as Json // it has it
    // Most fields are the same: those cost nothing but the comparison.
    if (old !== value) diffValue(fields, old, value, above, name)
  }
  const later = Object.keys(after)
  if (later.length === shared) return
  for (const name of later)
    if (!Object.hasOwn(before, name)) fields.push({ path: [...above, name], after: after[name] as Json })
}

function diffValue(
  fields: FieldDiff[],
  before: Json,
  after: Json,
  above: readonly string[],
  name: string,
): void {
  if (isJsonMap(before) && isJsonMap(after)) diffMaps(fields, before, after, [...above, name])
  else if (!equalValues(before, after)) fields.push({ path: [...above, name], before, after })
}

/** Tells which changes of fields somebody wants to know of. */
export interface FieldFilter {
  /** The changes of wanted fields, of parts of them, and of maps that hold them. */
  pick(fields: readonly FieldDiff[]): readonly FieldDiff[]
  /** Whether a record has one of the wanted fields. */
  isIn(value: RecordValue): boolean
}

/** `names`: fields, or parts of them (`address.city`). A field whose own name has dots is meant as well. */
export function createFieldFilter(names: readonly string[]): FieldFilter {
  const isWanted = (path: readonly string[]): boolean => {
    const field = path.join('.')
    return names.some(
      (name) => field === name || field.startsWith(`${name}.`) || name.startsWith(`${field}.`),
    )
  }
  const hasPart = (value: Json | undefined, name: string): boolean => {
    if (!isJsonMap(value)) return false
    if (Object.hasOwn(value, name)) return true
    return Object.entries(value).some(
      ([field, below]) => name.startsWith(`${field}.`) && hasPart(below, name.slice(field.length + 1)),
    )
  }
  return {
    pick: (fields) => fields.filter(({ path }) => isWanted(path)),
    isIn: (value) => names.some((name) => hasPart(value, name)),
  }
}
