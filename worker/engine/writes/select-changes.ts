import type { CommitOptions } from '../../../src/protocol/commit-options.ts'
import { EspalierError } from '../../../src/protocol/errors.ts'
import type { ChangeFilter, RecordAddress } from '../../../src/protocol/records.ts'
import type { Branch } from '../branches/branch.ts'
import { collectionMissing } from '../snapshots/commit-snapshot.ts'
import {
  changeKind,
  createWorkingChanges,
  type Change,
  type WorkingChanges,
} from '../branches/working-changes.ts'

/** Of a branch, what a part of its changes is chosen from. */
type Chosen = Pick<Branch, 'snapshot' | 'changes'>

/**
 * The working changes that a filter means; records without a change are none. Throws `engine/bad-argument` for what is
 * no filter: a name that is not known, or a value that is missing, must not widen it; `record/collection-missing`.
 */
export function* selectChanges(
  { snapshot: { schema }, changes }: Chosen,
  filter: ChangeFilter | 'all',
): Iterable<RecordAddress & Change> {
  const checkCollection = (id: string): void => {
    if (!schema.collections.has(id) && changes.of(id).size === 0) throw collectionMissing(id, schema)
  }
  if (filter === 'all') yield* changes.entries()
  else if (isList(filter)) {
    const seen = createWorkingChanges()
    for (const address of filter) {
      const { collection, key: given } = address ?? {} // it comes from the app
      checkText(given)
      checkCollection(collection)
      const key = given.normalize('NFC')
      const change = changes.get(collection, key)
      if (!change || seen.get(collection, key)) continue
      seen.set(collection, key, change)
      yield { collection, key, ...change }
    }
  } else if (typeof filter !== 'object' || filter === null) checkText(undefined)
  else {
    const { collection: wanted, kind, ...unknown } = filter
    for (const value of Object.values(filter)) checkText(value)
    for (const _ in unknown) checkText(undefined)
    if (wanted !== undefined) checkCollection(wanted)
    if (kind !== undefined && !['insert', 'update', 'delete'].includes(kind)) checkText(undefined)
    for (const entry of changes.entries()) {
      if (wanted !== undefined && entry.collection !== wanted) continue
      if (kind === undefined || changeKind(entry) === kind) yield entry
    }
  }
}

/** What a commit takes: a part that is asked for and missing must not become everything. */
export function filterOf(options: CommitOptions): ChangeFilter | 'all' {
  return 'records' in options ? (options.records as ChangeFilter) : 'all' // checked where it is used
}

function checkText(value: unknown): void {
  if (typeof value === 'string') return
  const message = 'Changes are chosen by { collection, kind } or a list of { collection, key }.'
  throw new EspalierError('engine/bad-argument', message)
}

function isList(filter: ChangeFilter): filter is readonly RecordAddress[] {
  return Array.isArray(filter)
}

/** The changes that a filter means, and the others. */
export function splitChanges(
  branch: Chosen,
  filter: ChangeFilter | 'all',
): { readonly selected: WorkingChanges; readonly rest: WorkingChanges } {
  const selected = createWorkingChanges()
  const rest = createWorkingChanges()
  for (const { collection, key, ...change } of selectChanges(branch, filter))
    selected.set(collection, key, change)
  for (const { collection, key, ...change } of branch.changes.entries())
    if (!selected.get(collection, key)) rest.set(collection, key, change)
  return { selected, rest }
}
