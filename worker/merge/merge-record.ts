import type { Choice, FieldConflict } from '../../src/protocol/merge.ts'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import { isJsonMap } from '../format/record-value.ts'
import type { MergeRules } from './merge-rules.ts'
import { choiceHere, type MergeRun, same, settle } from './merge-run.ts'
import { mergeValue } from './merge-value.ts'

/** One record in three versions. Undefined is absent, which is not null. */
export interface RecordSides {
  readonly base: RecordValue | undefined
  readonly ours: RecordValue | undefined
  readonly theirs: RecordValue | undefined
}

/** What a merge makes of a record. */
export interface MergedRecord {
  /** At conflicts a value survives: ours, or the changed one where the other side removed it. Undefined: deleted. */
  readonly value: RecordValue | undefined
  readonly conflicts: readonly FieldConflict[]
}

const noChoices: ReadonlyMap<string, Choice> = new Map()

/** Merges one record three-way: `conflicts` is empty when both sides' changes go together. */
export function mergeRecord(sides: RecordSides, rules: MergeRules): MergedRecord {
  const run = startRun(sides, rules, noChoices)
  // A record's fields are merged into a map, and without choices only a whole side can stand for them.
  const value = mergeSides(run, sides, rules) as RecordValue | undefined
  return { value, conflicts: run.conflicts }
}

/** The merge with choices made; a choice for the whole record may be any value. */
export function mergeWithChoices(
  sides: RecordSides,
  rules: MergeRules,
  choices: ReadonlyMap<string, Choice>,
): Json | undefined {
  return mergeSides(startRun(sides, rules, choices), sides, rules)
}

function startRun(sides: RecordSides, rules: MergeRules, choices: ReadonlyMap<string, Choice>): MergeRun {
  const read = (side: RecordValue | undefined, name: string): Json | undefined =>
    side && Object.hasOwn(side, name) ? side[name] : undefined
  return {
    path: [],
    conflicts: [],
    choices,
    isSchema: rules.isSchema === true,
    field: (name) => [read(sides.ours, name), read(sides.theirs, name)],
  }
}

function mergeSides(run: MergeRun, sides: RecordSides, rules: MergeRules): Json | undefined {
  const merged = mergeByMode(run, sides, rules)
  return rules.finish && isJsonMap(merged) ? rules.finish(merged, sides.base) : merged
}

function mergeByMode(run: MergeRun, sides: RecordSides, rules: MergeRules): Json | undefined {
  const { base, ours, theirs } = sides
  const isWhole = rules.mode !== 'field' && isJsonMap(ours) && isJsonMap(theirs)
  if (!isWhole) return mergeValue(run, base, ours, theirs, rules.record)
  if (same(ours, theirs) || same(base, theirs)) return ours
  if (same(base, ours)) return theirs
  const kind = base === undefined ? 'add/add' : 'edit/edit'
  if (choiceHere(run) !== undefined) return settle(run, { kind, base, ours, theirs })
  const byField = mergeRecord(sides, { ...rules, mode: 'field' })
  return settle(run, {
    kind,
    base,
    ours,
    theirs,
    ...(byField.conflicts.length === 0 && {
      suggestion: { value: byField.value, reason: 'finer-merge' },
    }),
  })
}
