import type { JsonPatchStep } from '../../src/protocol/diff.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { diffValues } from '../format/record-diff.ts'
import type { ValuePath } from '../format/record-value.ts'

/** The steps from one value to another as RFC 6902 has them; list items are added and removed one by one. */
export function toJsonPatch(before: RecordValue, after: RecordValue): readonly JsonPatchStep[] {
  return diffValues(before, after).map((edit) => {
    const path = toPointer(edit.path)
    if (edit.kind === 'remove') return { op: 'remove', path }
    return { op: edit.kind === 'set' ? 'replace' : 'add', path, value: edit.value }
  })
}

/** A JSON pointer (RFC 6901). */
function toPointer(path: ValuePath): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
