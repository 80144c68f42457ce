import { EspalierError } from '../../src/protocol/errors.ts'
import type { Choice, FieldConflict } from '../../src/protocol/merge.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { isJsonMap } from '../format/record-value.ts'
import { type MergedRecord, mergeWithChoices, type RecordSides } from './merge-record.ts'
import type { MergeRules } from './merge-rules.ts'

/**
 * A merged record with choices made at its conflicts, by path id (`conflictPathId`). Conflicts without a choice keep the
 * value that survived. Undefined: the record is deleted.
 *
 * @throws EspalierError `merge/bad-choice` when `both` is chosen where only one value can stand, or when a value that
 * is no record is to replace one
 */
export function resolveRecord(
  sides: RecordSides,
  merged: MergedRecord,
  resolutions: ReadonlyMap<string, Choice>,
  rules: MergeRules,
): RecordValue | undefined {
  if (merged.conflicts.length === 0 || resolutions.size === 0) return merged.value
  const value = mergeWithChoices(sides, rules, resolutions)
  if (value === undefined || isJsonMap(value)) return value
  throw new EspalierError('merge/bad-choice', 'Choose an object with named fields for a whole record.', {
    data: { path: [] },
  })
}

/** The choices that make sense at a conflict, beside a value of one's own. */
export function possibleChoices({ kind, ours, theirs }: FieldConflict): readonly Extract<Choice, string>[] {
  if (kind === 'order') return ['ours', 'theirs', 'base']
  const isText = kind === 'text'
  const areLists = Array.isArray(ours) && Array.isArray(theirs)
  return ['ours', 'theirs', 'base', ...(isText || areLists ? (['both'] as const) : []), 'delete']
}
