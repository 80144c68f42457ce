import type {
  CarryCommitOptions,
  CarryConflict,
  CarryOutcome,
  CarrySource,
} from '../../../../src/protocol/carry.ts'
import type { HandleId } from '../../../../src/protocol/engine.ts'
import { EspalierError, isEspalierError } from '../../../../src/protocol/errors.ts'
import type { Choice, FieldConflict } from '../../../../src/protocol/merge.ts'
import type { MergeConflict } from '../../../../src/protocol/merge-calls.ts'
import type { RecordAddress, RecordValue } from '../../../../src/protocol/records.ts'
import { parseCommit } from '../../../git/objects/commit.ts'
import type { NewObject } from '../../../git/objects/object.ts'
import { diffTrees } from '../../../git/trees/tree-diff.ts'
import { badArgument } from '../../common/bad-argument.ts'
import type { Branch } from '../../branches/branch.ts'
import { commitTree, type TreePlan } from '../../commits/commit-files.ts'
import { signCommit } from '../../commits/prepare-commit.ts'
import { sameDefinition, type CommitSnapshot, type SnapshotSource } from '../../snapshots/commit-snapshot.ts'
import { addressOf, sidesOf } from './carried-changes.ts'
import { mergeOptionsAt } from '../merging/declared-strategies.ts'
import { diffSchemas } from '../diff/diff-schema.ts'
import { overlapping } from '../merging/inspect-merge.ts'
import { ConflictList, type StoredChoice } from '../merging/merge-conflicts.ts'
import { planMerge, type MergePlan } from '../merging/merge-plan.ts'
import { createMergeReads, type MergeRequest } from '../merging/merge-request.ts'
import { findViolations, valueIn } from '../merging/merge-violations.ts'
import { emptyTree } from '../no-database.ts'
import { overlaySource } from '../merging/overlay-source.ts'
import type { VersionsContext } from '../versions-context.ts'

/**
 * Carries all that a commit changed, definitions and files too: a merge with its parent as the base, of which only our
 * side becomes a parent. Throws as {@link sidesOf}, and `git/branch-protected`.
 */
export async function carryCommit(
  context: VersionsContext,
  handle: HandleId,
  { commit, reverse }: Extract<CarrySource, { readonly kind: 'commit' }>,
  { select, onConflict = 'stop', mainline, message }: CarryCommitOptions,
): Promise<CarryOutcome> {
  if (select || onConflict === 'skip') throw notWhole()
  const { from, to } = await sidesOf(context, handle, commit, mainline)
  const [base, theirs] = reverse ? [to, from] : [from, to]
  return commitCarried(context, handle, async () => ({ base, theirs, objects: [emptyTree] }), {
    message,
    otherwise: () => messageOf(context, handle, to, reverse),
    onConflict,
  })
}

/** What is carried, as two trees; `objects`: what is not stored of them. */
export interface CarriedTrees {
  readonly base: CommitSnapshot
  readonly theirs: CommitSnapshot
  readonly objects: readonly NewObject[]
  /** Nobody has checked the records of `theirs`. */
  readonly isUnchecked?: true
}

/** How a commit of what is carried is made. */
export interface CarriedCommit {
  readonly message: string | undefined
  /** The message where there is none. */
  readonly otherwise: () => Promise<string>
  readonly onConflict: 'stop' | 'ours' | 'theirs'
}

/** Commits what leads from one tree to another, merged with what is here. Throws `git/branch-protected`. */
export async function commitCarried(
  context: VersionsContext,
  handle: HandleId,
  treesFor: (ours: CommitSnapshot) => Promise<CarriedTrees>,
  { message, otherwise, onConflict }: CarriedCommit,
): Promise<CarryOutcome> {
  const { branch, database } = context.branchOf(handle)
  const { repository } = database
  const { author, ...signed } = await signCommit(database, branch, {
    message: message === undefined || message.trim() === '' ? await otherwise() : message,
  })
  let stopped: CarryOutcome | undefined
  let records: readonly RecordAddress[] = []
  let definitions: readonly string[] = []
  const commit = await commitTree(
    repository,
    branch,
    async (now): Promise<TreePlan | undefined> => {
      const { base, theirs, objects, isUnchecked } = await treesFor(now.snapshot)
      definitions = diffSchemas({ from: base, to: theirs, changes: undefined }).collections.map(
        ({ collection }) => collection,
      )
      const source = overlaySource(repository, objects)
      const sides = { base, ours: now.snapshot, theirs }
      const knownIn = isUnchecked ? 'ours' : 'theirs'
      const merged = await mergeOnto(source, sides, onConflict, knownIn).catch(refuseToEnd)
      stopped = await whatStops(now, merged, definitions)
      if (stopped) return undefined
      records = addressesOf(merged.plan)
      return { ...(await treeEdits(source, now.snapshot, merged.plan, objects)), ...signed }
    },
    author,
    context.storeCommit,
  )
  if (commit) return { status: 'committed', commit, records, definitions }
  return stopped as CarryOutcome // why there was no plan
}

interface MergedCommit {
  readonly request: MergeRequest
  readonly plan: MergePlan
  readonly violations: Awaited<ReturnType<typeof findViolations>>
}

async function mergeOnto(
  source: SnapshotSource,
  { base, ours, theirs }: Record<'base' | 'ours' | 'theirs', CommitSnapshot>,
  onConflict: 'stop' | 'ours' | 'theirs',
  knownIn: 'ours' | 'theirs',
): Promise<MergedCommit> {
  const reads = createMergeReads()
  const options = await mergeOptionsAt(source, ours)
  let choices: ReadonlyMap<string, StoredChoice> = new Map()
  for (;;) {
    const conflicts = new ConflictList(theirs.commit, choices)
    const request: MergeRequest = {
      source,
      base: { root: base.root, snapshot: base, doubtful: new Set(), doubtfulRecords: new Map() },
      ours,
      theirs,
      options,
      conflicts,
      reads,
    }
    const plan = await planMerge(request)
    const open = conflicts.all.filter(({ choice }) => choice === undefined)
    // A choice about a definition may show further conflicts.
    if (onConflict === 'stop' || open.length === 0)
      return { request, plan, violations: await findViolations(request, plan, knownIn) }
    choices = new Map([
      ...choices,
      ...open.map(
        ({ id }) =>
          [id, { choice: onConflict satisfies Choice, sides: conflicts.sides.get(id) ?? '' }] as const,
      ),
    ])
  }
}

/** Why a merged commit is not committed; undefined when nothing stands in the way. */
async function whatStops(
  { snapshot, changes }: Branch,
  { request, plan, violations }: MergedCommit,
  definitions: readonly string[],
): Promise<CarryOutcome | undefined> {
  const { conflicts } = request
  const open = conflicts.all.filter(({ blocking, choice }) => blocking && choice === undefined)
  const broken = violations.filter(({ severity }) => severity === 'error')
  if (open.length + broken.length > 0) {
    return {
      status: 'conflicts',
      conflicts: await byRecord(
        request,
        open.flatMap((conflict) => recordConflict(conflict) ?? []),
      ),
      files: open.filter((conflict) => !recordConflict(conflict)),
      violations: broken,
      definitions,
    }
  }
  const touched = [...plan.snapshot.schema.collections.values()].filter((definition) => {
    const ours = snapshot.schema.collections.get(definition.id)
    return ours && !sameDefinition(ours, definition)
  })
  const waiting = touched.flatMap(({ id }) =>
    [...changes.of(id).keys()].map((key) => ({ collection: id, key })),
  )
  const both = [...overlapping(changes, plan, conflicts), ...waiting]
  const records = [...new Map(both.map((record) => [addressOf(record), record])).values()]
  if (records.length > 0) return { status: 'blocked', records, definitions }
  return plan.root === snapshot.root ? { status: 'unchanged', skipped: [], definitions } : undefined
}

type RecordConflict = FieldConflict & RecordAddress

function recordConflict(conflict: MergeConflict): RecordConflict | undefined {
  const { kind, collection, key } = conflict
  if (kind === 'file' || kind === 'move' || collection === undefined || key === undefined) return undefined
  return { ...conflict, kind, collection, key }
}

async function byRecord(
  { base, ours, theirs }: MergeRequest,
  conflicts: readonly RecordConflict[],
): Promise<readonly CarryConflict[]> {
  const records = new Map<string, RecordAddress & { readonly conflicts: FieldConflict[] }>()
  for (const { collection, key, ...conflict } of conflicts) {
    const address = JSON.stringify([collection, key])
    const known = records.get(address)
    if (known) known.conflicts.push(conflict)
    else records.set(address, { collection, key, conflicts: [conflict] })
  }
  const all: CarryConflict[] = []
  for (const record of records.values()) {
    const value = async (snapshot: CommitSnapshot | undefined): Promise<RecordValue | undefined> =>
      (snapshot && (await valueIn(snapshot, record.collection, record.key))) ?? undefined
    const [old, here, wanted] = [await value(base.snapshot), await value(ours), await value(theirs)]
    const sides = {
      ...(old && { base: old }),
      ...(here && { ours: here }),
      ...(wanted && { theirs: wanted }),
    }
    all.push({ ...record, reason: 'fields', ...sides })
  }
  return all
}

function addressesOf({ steps }: MergePlan): readonly RecordAddress[] {
  return [...steps].flatMap(([collection, all]) => [...all.keys()].map((key) => ({ collection, key })))
}

async function treeEdits(
  carried: SnapshotSource,
  ours: CommitSnapshot,
  { root, objects }: MergePlan,
  added: readonly NewObject[],
): Promise<Pick<TreePlan, 'edits' | 'blobs'>> {
  const source = overlaySource(carried, objects)
  const changes = await diffTrees(source.trees, ours.root, root)
  const taken = new Set(changes.map(({ newOid }) => newOid))
  const blobs = new Map(
    [...added, ...objects].flatMap((object) =>
      object.type === 'blob' && taken.has(object.oid) ? [[object.oid, object]] : [],
    ),
  )
  return {
    edits: changes.map(({ path, newOid, newMode }) =>
      newOid === null ? { path, delete: true } : { path, oid: newOid, mode: newMode },
    ),
    blobs: [...blobs.values()],
  }
}

async function messageOf(
  { viewOf }: VersionsContext,
  handle: HandleId,
  { commit }: CommitSnapshot,
  reverse: boolean,
): Promise<string> {
  const { message } = parseCommit((await viewOf(handle).database.repository.objects.read(commit)).bytes)
  return reverse ? `Revert "${message.split('\n', 1)[0] ?? ''}"\n\nThis reverts commit ${commit}.\n` : message
}

/** No branch can be opened on a tree that holds no database. */
function refuseToEnd(error: unknown): never {
  if (!isEspalierError(error, 'format/not-a-database')) throw error
  throw new EspalierError(
    'format/not-a-database',
    'Nothing of the database would be left. Carry the records alone, without "whole", or delete the branch.',
  )
}

function notWhole(): EspalierError {
  return badArgument(
    'A whole commit is carried with all that it changed: without "select", and conflicts are not skipped.',
  )
}
