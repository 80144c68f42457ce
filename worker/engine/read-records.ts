import type { Issue } from '../../src/protocol/issues.ts'
import type { CollectionInfo } from '../../src/protocol/engine.ts'
import type { RecordValue, Row } from '../../src/protocol/records.ts'
import { compareKeys } from '../records/record-map.ts'
import { toRow } from '../records/row.ts'
import type { CommitSnapshot } from './commit-snapshot.ts'
import type { WorkingChanges } from './working-changes.ts'

/** What a handle reads: a commit, and the working changes on top of it when it is a branch. */
export interface RecordView {
  readonly snapshot: CommitSnapshot
  readonly changes: Pick<WorkingChanges, 'get' | 'of'>
}

export async function getRow(
  { snapshot, changes }: RecordView,
  id: string,
  key: string,
): Promise<Row | undefined> {
  const change = changes.get(id, key)
  if (change) return change.after === null ? undefined : toRow(key, change.after)
  const value = await (await snapshot.collection(id)).get(key)
  return value === undefined ? undefined : toRow(key, value)
}

/** Every record of a collection in key order. */
export async function allRows({ snapshot, changes }: RecordView, id: string): Promise<readonly Row[]> {
  const { records } = await (await snapshot.collection(id)).load()
  const edits = new Map<string, RecordValue | null>()
  for (const [key, { after }] of changes.of(id)) edits.set(key, after)
  const rows: Row[] = []
  for (const [key, value] of (edits.size > 0 ? records.with(edits) : records).entries())
    rows.push(toRow(key, value))
  return rows
}

/** Record files that cannot be read, of all records of a collection. */
export async function readProblems({ snapshot, changes }: RecordView, id: string): Promise<readonly Issue[]> {
  const { problems } = await (await snapshot.collection(id)).load()
  return problems.filter(({ key }) => key === undefined || !changes.get(id, key))
}

/** Number of records, without reading them. */
export async function countRows({ snapshot, changes }: RecordView, id: string): Promise<number> {
  const collection = await snapshot.collection(id)
  let count = await collection.count()
  for (const { before, after } of changes.of(id).values()) {
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
