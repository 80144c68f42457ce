import { EspalierError } from '../../src/protocol/errors.ts'
import type { ChangeFilter, RecordAddress } from '../../src/protocol/records.ts'
import { changeKind, createWorkingChanges, type Change, type WorkingChanges } from './working-changes.ts'

/**
 * The working changes that a filter means; records without a change are none. Throws `engine/bad-argument` for what is
 * no filter: a name that is not known, or a value that is missing, must not widen it.
 */
export function* selectChanges(
  changes: WorkingChanges,
  filter: ChangeFilter | 'all',
): Iterable<RecordAddress & Change> {
  if (filter === 'all') yield* changes.entries()
  else if (isList(filter)) {
    const seen = createWorkingChanges()
    for (const { collection, key: given } of filter) {
      checkText(given)
      const key = given.normalize('NFC')
      const change = changes.get(collection, key)
      if (!change || seen.get(collection, key)) continue
      seen.set(collection, key, change)
      yield { collection, key, ...change }
    }
  } else {
    const { collection: wanted, kind, ...unknown } = filter
    for (const value of Object.values(filter)) checkText(value)
    for (const _ in unknown) checkText(undefined)
    for (const entry of changes.entries()) {
      if (wanted !== undefined && entry.collection !== wanted) continue
      if (kind === undefined || changeKind(entry) === kind) yield entry
    }
  }
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
  changes: WorkingChanges,
  filter: ChangeFilter | 'all',
): { readonly selected: WorkingChanges; readonly rest: WorkingChanges } {
  const selected = createWorkingChanges()
  const rest = createWorkingChanges()
  for (const { collection, key, ...change } of selectChanges(changes, filter))
    selected.set(collection, key, change)
  for (const { collection, key, ...change } of changes.entries())
    if (!selected.get(collection, key)) rest.set(collection, key, change)
  return { selected, rest }
}
