import type { RecordAddress } from '../../src/protocol/records.ts'
import { announceEdits } from './announce-edits.ts'
import type { Branch } from './branch.ts'
import { storedEntry, type Edit } from './journal.ts'
import { maxAttempts, tooBusy } from './too-busy.ts'
import type { Repository } from './repository.ts'

/** Takes working changes back. */
export async function discardChanges(
  repository: Repository,
  branch: Branch,
  records: readonly RecordAddress[] | 'all',
): Promise<void> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const { ref, snapshot, journalSeq, changes } = branch
    const require = [
      { kind: 'ref', name: ref, value: snapshot.commit },
      { kind: 'journal', scope: ref, seq: journalSeq },
    ] as const
    const edits = takeBack(changes, records)
    if (edits.length === 0) {
      // Another tab may have written what this one has not seen yet.
      if (await branch.catchUp(await repository.refresh())) continue
      return
    }
    const all = edits.length === changes.size
    // Emptying the journal still counts its number up: that is how other tabs notice.
    const entry = storedEntry({ base: snapshot.commit, edits: all ? [] : edits })
    const outcome = await repository.commit(require, [
      ...(all ? [{ kind: 'deleteJournal', scope: ref, through: journalSeq } as const] : []),
      { kind: 'appendJournal', scope: ref, entry },
    ])
    if (outcome) {
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

/** The edits that undo working changes: back to the value that the commit has. */
function takeBack(changes: Branch['changes'], records: readonly RecordAddress[] | 'all'): readonly Edit[] {
  const wanted = records === 'all' ? [...changes.entries()] : records
  const edits: Edit[] = []
  for (const { collection, key } of wanted) {
    const change = changes.get(collection, key)
    if (!change) continue
    const committed = change.conflict ? change.conflict.theirs : change.before
    edits.push({ collection, key, before: committed, after: committed })
  }
  return edits
}
