import type { CarryCalls, CarryConflict, CarryOptions, CarryOutcome } from '../../../src/protocol/carry.ts'
import type { Choice } from '../../../src/protocol/merge.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import { equalValues } from '../../format/record-diff.ts'
import { normalKey } from '../../format/record-layout.ts'
import { conflictPathId } from '../../merge/conflict-path.ts'
import { mergeRecord } from '../../merge/merge-record.ts'
import { mergeRules } from '../../merge/merge-rules.ts'
import { resolveRecord } from '../../merge/resolve-record.ts'
import type { Branch } from '../branch.ts'
import type { Staged } from '../edit-view.ts'
import type { DoneEdit } from '../operation-log.ts'
import { reply } from '../reply.ts'
import { addressOf, readSource, selectWanted, wantedOf, type Wanted } from './carried-changes.ts'
import type { VersionsContext } from './versions-context.ts'

/** Answers the calls that carry changes: as working changes, by the write path of every other edit. */
export function answerCarry(context: VersionsContext): CarryCalls {
  return {
    carry: (handle, source, options) =>
      reply(async (): Promise<CarryOutcome> => {
        const { branch, writer, database } = context.branchOf(handle)
        const carried = await readSource(context, handle, source)
        const { definitions } = carried
        const { chosen, missing } = selectWanted(wantedOf(carried), options.select)
        if (missing.length > 0) return { status: 'stale', missing, definitions }

        let merged: Merged = { edits: [], conflicts: [] }
        const { onConflict = 'stop' } = options
        await writer.writePlanned(async (staged) => {
          merged = await mergeHere(branch, staged, chosen, onConflict)
          if (merged.conflicts.length > 0 && onConflict !== 'skip') return []
          return context.planUndo(database.repository, branch, merged.edits, staged, {
            ...writer.defaults,
            references: 'restrict',
          })
        })
        const { edits, conflicts } = merged
        if (conflicts.length > 0 && onConflict !== 'skip')
          return { status: 'conflicts', conflicts, definitions }
        if (edits.length === 0) return { status: 'unchanged', skipped: conflicts, definitions }
        const records = edits.map(({ collection, key }) => ({ collection, key }))
        return { status: 'applied', records, skipped: conflicts, definitions }
      }),
  }
}

interface Merged {
  /** From now to before, as an undo has them. */
  readonly edits: readonly DoneEdit[]
  readonly conflicts: readonly CarryConflict[]
}

/** Merges wanted changes with what is here. */
async function mergeHere(
  { snapshot, changes }: Branch,
  staged: Staged,
  wanted: readonly Wanted[],
  onConflict: NonNullable<CarryOptions['onConflict']>,
): Promise<Merged> {
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
    const rules = mergeRules(collection.definition, 'field')
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
