import type { CarryConflict, CarryOptions } from '../../../../src/protocol/carry.ts'
import type { MergeOptions } from '../../../../src/protocol/merge-calls.ts'
import type { Choice } from '../../../../src/protocol/merge.ts'
import type { RecordValue } from '../../../../src/protocol/records.ts'
import { equalValues } from '../../../format/record-diff.ts'
import { normalKey } from '../../../format/record-layout.ts'
import { conflictPathId } from '../../../merge/conflict-path.ts'
import { mergeRecord } from '../../../merge/merge-record.ts'
import { mergeRules } from '../../../merge/merge-rules.ts'
import { resolveRecord } from '../../../merge/resolve-record.ts'
import type { Branch } from '../../branches/branch.ts'
import type { Staged } from '../../writes/edit-view.ts'
import type { DoneEdit } from '../../writes/operation-log.ts'
import { addressOf, type Wanted } from './carried-changes.ts'
import { strategiesOf } from '../merging/merge-request.ts'

/** What becomes of wanted changes. */
export interface MergedCarry {
  /** From now to before, as an undo has them. */
  readonly edits: readonly DoneEdit[]
  readonly conflicts: readonly CarryConflict[]
}

/** Merges wanted changes with what is here: the commit, the working changes on top, what is staged. */
export async function mergeHere(
  { snapshot, changes }: Pick<Branch, 'snapshot' | 'changes'>,
  staged: Staged,
  wanted: readonly Wanted[],
  onConflict: NonNullable<CarryOptions['onConflict']>,
  options: MergeOptions,
): Promise<MergedCarry> {
  const conflicts: CarryConflict[] = []
  const edits = new Map<string, DoneEdit>()
  for (const { collection: id, key: given, base, theirs, unreadable } of wanted) {
    const collection = await snapshot.collection(id)
    const address = { collection: id, key: normalKey(collection.definition, given) }
    const { key } = address
    const change = changes.get(id, key)
    const earlier = edits.get(addressOf(address))
    const stagedValue = staged.of(id).get(key)
    const known = stagedValue === undefined ? change?.after : stagedValue
    const now = known === undefined ? ((await collection.get(key)) ?? null) : known
    const ours = (earlier ? earlier.before : now) ?? undefined
    const refuse = (reason: CarryConflict['reason'], fields: CarryConflict['conflicts'] = []): void => {
      const sides = { ...(base && { base }), ...(ours && { ours }), ...(theirs && { theirs }) }
      conflicts.push({ ...address, reason, ...sides, conflicts: fields })
    }
    if (unreadable) {
      refuse('unreadable')
      continue
    }
    if (change?.conflict && stagedValue === undefined) {
      refuse('undecided')
      continue
    }
    const rules = mergeRules(collection.definition, 'field', strategiesOf(options, id))
    const sides = { base, ours, theirs }
    const merged = mergeRecord(sides, rules)
    const blocking = merged.conflicts.filter(({ blocking: blocks }) => blocks)
    const isSide = onConflict === 'ours' || onConflict === 'theirs'
    if (blocking.length > 0 && !isSide) {
      refuse('fields', blocking)
      continue
    }
    const choices = new Map<string, Choice>()
    if (isSide) for (const { path } of merged.conflicts) choices.set(conflictPathId(path), onConflict)
    const value = resolveRecord(sides, merged, choices, rules)
    if (!isSame(value, now)) edits.set(addressOf(address), { ...address, before: value ?? null, after: now })
    else edits.delete(addressOf(address))
  }
  return { edits: [...edits.values()], conflicts }
}

function isSame(value: RecordValue | undefined, now: RecordValue | null): boolean {
  return equalValues(value, now ?? undefined)
}
