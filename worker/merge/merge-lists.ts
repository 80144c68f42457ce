import type { ConflictSuggestion, FieldStrategy } from '../../src/protocol/merge.ts'
import type { Json } from '../../src/protocol/records.ts'
import { identityOf } from '../records/compare-values.ts'
import { countMembers } from './three-way-count.ts'
import { findKey, itemsByKey } from './list-keys.ts'
import { orderFrom } from './list-order.ts'
import type { ListSides } from './list-sides.ts'
import { mergeKeyedLists } from './merge-keyed-lists.ts'
import type { MergeInside } from './merge-maps.ts'
import type { FieldRules } from './merge-rules.ts'
import { type MergeRun, settle } from './merge-run.ts'
import { mergeSequences } from './merge-sequences.ts'
import { looksLikeSet, mergeSets, type NamedItems, nameItems } from './merge-sets.ts'

/** Lists as declared, or else as it is safe: by keys, as a set, or by position. */
export function mergeLists(
  run: MergeRun,
  base: Json | undefined,
  ours: readonly Json[],
  theirs: readonly Json[],
  rules: FieldRules,
  merge: MergeInside,
): Json | undefined {
  const { strategy } = rules
  const sides: ListSides = { base: isList(base) ? base : [], ours, theirs }
  const merged =
    typeof strategy === 'object' && 'key' in strategy
      ? byKey(run, sides, strategy.key, rules, merge)
      : strategy === 'set' || strategy === 'ordered-set'
        ? { value: bySet(run, sides, nameItems(sides), strategy) }
        : strategy === undefined && isList(base)
          ? unasked(run, sides, rules, merge)
          : undefined
  if (merged !== undefined) return merged.value
  const sequence = mergeSequences(sides)
  if (sequence.clean && isSequence(base, strategy)) return sequence.both
  const suggestion = supersetOf(sides) ?? finerMerge(run, sides, rules, merge)
  return settle(run, {
    kind: base === undefined ? 'add/add' : isList(base) ? 'edit/edit' : 'type',
    base,
    ours,
    theirs,
    both: () => sequence.both,
    ...(suggestion && { suggestion }),
  })
}

/** Boxed, since a list may also be chosen to be absent. */
interface Merged {
  readonly value: Json | undefined
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

/** Two lists that were added are two values, and what is declared as a text or number is no list. */
function isSequence(base: Json | undefined, strategy: FieldStrategy | undefined): boolean {
  if (strategy === undefined) return isList(base)
  return strategy === 'list' || (typeof strategy === 'object' && 'key' in strategy)
}

function unasked(run: MergeRun, sides: ListSides, rules: FieldRules, merge: MergeInside): Merged | undefined {
  const key = findKey(sides, 'surely')
  if (key !== undefined) return byKey(run, sides, key, rules, merge)
  const named = nameItems(sides)
  return looksLikeSet(sides, named) ? { value: mergeSets(named, 'ours') } : undefined
}

/** Undefined when items cannot be told apart by the key. */
function byKey(
  run: MergeRun,
  sides: ListSides,
  key: string,
  rules: FieldRules,
  merge: MergeInside,
): Merged | undefined {
  const base = itemsByKey(sides.base, key)
  const ours = itemsByKey(sides.ours, key)
  const theirs = itemsByKey(sides.theirs, key)
  if (!base || !ours || !theirs) return undefined
  return { value: mergeKeyedLists(run, { base, ours, theirs }, rules, merge) }
}

function bySet(
  run: MergeRun,
  sides: ListSides,
  named: NamedItems,
  strategy: 'set' | 'ordered-set',
): Json | undefined {
  const from = orderFrom(named.orders)
  if (from !== 'unclear' || strategy === 'set') return mergeSets(named, from === 'theirs' ? 'theirs' : 'ours')
  return settle(run, {
    kind: 'order',
    ...sides,
    survivor: mergeSets(named, 'ours'),
    take: (side) => mergeSets(named, side),
  })
}

function supersetOf({ ours, theirs }: ListSides): ConflictSuggestion | undefined {
  if (holdsAll(ours, theirs)) return { value: ours, reason: 'superset' }
  if (holdsAll(theirs, ours)) return { value: theirs, reason: 'superset' }
  return undefined
}

/** Whether a list has all that another has, as often. */
function holdsAll(list: readonly Json[], other: readonly Json[]): boolean {
  const counts = countMembers(list.map(identityOf))
  return [...countMembers(other.map(identityOf))].every(([item, count]) => (counts.get(item) ?? 0) >= count)
}

function finerMerge(
  run: MergeRun,
  sides: ListSides,
  rules: FieldRules,
  merge: MergeInside,
): ConflictSuggestion | undefined {
  const key = findKey(sides, 'perhaps')
  if (key === undefined) return undefined
  const trial: MergeRun = { ...run, path: [...run.path], conflicts: [], choices: new Map() }
  const merged = byKey(trial, sides, key, rules, merge)
  return merged && trial.conflicts.length === 0 ? { value: merged.value, reason: 'finer-merge' } : undefined
}
