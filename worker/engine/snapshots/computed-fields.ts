import { EspalierError } from '../../../src/protocol/errors.ts'
import type { Json, Patch, RecordValue } from '../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import type { ComputedColumns } from '../../format/formula/computed-columns.ts'
import type { FormulaLanguage } from '../../format/extras.ts'
import { equalValues } from '../../format/record-diff.ts'
import { applyPatch } from '../../records/row.ts'

const compiled = new WeakMap<CollectionDefinition, ComputedColumns>()

/** The computed columns of a collection, compiled once; undefined when it has none, or nothing runs formulas. */
export function computedOf(
  definition: CollectionDefinition,
  formulas: FormulaLanguage | undefined,
): ComputedColumns | undefined {
  if (!formulas || !definition.columns.some(({ formula }) => formula !== undefined)) return undefined
  const known = compiled.get(definition) ?? formulas.computed(definition)
  compiled.set(definition, known)
  return known
}

/**
 * What a patch stores: computed fields are never stored, so those that say what the record says anyway are left
 * out. `now` is `{}` for a new record. Throws `record/bad-value` for another value.
 */
export function storedPatch<P extends Patch>(
  {
    definition,
    formulas,
  }: { readonly definition: CollectionDefinition; readonly formulas: FormulaLanguage | undefined },
  key: string,
  patch: P,
  now: RecordValue,
): P {
  const computed = computedOf(definition, formulas)
  // Undefined takes away what a file should never have stored.
  const given = computed?.names.filter((name) => Object.hasOwn(patch, name) && patch[name] !== undefined)
  if (!computed || !given?.length) return patch
  const entries = Object.entries(patch).filter(([name]) => !given.includes(name))
  const stored = Object.fromEntries(entries) as P // fewer fields of the same patch
  const after = applyPatch(now, stored)
  for (const name of given) {
    if (![now, after].some((record) => isComputed(computed, record, name, patch[name])))
      throw notStored(definition.id, key, name)
  }
  return stored
}

function isComputed(
  computed: ComputedColumns,
  record: RecordValue,
  name: string,
  value: Json | undefined,
): boolean {
  const outcome = computed.valueOf(record, name)
  return outcome?.ok === true && equalValues(outcome.value, value)
}

function notStored(collection: string, key: string, field: string): EspalierError {
  return new EspalierError(
    'record/bad-value',
    `"${field}" of ${collection}/${key} is computed from other fields and cannot be set. Change those fields.`,
    { data: { collection, key, field } },
  )
}
