import type { RecordValue } from '../../../src/protocol/records.ts'
import type { WriteOptions } from '../../../src/protocol/validation.ts'
import type { CommitSnapshot, SnapshotSource } from '../snapshots/commit-snapshot.ts'
import type { EditView, PlannedEdit } from './plan-edits.ts'
import { settleDeletes } from './validate-deletes.ts'
import { refuseInvalid } from './validate-edits.ts'

/** A branch's records as they are before the edits of a call. */
export interface RecordsBefore {
  readonly repository: Pick<SnapshotSource, 'trees' | 'codecs'>
  readonly snapshot: CommitSnapshot
  /** The records that differ from the commit's (null: deleted). */
  changes(collection: string): Iterable<readonly [key: string, value: RecordValue | null]>
  /** The same for one record; undefined where it does not differ. */
  changed(collection: string, key: string): RecordValue | null | undefined
  /** To plan further edits on. */
  view(collection: string): Promise<EditView>
}

/** The same with the edits of the call. */
export type PendingRecords = Pick<RecordsBefore, 'repository' | 'snapshot' | 'changes' | 'changed'>

/**
 * The edits of one call, with those that follow from its deletes; refused when they break rules.
 *
 * @throws EspalierError `record/invalid`, `record/referenced`; what planning throws.
 */
export async function checkWrites(
  before: RecordsBefore,
  edits: readonly PlannedEdit[],
  { validate = 'on', references = validate === 'on' ? 'restrict' : undefined }: WriteOptions,
): Promise<readonly PlannedEdit[]> {
  const pending = withEdits(before)
  pending.add(edits)
  const all = references === undefined ? edits : await settleDeletes(before, pending, edits, references)
  if (validate === 'on') await refuseInvalid(pending, all)
  return all
}

/** Records with the edits of a call, which may become more. */
export interface GrowingRecords extends PendingRecords {
  add(edits: readonly PlannedEdit[]): void
}

function withEdits(before: RecordsBefore): GrowingRecords {
  let edits: readonly PlannedEdit[] = []
  const known = new Map<string, ReadonlyMap<string, RecordValue | null>>()
  // Made when somebody asks: most calls of many edits only add.
  const recordsOf = (id: string): ReadonlyMap<string, RecordValue | null> => {
    const records =
      known.get(id) ??
      new Map(edits.flatMap(({ edit }) => (edit.collection === id ? [[edit.key, edit.after]] : [])))
    known.set(id, records)
    return records
  }
  return {
    repository: before.repository,
    snapshot: before.snapshot,
    add: (more) => {
      edits = edits.concat(more)
      known.clear()
    },
    changes: (id) => new Map([...before.changes(id), ...recordsOf(id)]),
    changed: (id, key) => {
      const now = recordsOf(id).get(key)
      return now === undefined ? before.changed(id, key) : now
    },
  }
}
