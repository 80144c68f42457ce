import type { MergeConflict } from '../../src/protocol/merge-calls.ts'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import { equalValues } from '../../worker/format/record-diff.ts'
import { showValue } from '../report/commit-text.ts'

/** What a conflict is about: the record and the field, or the file. */
export function conflictPlace(
  { collection, key, path }: Pick<MergeConflict, 'collection' | 'key' | 'path'>,
  file: string,
): string {
  const what = collection === undefined ? file : key === undefined ? collection : `${collection}/${key}`
  return path.length === 0 ? what : `${what} ${path.join('.')}`
}

/** A conflict on one line: its kind, its place, and the three versions. */
export function describeConflict(
  conflict: Pick<MergeConflict, 'collection' | 'key' | 'path' | 'kind' | 'base' | 'ours' | 'theirs'>,
  file: string,
): string {
  const { kind, base, ours, theirs } = conflict
  if (kind === 'file') return `(file): ${file}: ${sidesThatHave(conflict)}`
  const place = conflictPlace(conflict, file)
  if (conflict.path.length === 0 && isRecord(base) && isRecordOrNone(ours) && isRecordOrNone(theirs))
    return `(${kind}): ${place}: ours ${changeOf(base, ours)}, theirs ${changeOf(base, theirs)}`
  return `(${kind}): ${place}: base ${showValue(base)}, ours ${showValue(ours)}, theirs ${showValue(theirs)}`
}

function isRecord(value: Json | undefined): value is RecordValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isRecordOrNone(value: Json | undefined): value is RecordValue | undefined {
  return value === undefined || isRecord(value)
}

/** What became of a record: a whole one is not shown on one line. */
function changeOf(base: RecordValue, side: RecordValue | undefined): string {
  if (side === undefined) return 'deleted it'
  const fields = [...new Set([...Object.keys(base), ...Object.keys(side)])]
  const fieldOf = (record: RecordValue, name: string): Json | undefined =>
    Object.hasOwn(record, name) ? record[name] : undefined
  return fields
    .filter((name) => !equalValues(fieldOf(base, name), fieldOf(side, name)))
    .map((name) => `${name} ${showValue(fieldOf(base, name))} → ${showValue(fieldOf(side, name))}`)
    .join(', ')
}

/** A whole file is not shown on one line. */
function sidesThatHave({ base, ours, theirs }: Pick<MergeConflict, 'base' | 'ours' | 'theirs'>): string {
  if (ours === undefined) return 'deleted by us, changed by them'
  if (theirs === undefined) return 'changed by us, deleted by them'
  return base === undefined ? 'added by both' : 'changed by both'
}
