import type { Json } from '../../src/protocol/records.ts'
import { isJsonMap } from '../format/record-value.ts'
import { mergeMaps } from './merge-maps.ts'
import type { FieldRules } from './merge-rules.ts'
import { type MergeRun, same, settle } from './merge-run.ts'

/** Merges three values; undefined is absent. What one side did not change, the other decides. */
export function mergeValue(
  run: MergeRun,
  base: Json | undefined,
  ours: Json | undefined,
  theirs: Json | undefined,
  rules: FieldRules,
): Json | undefined {
  if (same(ours, theirs) || same(base, theirs)) return ours
  if (same(base, ours)) return theirs
  if (isJsonMap(ours) && isJsonMap(theirs) && rules.strategy === undefined) {
    return mergeMaps(run, isJsonMap(base) ? base : {}, ours, theirs, rules, mergeValue)
  }
  return settle(run, { kind: conflictKind(base, ours, theirs), base, ours, theirs })
}

function conflictKind(
  base: Json | undefined,
  ours: Json | undefined,
  theirs: Json | undefined,
): 'delete/edit' | 'add/add' | 'type' | 'edit/edit' {
  if (ours === undefined || theirs === undefined) return 'delete/edit'
  if (base === undefined) return 'add/add'
  return typeName(ours) === typeName(theirs) && typeName(base) === typeName(ours) ? 'edit/edit' : 'type'
}

/** Null has no type of its own: a value that becomes null is edited. */
function typeName(value: Json): string {
  return Array.isArray(value) ? 'list' : typeof value
}
