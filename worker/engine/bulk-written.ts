import type { BulkRows, BulkWritten } from '../../src/protocol/bulk-write.ts'
import type { NewRecord } from '../../src/protocol/writes.ts'
import type { RecordValue, Row, RowMeta } from '../../src/protocol/records.ts'
import { revisionOf } from '../records/revision.ts'
import { computedOf } from './computed-fields.ts'
import { rowMaker, statusOf, type WriteAnswer } from './read-records.ts'

/** The answer for rows as they were sent and as they are now. */
export function bulkWritten(sent: BulkRows): WriteAnswer<BulkWritten> {
  return async ({ snapshot, changes }, id, edits) => {
    const { definition } = await snapshot.collection(id)
    const rowOf = rowMaker(definition, snapshot.formulas)
    const isPlain = definition.parent === undefined && !computedOf(definition, snapshot.formulas)
    const meta: RowMeta[] = []
    const others: (readonly [number, Row])[] = []
    for (const { edit } of edits) {
      const { collection, key, after } = edit
      if (collection !== id || !after) continue
      const { value } = sent[meta.length] as NewRecord // one for each
      const change = changes.get(id, key)
      // Ten thousand rows are not made only to be told that they are known.
      if (isPlain && (after === value || hasSameFields(after, value))) {
        const $status = statusOf(change)
        const $rev = revisionOf(after)
        meta.push($status === undefined ? { $id: key, $rev } : { $id: key, $rev, $status })
        continue
      }
      const row = rowOf(key, after, change)
      if (!hasSameFields(row, value)) others.push([meta.length, row])
      const { $id, $rev, $parent, $status } = row
      meta.push({
        $id,
        $rev,
        ...($parent === undefined ? {} : { $parent }),
        ...($status === undefined ? {} : { $status }),
      })
    }
    return { meta, others }
  }
}

/** Whether a record or row has just these fields, those values being the same objects. */
function hasSameFields(record: RecordValue | Row, value: RecordValue): boolean {
  let names = 0
  for (const name of Object.keys(record)) {
    if (name.startsWith('$')) continue
    names++
    if (record[name] !== value[name] || !Object.hasOwn(value, name)) return false
  }
  return names === Object.keys(value).length
}
