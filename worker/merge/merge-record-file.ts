import type { Choice, FieldConflict } from '../../src/protocol/merge.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { conflictPathId } from './conflict-path.ts'
import { unmarkBytes } from './exact-numbers.ts'
import { shownConflict } from './marked-numbers.ts'
import type { LostComment } from './lost-comments.ts'
import { mergeRecord } from './merge-record.ts'
import type { MergeRules } from './merge-rules.ts'
import type { RecordFile } from './record-file.ts'
import { resolveRecord } from './resolve-record.ts'
import { markSides, rowsFrom, writeMergedFile, type FileVersions } from './write-merged-file.ts'

/** A merged file of records, with nothing but the file to go by. */
export interface MergedRecordFile {
  /** Undefined where no file is left: one that held a single record, and that is deleted. */
  readonly bytes: Uint8Array | undefined
  readonly conflicts: readonly FileConflict[]
  readonly lostComments: readonly LostComment[]
}

/** A conflict, and the key of its record. */
export interface FileConflict {
  readonly key: string
  readonly conflict: FieldConflict
}

/**
 * Merges a file record by record; undefined when a side holds something that is no record. At conflicts without a
 * choice our values stay. Throws as codecs do.
 */
export function mergeRecordFile(
  file: RecordFile,
  given: FileVersions,
  rules: MergeRules,
  choose: (found: FileConflict) => Choice | undefined = () => undefined,
): MergedRecordFile | undefined {
  const sides = markSides(file, given)
  if (!sides) return undefined
  const none: ReadonlyMap<string, RecordValue> = new Map()
  const read = (bytes: Uint8Array | undefined): ReadonlyMap<string, RecordValue> | undefined =>
    bytes ? file.parse(bytes) : none
  const [base, ours, theirs] = [read(sides.base), read(sides.ours), read(sides.theirs)]
  if (!base || !ours || !theirs) return undefined
  const conflicts: FileConflict[] = []
  const records = new Map<string, RecordValue>()
  for (const key of new Set([...base.keys(), ...ours.keys(), ...theirs.keys()])) {
    const versions = { base: base.get(key), ours: ours.get(key), theirs: theirs.get(key) }
    const merged = mergeRecord(versions, rules)
    const choices = new Map<string, Choice>()
    for (const found of merged.conflicts) {
      const conflict = shownConflict(found)
      conflicts.push({ key, conflict })
      const choice = choose({ key, conflict })
      if (choice !== undefined) choices.set(conflictPathId(found.path), choice)
    }
    const value = resolveRecord(versions, merged, choices, rules)
    if (value) records.set(key, value)
  }
  if (file.isSingle && records.size === 0) return { bytes: undefined, conflicts, lostComments: [] }
  const orders = { base: [...base.keys()], ours: [...ours.keys()], theirs: [...theirs.keys()] }
  const first = file.isList ? rowsFrom(orders) : 'ours'
  const { bytes, lostComments } = writeMergedFile(file, sides, records, first)
  return { bytes: unmarkBytes(bytes), lostComments, conflicts }
}
