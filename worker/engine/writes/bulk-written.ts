import type { BulkWritten } from '../../../src/protocol/bulk-write.ts'
import type { NewRecord } from '../../../src/protocol/writes.ts'
import type { RecordStatus, RecordValue, Row } from '../../../src/protocol/records.ts'
import { revisionOf } from '../../records/revision.ts'
import type { SentRows } from './bulk-parts.ts'
import { computedOf } from '../snapshots/computed-fields.ts'
import { rowMaker, statusOf, type WriteAnswer } from '../queries/read-records.ts'

/** The answer for rows as they were sent and as they are now. */
export function bulkWritten({ rows: sent, revisions: revisionsOf }: SentRows): WriteAnswer<BulkWritten> {
  return async ({ snapshot, changes }, id, edits) => {
    const { definition } = await snapshot.collection(id)
    const rowOf = rowMaker(definition, snapshot)
    const isPlain = definition.parent === undefined && !computedOf(definition, snapshot.formulas)
    const known = revisionsOf()
    const revisions: string[] = []
    const others: (readonly [number, Row])[] = []
    let status: RecordStatus | undefined
    edits.forEach(({ edit: { collection, key, after } }) => {
      if (collection !== id || !after) return
      const index = revisions.length
      const change = changes.get(id, key)
      if (index === 0) status = statusOf(change)
      const given = sent[index] as NewRecord // one for each
      revisions.push(after === given.value ? (known[index] as string) : revisionOf(after))
      // Ten thousand rows are not made only to be told that they are known.
      const isKnown = isPlain && key === given.key && status === statusOf(change)
      if (!isKnown || (after !== given.value && !hasSameFields(after, given.value)))
        others.push([index, rowOf(key, after, change)])
    })
    return { revisions: revisions.join(''), status, others }
  }
}

/** Whether a record has just these fields, those values being the same objects. */
function hasSameFields(record: RecordValue, value: RecordValue): boolean {
  const names = Object.keys(record)
  return (
    names.length === Object.keys(value).length &&
    names.every((name) => Object.hasOwn(value, name) && record[name] === value[name])
  )
}
