import type { MergeConflict } from '../../../../src/protocol/merge-calls.ts'
import type { RecordValue } from '../../../../src/protocol/records.ts'
import { isEspalierError } from '../../../../src/protocol/errors.ts'
import { parseCommit } from '../../../git/objects/commit.ts'
import type { History } from '../../../git/history/history.ts'
import { mergeBases } from '../../../git/history/merge-base.ts'
import type { Oid } from '../../../git/objects/oid.ts'
import { openCommit, type CommitSnapshot, type SnapshotSource } from '../../snapshots/commit-snapshot.ts'
import { withDoubt } from './doubtful-values.ts'
import { ConflictList } from './merge-conflicts.ts'
import { planMerge } from './merge-plan.ts'
import { createMergeReads, type MergeBase } from './merge-request.ts'
import { overlaySource } from './overlay-source.ts'

/** A base, and a source that also has what was made for it. */
export interface OpenedBase {
  readonly base: MergeBase
  readonly source: SnapshotSource
}

/** Bases of bases are asked for so often; such histories are not made by people. */
const maxDepth = 10

const nothing: MergeBase = {
  root: null,
  snapshot: undefined,
  doubtful: new Set(),
  doubtfulRecords: new Map(),
}

/**
 * What two commits with these merge bases have in common. Several bases (the sides merged each other before) are
 * merged into one, as git does it; what conflicts in that stays in doubt: in the real merge both sides count as having
 * changed it, and no value of it is made up.
 */
export async function openBase(
  source: SnapshotSource,
  history: History,
  bases: readonly Oid[],
  depth = 0,
): Promise<OpenedBase> {
  const [first, ...others] = bases
  if (first === undefined) return { base: nothing, source }
  let base = await plainBase(source, first)
  let reader = source
  if (depth >= maxDepth) return { base, source }
  for (const other of others) {
    const next = await plainBase(reader, other)
    // Without definitions on both there are no records to merge.
    if (!base.snapshot || !next.snapshot) continue
    const inner = await openBase(reader, history, await mergeBases(history, first, other), depth + 1)
    const conflicts = new ConflictList('', new Map())
    const plan = await planMerge({
      source: inner.source,
      base: inner.base,
      ours: base.snapshot,
      theirs: next.snapshot,
      options: {},
      conflicts,
      reads: createMergeReads(),
    })
    reader = overlaySource(inner.source, plan.objects)
    base = {
      root: plan.root,
      snapshot: plan.snapshot,
      doubtful: new Set([...base.doubtful, ...conflicts.all.map(({ file }) => file)]),
      doubtfulRecords: await doubtfulRecords(plan.snapshot, conflicts.all, base.doubtfulRecords),
    }
  }
  return { base, source: reader }
}

async function plainBase(source: SnapshotSource, oid: Oid): Promise<MergeBase> {
  const root = parseCommit((await source.objects.read(oid)).bytes).tree
  try {
    return { ...nothing, root, snapshot: await openCommit(source, oid) }
  } catch (error) {
    // The database may have been begun later.
    if (isEspalierError(error) && error.code.startsWith('format/')) return { ...nothing, root }
    throw error
  }
}

async function doubtfulRecords(
  merged: CommitSnapshot,
  conflicts: readonly MergeConflict[],
  older: MergeBase['doubtfulRecords'],
): Promise<MergeBase['doubtfulRecords']> {
  const all = new Map<string, Map<string, RecordValue | undefined>>()
  for (const [id, records] of older) all.set(id, new Map(records))
  const byRecord = new Map<string, MergeConflict[]>()
  for (const conflict of conflicts) {
    if (conflict.collection === undefined || conflict.key === undefined || conflict.kind === 'file') continue
    const record = JSON.stringify([conflict.collection, conflict.key])
    const known = byRecord.get(record)
    if (known) known.push(conflict)
    else byRecord.set(record, [conflict])
  }
  for (const of of byRecord.values()) {
    const { collection = '', key = '' } = of[0] ?? {}
    const value = await (await merged.collection(collection)).get(key)
    const records = all.get(collection) ?? new Map<string, RecordValue | undefined>()
    all.set(collection, records.set(key, withDoubt(value, of)))
  }
  return all
}
