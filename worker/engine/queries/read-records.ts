import type { CollectionSettings } from '../../../src/protocol/collection-settings.ts'
import type { Issue } from '../../../src/protocol/issues.ts'
import type { CollectionInfo } from '../../../src/protocol/engine.ts'
import type { RecordStatus, RecordValue, Row } from '../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { parentKey } from '../../format/record-layout.ts'
import { compareKeys } from '../../records/record-map.ts'
import { toRow } from '../../records/row.ts'
import { isHidden } from './hide-deleted.ts'
import { computedOf } from '../snapshots/computed-fields.ts'
import type { CommitSnapshot } from '../snapshots/commit-snapshot.ts'
import type { PlannedEdit } from '../writes/plan-edits.ts'
import type { Change, WorkingChanges } from '../branches/working-changes.ts'

/** What a handle reads: a commit, and the working changes on top of it when it is a branch. */
export interface RecordView {
  readonly snapshot: CommitSnapshot
  readonly changes: Pick<WorkingChanges, 'get' | 'of'>
  /** Tells which records of a collection are hidden; absent where none are. */
  readonly hides?: ((collection: string) => ((value: RecordValue) => boolean) | undefined) | undefined
}

/** Makes rows of one collection: what the library adds to the fields. */
export type RowMaker = (key: string, value: RecordValue, change?: Change) => Row

/** What rows are made with, beside their records. */
export type RowParts = Pick<CommitSnapshot, 'formulas' | 'settingsOf'>

export function rowMaker(definition: CollectionDefinition, { formulas, settingsOf }: RowParts): RowMaker {
  const settings = settingsOf(definition.id)
  const computed = computedOf(definition, formulas)
  if (!computed && definition.parent === undefined)
    return (key, value, change) => {
      const status = shownStatus(settings, value, statusOf(change))
      return status === undefined ? toRow(key, value) : toRow(key, value, { status })
    }
  return (key, value, change) =>
    toRow(key, value, {
      parent: parentKey(definition, key),
      fields: computed?.addTo(value).value,
      status: shownStatus(settings, value, statusOf(change)),
    })
}

/** How a record with this working change stands to the commit; undefined for a clean one. */
export function statusOf(change: Change | undefined): RecordStatus | undefined {
  if (change === undefined) return undefined
  if (change.conflict) return 'conflict'
  return change.before === null ? 'added' : 'modified'
}

/** One that was deleted softly says so, but for what its owner has to hear first. */
export function shownStatus(
  settings: CollectionSettings,
  value: RecordValue,
  status: RecordStatus | undefined,
): RecordStatus | undefined {
  return status !== 'saving' && status !== 'conflict' && isHidden(settings, value) ? 'deleted' : status
}

export async function getRow(
  { snapshot, changes, hides }: RecordView,
  id: string,
  key: string,
): Promise<Row | undefined> {
  const change = changes.get(id, key)
  const collection = await snapshot.collection(id)
  const value = change ? change.after : await collection.get(key)
  if (!value || hides?.(id)?.(value)) return undefined
  return rowMaker(collection.definition, snapshot)(key, value, change)
}

/** Makes of edits, which a view shows, what whoever wrote to the collection is told. */
export type WriteAnswer<T> = (
  view: RecordView,
  collection: string,
  edits: readonly PlannedEdit[],
) => Promise<T>

/** The rows of a collection that edits wrote, as reads see them now. */
export const writtenRows: WriteAnswer<readonly Row[]> = async ({ snapshot, changes }, id, edits) => {
  const { definition } = await snapshot.collection(id)
  const row = rowMaker(definition, snapshot)
  return edits.flatMap(({ edit: { collection, key, after } }) =>
    collection === id && after ? [row(key, after, changes.get(id, key))] : [],
  )
}

/** Records by key, each undefined when there is none; those that are not in memory are read in one sweep. */
export async function getRows(
  { snapshot, changes, hides }: RecordView,
  id: string,
  keys: readonly string[],
): Promise<readonly (Row | undefined)[]> {
  const collection = await snapshot.collection(id)
  // What changed may be in files that cannot be read.
  const isChanged = changes.of(id).size > 0
  const clean = isChanged ? keys.filter((key) => !changes.get(id, key)) : keys
  const values = await collection.values(clean)
  let next = 0
  const row = rowMaker(collection.definition, snapshot)
  const isHidden = hides?.(id)
  return keys.map((key) => {
    const change = isChanged ? changes.get(id, key) : undefined
    const value = change ? change.after : values[next++]
    return value && !isHidden?.(value) ? row(key, value, change) : undefined
  })
}

/** Every record of a collection in key order; below one parent when it is given (as it stands in keys). */
export async function allRows(view: RecordView, id: string, parent?: string): Promise<readonly Row[]> {
  const collection = await view.snapshot.collection(id)
  const { records } = await collection.load(parent)
  const edits = new Map<string, RecordValue | null>()
  for (const [key, { after }] of changesOf(view, id, parent)) edits.set(key, after)
  const row = rowMaker(collection.definition, view.snapshot)
  const isHidden = view.hides?.(id)
  const rows: Row[] = []
  for (const [key, value] of (edits.size > 0 ? records.with(edits) : records).entries())
    if (!isHidden?.(value)) rows.push(row(key, value, edits.size > 0 ? view.changes.get(id, key) : undefined))
  return rows
}

function* changesOf(
  { changes }: RecordView,
  id: string,
  parent: string | undefined,
): Iterable<readonly [string, Change]> {
  for (const entry of changes.of(id))
    if (parent === undefined || entry[0].startsWith(`${parent}/`)) yield entry
}

/** Files and rows that cannot be read, of all records of a collection or of one parent's. */
export async function readProblems(
  { snapshot, changes }: RecordView,
  id: string,
  parent?: string,
): Promise<readonly Issue[]> {
  const { problems } = await (await snapshot.collection(id)).load(parent)
  return problems.filter(({ key }) => key === undefined || !changes.get(id, key))
}

/** Number of records; files of one record are not read for it. */
export async function countRows(view: RecordView, id: string, parent?: string): Promise<number> {
  // Whether a record is hidden is in its file.
  if (view.hides?.(id)) return (await allRows(view, id, parent)).length
  const collection = await view.snapshot.collection(id)
  let count = await collection.count(parent)
  for (const [, { before, after }] of changesOf(view, id, parent)) {
    count += (after === null ? 0 : 1) - (before === null ? 0 : 1)
  }
  return count
}

export async function describeCollections(view: RecordView): Promise<readonly CollectionInfo[]> {
  const infos: CollectionInfo[] = []
  for (const definition of view.snapshot.schema.collections.values()) {
    infos.push({ definition, count: definition.readable.ok ? await countRows(view, definition.id) : null })
  }
  return infos.sort((a, b) => compareKeys(a.definition.id, b.definition.id))
}
