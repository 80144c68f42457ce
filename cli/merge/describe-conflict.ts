import type { MergeConflict } from '../../src/protocol/merge-calls.ts'
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
  return `(${kind}): ${conflictPlace(conflict, file)}: base ${showValue(base)}, ours ${showValue(ours)}, theirs ${showValue(theirs)}`
}

/** A whole file is not shown on one line. */
function sidesThatHave({ base, ours, theirs }: Pick<MergeConflict, 'base' | 'ours' | 'theirs'>): string {
  if (ours === undefined) return 'deleted by us, changed by them'
  if (theirs === undefined) return 'changed by us, deleted by them'
  return base === undefined ? 'added by both' : 'changed by both'
}
