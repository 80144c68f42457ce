import type { MergeInfo, MergeStat } from '../../../../src/protocol/merge-calls.ts'
import type { Issue } from '../../../../src/protocol/issues.ts'
import type { RecordAddress } from '../../../../src/protocol/records.ts'
import { equalValues } from '../../../format/record-diff.ts'
import { createHistory } from '../../../git/history/history.ts'
import { knownMergeBases } from '../../../git/history/known-merge-bases.ts'
import type { Oid } from '../../../git/objects/oid.ts'
import { deltaChainsOf } from '../../../git/trees/tree-delta-chain.ts'
import type { Branch } from '../../branches/branch.ts'
import { openCommit, type CommitSnapshot } from '../../snapshots/commit-snapshot.ts'
import { compareKeys } from '../../../records/record-map.ts'
import type { CommitSource } from '../commit-source.ts'
import { openBase, type OpenedBase } from './merge-bases.ts'
import { ConflictList } from './merge-conflicts.ts'
import { planMerge, type MergePlan } from './merge-plan.ts'
import { createMergeReads, type MergeReads, type MergeRequest } from './merge-request.ts'
import type { StoredMerge } from './merge-state.ts'
import { findViolations } from './merge-violations.ts'
import { overlaySource } from './overlay-source.ts'

/** A merge as it stands now. */
export interface InspectedMerge {
  readonly info: MergeInfo
  /** Absent when there is nothing to merge. */
  readonly plan?: MergePlan
  /** What each conflict is about, by its id. */
  readonly sides: ReadonlyMap<string, string>
}

type BranchView = Pick<Branch, 'ref' | 'snapshot' | 'changes'>

/** Looks at merges, and remembers the last one: starting, resolving and committing each want it. */
export type MergeInspector = (branch: BranchView, merge: StoredMerge) => Promise<InspectedMerge>

/** The two sides, whatever is decided about them. */
interface Sides extends OpenedBase {
  readonly bases: readonly Oid[]
  readonly theirs: CommitSnapshot
  readonly reads: MergeReads
}

export function createMergeInspector(repository: CommitSource): MergeInspector {
  const remember = <T>(): ((key: string, make: () => Promise<T>) => Promise<T>) => {
    let last: { readonly key: string; readonly value: Promise<T> } | undefined
    return (key, make) => {
      if (last?.key === key) return last.value
      const value = make()
      last = { key, value }
      value.catch(() => {
        if (last?.value === value) last = undefined
      })
      return value
    }
  }
  const sidesOnce = remember<Sides>()
  const planOnce = remember<Planned>()

  return async ({ ref, snapshot: ours, changes }, merge) => {
    const { from, theirs, options, choices } = merge
    const names = { from, ours: ours.commit, theirs }
    const sides = await sidesOnce(`${ours.commit} ${theirs}`, () =>
      openSides(repository, ours.commit, theirs),
    )
    const { bases } = sides
    const isAhead = bases[0] === theirs
    if (isAhead || (bases.length === 0 && options.allowUnrelated !== true)) {
      const status = isAhead ? 'up-to-date' : 'unrelated'
      return { info: { ...nothing, ...names, status, bases }, sides: new Map() }
    }
    // The branch counts too: the snapshots of two may be of one commit, and read by one is read.
    const key = JSON.stringify([ref, ours.commit, theirs, options, choices])
    const { plan, conflicts, violations } = await planOnce(key, async () => {
      const list = new ConflictList(theirs, new Map(choices))
      const request: MergeRequest = {
        source: sides.source,
        base: sides.base,
        ours,
        theirs: sides.theirs,
        options,
        conflicts: list,
        reads: sides.reads,
      }
      const made = await planMerge(request, deltaChainsOf(repository.objects))
      return { plan: made, conflicts: list, violations: await findViolations(request, made) }
    })
    const blockedBy = overlapping(changes, plan, conflicts)
    const status = blockedBy.length > 0 ? 'blocked' : bases[0] === ours.commit ? 'fast-forward' : 'merge'
    const info = {
      ...names,
      status,
      bases,
      conflicts: conflicts.all.toSorted(byPlace),
      violations,
      stat: statOf(plan),
      blockedBy,
    } as const
    return { info, plan, sides: conflicts.sides }
  }
}

interface Planned {
  readonly plan: MergePlan
  readonly conflicts: ConflictList
  readonly violations: readonly Issue[]
}

const nothing = {
  conflicts: [],
  violations: [],
  stat: { added: 0, modified: 0, deleted: 0, files: 0 },
  blockedBy: [],
} as const

async function openSides(
  { objects, trees, codecs, refs }: CommitSource,
  ours: Oid,
  theirs: Oid,
): Promise<Sides> {
  const history = createHistory(objects, refs.shallow)
  const bases = await knownMergeBases(history, refs.shallow, ours, theirs)
  // Nothing of the other commits is kept for later: they are read once, and only where they differ.
  const own = overlaySource({ objects, trees, codecs }, [])
  const opened = await openBase(own, history, bases)
  return { ...opened, bases, theirs: await openCommit(opened.source, theirs), reads: createMergeReads() }
}

/** Records that the merge changes, or would, and that have working changes of another kind. */
export function overlapping(
  changes: Branch['changes'],
  { steps }: MergePlan,
  { all }: ConflictList,
): readonly RecordAddress[] {
  if (changes.size === 0) return []
  const inConflict = new Set(all.map(({ collection, key }) => JSON.stringify([collection, key])))
  const records: RecordAddress[] = []
  for (const { collection, key, after } of changes.entries()) {
    const step = steps.get(collection)?.get(key)
    const differs = step !== undefined && !equalValues(step.after ?? undefined, after ?? undefined)
    if (differs || inConflict.has(JSON.stringify([collection, key]))) records.push({ collection, key })
  }
  return records
}

function statOf({ steps, files }: MergePlan): MergeStat {
  const stat = { added: 0, modified: 0, deleted: 0, files }
  for (const records of steps.values()) {
    for (const { before, after } of records.values())
      stat[before === null ? 'added' : after === null ? 'deleted' : 'modified']++
  }
  return stat
}

function byPlace(a: MergeInfo['conflicts'][number], b: MergeInfo['conflicts'][number]): number {
  return (
    compareKeys(a.collection ?? '', b.collection ?? '') ||
    compareKeys(a.key ?? a.file, b.key ?? b.file) ||
    compareKeys(a.path.join('\0'), b.path.join('\0'))
  )
}
