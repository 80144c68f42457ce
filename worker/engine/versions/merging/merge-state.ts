import type { MergeOptions } from '../../../../src/protocol/merge-calls.ts'
import type { Oid } from '../../../git/objects/oid.ts'
import type { Requirement, StorageState, Write } from '../../../storage/storage.ts'
import type { Branch } from '../../branches/branch.ts'
import type { Repository } from '../../repository/repository.ts'
import type { StoredChoice } from './merge-conflicts.ts'

/** A merge that was started, as it is kept. Everything else is worked out from it. */
export interface StoredMerge {
  readonly from: string
  /** Compactions keep it: see `maintenance.ts`. */
  readonly theirs: Oid
  readonly options: MergeOptions
  readonly choices: readonly (readonly [conflict: string, choice: StoredChoice])[]
}

/** The merge that a branch is in. */
export function storedMerge({ meta }: Repository, { ref }: Branch): StoredMerge | undefined {
  return meta.get(stateKey(ref)) as StoredMerge | undefined // nobody else writes it
}

/**
 * What puts a merge's state in the place of the one that was read from `state`, or ends it: of two tabs that do so at
 * once one is refused. The journal of its own counts the writes; nothing stays in it.
 */
export function mergeStateWrites(
  { ref }: Branch,
  { journalSeqs }: StorageState,
  next: StoredMerge | undefined,
): { readonly require: readonly Requirement[]; readonly writes: readonly Write[] } {
  const scope = stateKey(ref)
  const seq = journalSeqs.get(scope) ?? 0
  return {
    require: [{ kind: 'journal', scope, seq }],
    writes: [
      { kind: 'setMeta', key: scope, value: next },
      { kind: 'appendJournal', scope, entry: null },
      { kind: 'deleteJournal', scope, through: seq + 1 },
    ],
  }
}

/** What takes a branch's merge along when the branch gets another name, or none (`next` undefined). */
export function movedMergeWrites(
  { meta }: Pick<Repository, 'meta'>,
  old: string,
  next: string | undefined,
): readonly Write[] {
  const state = meta.get(stateKey(old))
  if (state === undefined) return []
  return [
    ...(next === undefined ? [] : [{ kind: 'setMeta', key: stateKey(next), value: state } as const]),
    { kind: 'setMeta', key: stateKey(old), value: undefined },
  ]
}

function stateKey(ref: string): string {
  return `merge:${ref}`
}
