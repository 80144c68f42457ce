import { EspalierError } from '../../../src/protocol/errors.ts'
import type { Json, RecordValue } from '../../../src/protocol/records.ts'
import type { KeyedPatch } from '../../../src/protocol/writes.ts'
import { normalKey } from '../../format/record-layout.ts'
import { applyPatch } from '../../records/row.ts'
import { storedPatch } from '../snapshots/computed-fields.ts'
import { needOwnNames } from './own-names.ts'
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
import { stampChanged, type WriteContext } from './record-times.ts'

/** Of edits that follow from others. */
const unsettled: WriteContext = { settings: {}, now: '' }

/** Throws `record/missing`, `record/bad-key`, `record/changed`, `record/bad-value`, `format/bad-record`, `format/edit-refused`. */
export async function planUpdates(
  view: EditView,
  patches: readonly KeyedPatch[],
  context: WriteContext = unsettled,
): Promise<readonly PlannedEdit[]> {
  const { definition } = view.collection
  const keys = patches.map(({ key }) => normalKey(definition, key))
  const current = await readCurrent(view, keys)
  const patched = new Map<string, RecordValue>()
  const edits: PlannedEdit[] = []
  for (const [index, { key: given, patch, ifMatch }] of patches.entries()) {
    const key = keys[index] as string // one per patch
    const { value, base } = current[index] as Current // one per patch
    // A second patch of the same record goes on top of the first.
    const now = patched.get(key) ?? value
    if (now === null || isHidden(context.settings, now)) throw recordGone(view, key, ifMatch)
    checkRevision(view, key, now, ifMatch)
    const { $id } = patch
    // Rows of one parent show the last part of their keys only.
    if ($id !== undefined && $id !== key && $id !== given && definition.parent === undefined)
      throw otherKey(view, key, $id)
    needOwnNames(definition, key, patch, now)
    const stored = storedPatch({ definition, formulas: view.formulas }, key, patch, now)
    const after = stampChanged(context, now, applyPatch(now, stored))
    edits.push(planValue(view, key, patched.get(key) ?? base, after))
    patched.set(key, after)
  }
  return edits
}

function otherKey({ collection }: EditView, key: string, given: Json): EspalierError {
  const { id } = collection.definition
  const message = `An update cannot give ${id}/${key} another "$id". Insert it there, and delete this one.`
  return new EspalierError('record/bad-key', message, { data: { collection: id, key, $id: given } })
}
