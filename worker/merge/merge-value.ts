import type { Json } from '../../src/protocol/records.ts'
import { isJsonMap } from '../format/record-value.ts'
import { isMarked } from './marked-numbers.ts'
import { mergeLists } from './merge-lists.ts'
import { mergeMaps } from './merge-maps.ts'
import type { FieldRules } from './merge-rules.ts'
import { type Found, type MergeRun, same, settle } from './merge-run.ts'
import { greater, mergeScalars } from './merge-scalars.ts'
import { mergeText } from './merge-text.ts'

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
  if (ours === undefined || theirs === undefined) {
    return settle(run, { kind: 'delete/edit', base, ours, theirs })
  }
  const { strategy } = rules
  if (strategy !== undefined) {
    const merged = mergeScalars(run, strategy, base, ours, theirs)
    if (merged !== undefined) return merged
  }
  if (strategy !== 'atomic' && !rules.isOne?.(base, ours, theirs)) {
    if (isJsonMap(ours) && isJsonMap(theirs) && strategy === undefined) {
      return mergeMaps(run, isJsonMap(base) ? base : {}, ours, theirs, rules, mergeValue)
    }
    if (isList(ours) && isList(theirs)) return mergeLists(run, base, ours, theirs, rules, mergeValue)
    const texts = textsOf(base, ours, theirs, rules)
    if (texts !== undefined) {
      const { text, parts, both } = mergeText(...texts)
      return text ?? settle(run, { kind: 'text', base, ours, theirs, parts, both: () => both })
    }
  }
  return settle(run, twoValues(base, ours, theirs, rules))
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

/** Texts of one line are names and codes: merged inside only where that is declared. */
function textsOf(
  base: Json | undefined,
  ours: Json,
  theirs: Json,
  { strategy }: FieldRules,
): readonly [base: string, ours: string, theirs: string] | undefined {
  if (typeof ours !== 'string' || typeof theirs !== 'string') return undefined
  if (strategy === 'text')
    return base === undefined || typeof base === 'string' ? [base ?? '', ours, theirs] : undefined
  if (strategy !== undefined || typeof base !== 'string') return undefined
  return [base, ours, theirs].filter((text) => text.includes('\n')).length > 1
    ? [base, ours, theirs]
    : undefined
}

function twoValues(base: Json | undefined, ours: Json, theirs: Json, rules: FieldRules): Found {
  const kind = base === undefined ? 'add/add' : haveOneType([base, ours, theirs]) ? 'edit/edit' : 'type'
  const later = rules.suggest === 'max' ? greater(ours, theirs) : undefined
  return {
    kind,
    base,
    ours,
    theirs,
    ...(later !== undefined && { suggestion: { value: later, reason: 'policy' } }),
  }
}

/** Null is of every type: a field that is emptied has not become something else. */
function haveOneType(values: readonly Json[]): boolean {
  const types = values
    .filter((value) => value !== null)
    .map((value) => (Array.isArray(value) ? 'list' : isMarked(value) ? 'number' : typeof value))
  return new Set(types).size < 2
}
