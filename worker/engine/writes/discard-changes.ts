import type { ChangeFilter } from '../../../src/protocol/records.ts'
import { announceEdits } from '../branches/announce-edits.ts'
import type { Branch } from '../branches/branch.ts'
import { checkPart } from './check-part.ts'
import { storedEntry, type Edit } from '../branches/journal.ts'
import type { DoneEdit, OperationLog } from './operation-log.ts'
import { maxAttempts, tooBusy } from '../common/too-busy.ts'
import type { Repository } from '../repository/repository.ts'
import { selectChanges, splitChanges } from './select-changes.ts'

/**
 * Takes working changes back.
 *
 * Throws `record/missing`, `record/invalid` and `record/referenced` when those that stay need the others.
 */
export async function discardChanges(
  repository: Repository,
  branch: Branch,
  log: OperationLog,
  filter: ChangeFilter | 'all',
): Promise<void> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const { ref, snapshot, journalSeq, changes } = branch
    const require = [
      { kind: 'ref', name: ref, value: snapshot.commit },
      { kind: 'journal', scope: ref, seq: journalSeq },
    ] as const
    const done = takeBack(branch, filter)
    const edits = done.map(toCommitted)
    if (edits.length === 0) {
      // Another tab may have written what this one has not seen yet.
      if (await branch.catchUp(await repository.refresh())) continue
      return
    }
    const all = edits.length === changes.size
    if (!all) await checkPart(repository, branch, splitChanges(branch, filter).rest, 'discarded')
    // Emptying the journal still counts its number up: that is how other tabs notice.
    const entry = storedEntry({ base: snapshot.commit, edits: all ? [] : edits })
    const outcome = await repository.commit(require, [
      ...(all ? [{ kind: 'deleteJournal', scope: ref, through: journalSeq } as const] : []),
      { kind: 'appendJournal', scope: ref, entry },
    ])
    if (outcome) {
      log.add({ edits: done })
      if (all) changes.clear()
      else for (const { collection, key } of edits) changes.set(collection, key, undefined)
      branch.applied([], outcome.journalSeqs.get(ref) ?? journalSeq)
      announceEdits(repository, branch, edits)
      return
    }
    await branch.catchUp(await repository.refresh())
  }
  throw tooBusy()
}

/** What discarding does to records: back to the value that the commit has. */
function takeBack(branch: Branch, filter: ChangeFilter | 'all'): readonly DoneEdit[] {
  return Array.from(selectChanges(branch, filter), ({ collection, key, before, after, conflict }): DoneEdit =>
    conflict
      ? { collection, key, before: after, after: conflict.theirs, decided: true }
      : { collection, key, before: after, after: before, clean: true },
  )
}

/** As the journal notes it: no change any more. */
function toCommitted({ collection, key, after }: Edit): Edit {
  return { collection, key, before: after, after }
}
