import { isEspalierError } from '../../../../src/protocol/errors.ts'
import type { Issue } from '../../../../src/protocol/issues.ts'
import type { RecordValue } from '../../../../src/protocol/records.ts'
import { type CommitSnapshot, type SnapshotSource, sameDefinition } from '../../snapshots/commit-snapshot.ts'
import type { PlannedEdit } from '../../writes/plan-edits.ts'
import { settleDeletes } from '../../writes/validate-deletes.ts'
import { refuseInvalid } from '../../writes/validate-edits.ts'
import type { GrowingRecords, RecordsBefore } from '../../writes/validate-writes.ts'
import { findOrphans } from './merge-orphans.ts'
import type { MergePlan } from './merge-plan.ts'
import type { MergeRequest } from './merge-request.ts'
import { valuesIn } from './unit-values.ts'

/**
 * What is wrong with the merged records and was not wrong on our side: rules, references from and to what the merge
 * changes. What `known` had broken itself is a warning: it does not stand in the way. Where that is ours, theirs is
 * nothing that anybody checked: then all records under changed rules are looked at, and the definitions.
 */
export async function findViolations(
  request: MergeRequest,
  plan: MergePlan,
  knownIn: 'ours' | 'theirs' = 'theirs',
): Promise<readonly Issue[]> {
  const { source, [knownIn]: theirs } = request
  const isUnchecked = knownIn === 'ours'
  const steps = stepsOf(plan)
  const edits = [
    ...steps,
    ...(await (isUnchecked ? allUnderNewRules(request, plan) : stepsUnderNewRules(request, plan))),
  ]
  const broken = isUnchecked ? newFaults(request, plan) : []
  const orphans = await findOrphans(plan.snapshot, steps)
  const issues = [...broken, ...orphans, ...(await issuesOf(source, plan.snapshot, edits))]
  if (issues.length === 0) return plan.problems
  const suspects = new Set(issues.map(({ collection, key }) => JSON.stringify([collection, key])))
  const theirEdits: PlannedEdit[] = []
  for (const { edit } of edits) {
    // What refers to a deleted record is found by its deletion.
    if (edit.after !== null && !suspects.has(JSON.stringify([edit.collection, edit.key]))) continue
    const after = await valueIn(theirs, edit.collection, edit.key)
    theirEdits.push({ edit: { ...edit, before: null, after } })
  }
  const theirIssues = [
    ...(orphans.length > 0 ? await findOrphans(theirs, theirEdits) : []),
    ...(await issuesOf(source, theirs, theirEdits)),
  ]
  const known = new Set(theirIssues.map(identity))
  return [
    ...plan.problems,
    ...issues.map((issue): Issue => (known.has(identity(issue)) ? { ...issue, severity: 'warning' } : issue)),
  ]
}

function identity({ collection, key, path, code }: Issue): string {
  return JSON.stringify([collection, key, path, code])
}

function stepsOf({ steps }: MergePlan): readonly PlannedEdit[] {
  return [...steps].flatMap(([collection, all]) =>
    [...all].map(([key, { before, after }]) => ({ edit: { collection, key, before, after } })),
  )
}

/** Records that only we changed, where the merge changes the rules: nobody checked them against those. */
async function stepsUnderNewRules(
  { source, ours }: MergeRequest,
  { schemaChanged, ourChanges, snapshot, steps }: MergePlan,
): Promise<readonly PlannedEdit[]> {
  if (!schemaChanged) return []
  const edits: PlannedEdit[] = []
  for (const [id, units] of ourChanges) {
    const definition = ours.schema.collections.get(id)
    const merged = snapshot.schema.collections.get(id)
    if (!merged || (definition && sameDefinition(definition, merged))) continue
    const all = [...units.values()]
    const { values, keys } = await valuesIn({ source, snapshot }, id, all)
    for (const key of new Set(all.flatMap((unit) => keys.get(unit) ?? []))) {
      const after = values.get(key)
      if (after && !steps.get(id)?.has(key))
        edits.push({ edit: { collection: id, key, before: null, after } })
    }
  }
  return edits
}

/** The records of all collections whose definitions the merge changes. */
async function allUnderNewRules(
  { ours }: MergeRequest,
  { schemaChanged, snapshot, steps }: MergePlan,
): Promise<readonly PlannedEdit[]> {
  const edits: PlannedEdit[] = []
  for (const [id, merged] of schemaChanged ? snapshot.schema.collections : []) {
    const definition = ours.schema.collections.get(id)
    if (!merged.readable.ok || (definition && sameDefinition(definition, merged))) continue
    const { records } = await (await snapshot.collection(id)).load()
    for (const [key, after] of records.entries())
      if (!steps.get(id)?.has(key)) edits.push({ edit: { collection: id, key, before: null, after } })
  }
  return edits
}

/** What is wrong with the merged definitions, and was not with ours. */
function newFaults({ ours }: MergeRequest, { snapshot }: MergePlan): readonly Issue[] {
  const old = new Set(ours.schema.issues.map(identity))
  return snapshot.schema.issues.filter((issue) => issue.severity === 'error' && !old.has(identity(issue)))
}

async function issuesOf(
  source: SnapshotSource,
  snapshot: CommitSnapshot,
  edits: readonly PlannedEdit[],
): Promise<readonly Issue[]> {
  const readable = edits.filter(({ edit }) => snapshot.schema.collections.get(edit.collection)?.readable.ok)
  const records: GrowingRecords & RecordsBefore = {
    repository: source,
    snapshot,
    // The snapshot holds the edits already.
    changes: () => [],
    changed: () => undefined,
    add: () => {},
    view: () => Promise.reject(new Error('Nothing is planned on a merge.')),
  }
  return [
    ...(await issuesFrom(() => refuseInvalid(records, readable))),
    ...(await issuesFrom(() => settleDeletes(records, records, readable, 'restrict'))),
  ]
}

/** What a check refuses, as data. */
async function issuesFrom(check: () => Promise<unknown>): Promise<readonly Issue[]> {
  try {
    await check()
    return []
  } catch (error) {
    // They are what these two errors carry.
    if (isEspalierError(error, 'record/invalid') || isEspalierError(error, 'record/referenced'))
      return error.data['issues'] as readonly Issue[]
    throw error
  }
}

/** A record as a commit has it; null where it has none that can be read. */
export async function valueIn(
  snapshot: CommitSnapshot,
  id: string,
  key: string,
): Promise<RecordValue | null> {
  try {
    return (await (await snapshot.collection(id)).get(key)) ?? null
  } catch (error) {
    if (isEspalierError(error) && /^(record|format)\//.test(error.code)) return null
    throw error
  }
}
