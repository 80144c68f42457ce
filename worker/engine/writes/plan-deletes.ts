import { EspalierError } from '../../../src/protocol/errors.ts'
import type { RecordAddress } from '../../../src/protocol/records.ts'
import type { KeyedRecord } from '../../../src/protocol/writes.ts'
import { normalKey } from '../../format/record-layout.ts'
import {
  checkRevision,
  planValue,
  readCurrent,
  recordGone,
  type Current,
  type EditView,
  type PlannedEdit,
} from './plan-edits.ts'
import { isHidden } from '../queries/hide-deleted.ts'
import { stampChanged, withFields, type WriteContext } from './record-times.ts'

/** Throws `record/missing`, `record/changed`, `record/referenced` when records lie below one. */
export async function planDeletes(
  view: EditView,
  records: readonly KeyedRecord[],
): Promise<readonly PlannedEdit[]> {
  const { definition } = view.collection
  const keys = records.map(({ key }) => normalKey(definition, key))
  const current = await readCurrent(view, keys)
  const seen = new Set<string>()
  const edits: PlannedEdit[] = []
  for (const [index, { ifMatch }] of records.entries()) {
    const key = keys[index] as string // one per record
    const { value, base } = current[index] as Current // one per record
    if (value === null || seen.has(key)) throw recordGone(view, key, ifMatch)
    seen.add(key)
    checkRevision(view, key, value, ifMatch)
    const child = await view.childOf(key)
    if (child) throw hasChildren(view, key, child)
    edits.push({ edit: { collection: definition.id, key, before: base, after: null } })
  }
  return edits
}

/** Deletes that only hide records: they get the time of it. Throws `record/missing`, `record/changed`. */
export async function planHides(
  view: EditView,
  records: readonly KeyedRecord[],
  context: WriteContext,
): Promise<readonly PlannedEdit[]> {
  const { definition } = view.collection
  const keys = records.map(({ key }) => normalKey(definition, key))
  const current = await readCurrent(view, keys)
  const seen = new Set<string>()
  const edits: PlannedEdit[] = []
  for (const [index, { ifMatch }] of records.entries()) {
    const key = keys[index] as string // one per record
    const { value, base } = current[index] as Current // one per record
    if (value === null || seen.has(key) || isHidden(context.settings, value))
      throw recordGone(view, key, ifMatch)
    seen.add(key)
    checkRevision(view, key, value, ifMatch)
    const after = stampChanged(context, value, withFields(value, [[context.settings.deleted, context.now]]))
    edits.push(planValue(view, key, base, after))
  }
  return edits
}

function hasChildren(view: EditView, key: string, child: RecordAddress): EspalierError {
  const { id } = view.collection.definition
  return new EspalierError(
    'record/referenced',
    `${id}/${key} has records below it (${child.collection}/${child.key}). Delete them first.`,
    { data: { collection: id, key, child: { ...child } } },
  )
}
