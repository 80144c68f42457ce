import type { MergeConflict } from '../../../../src/protocol/merge-calls.ts'
import type { Json, RecordValue } from '../../../../src/protocol/records.ts'
import { isJsonMap } from '../../../format/record-value.ts'

/** Stands in a base for what its own bases disagree about: no side has it, so no side counts as unchanged. */
const doubt = '\u{e000}the bases differ\u{e000}'

/** A record of the base with the places marked about which the bases disagree. */
export function withDoubt(value: RecordValue | undefined, conflicts: readonly MergeConflict[]): RecordValue {
  const fields = new Map<string, Json>(Object.entries(value ?? {}))
  // A whole record in doubt gets a field that no side has.
  for (const { path } of conflicts) fields.set(String(path[0] ?? doubt), doubt)
  return Object.fromEntries(fields)
}

/** A value of the base as it is shown: without the marks. */
export function withoutDoubt(value: Json | undefined): Json | undefined {
  if (value === doubt) return undefined
  if (!isJsonMap(value)) return value
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== doubt),
  )
}
