import { EspalierError } from '../../../src/protocol/errors.ts'
import type { RecordAddress, RecordValue } from '../../../src/protocol/records.ts'
import type { Oid } from '../../git/objects/oid.ts'
import { equalValues } from '../../format/record-diff.ts'
import type { Requirement, StorageState } from '../../storage/storage.ts'
import { openCommit, type CommitSnapshot, type Inheritance } from '../snapshots/commit-snapshot.ts'
import { currentName } from '../repository/branch-policy.ts'
import { parseJournalEntry, type Edit } from './journal.ts'
import { branchPrefix } from '../repository/ref-names.ts'
import type { Repository } from '../repository/repository.ts'
import { createWorkingChanges, type Change, type WorkingChanges } from './working-changes.ts'

/** Whoever keeps something that follows a branch. Called within what changes the branch: it must not throw or wait. */
export interface BranchObserver {
  /** Edits are being stored. One of the next two follows. */
  saving(edits: readonly Edit[]): void
  /** They were not stored: the branch is as it was. */
  unsaved(): void
  /** The working changes are others; `edits` when these are all that is new. */
  applied(edits?: readonly Edit[]): void
  /** The branch is at another commit, and its working changes may be others. `records`: see {@link Branch.moved}. */
  moved(records?: readonly RecordAddress[]): void
}

/** One branch as this tab sees it: its commit, and the working changes on top. */
export interface Branch {
  /** The full ref name, which is also the scope of its journal. A renamed branch has another one after {@link catchUp}. */
  readonly ref: string
  readonly name: string
  readonly snapshot: CommitSnapshot
  readonly changes: WorkingChanges
  /** The last journal entry that `changes` holds. */
  readonly journalSeq: number

  /** Edits are about to be stored; {@link applied} follows when they are. The returned function says that they are not. */
  saving(edits: readonly Edit[]): () => void
  /** Takes in edits that the journal holds now; none when the working changes were changed already. */
  applied(edits: readonly { readonly edit: Edit; readonly file?: Change['file'] }[], journalSeq: number): void
  /**
   * The branch moved to a commit, and these changes remain. `records`: all that differ between the two commits, when
   * they are known. `journalSeq`: its last entry, when it moved as well.
   */
  moved(
    snapshot: CommitSnapshot,
    remaining?: WorkingChanges,
    records?: readonly RecordAddress[],
    journalSeq?: number,
  ): void
  /** Follows what storage says now. Returns whether anything changed. */
  catchUp(state: StorageState): Promise<boolean>
  /** Prepares a snapshot of another commit that builds on this one. */
  snapshotAt(commit: Oid, edits?: Inheritance['edits']): Promise<CommitSnapshot>
  /** From now on the observer hears of everything; there is one. */
  observe(observer: BranchObserver): void
}

/** The working changes that storage holds, of every branch. */
export type Journals = Pick<StorageState, 'journal' | 'journalSeqs'>

/** The last entry of a journal, as a requirement: nobody wrote on the branch meanwhile. */
export function journalUnmoved({ journalSeqs }: Journals, scope: string): Requirement {
  return { kind: 'journal', scope, seq: journalSeqs.get(scope) ?? 0 }
}

/** Throws `git/ref-missing`, `format/*`. */
export async function openBranch(
  repository: Repository,
  opened: string,
  state: Journals,
  from?: CommitSnapshot,
): Promise<Branch> {
  let ref = opened
  const commit = repository.refs.oid(ref)
  if (commit === null) throw branchMissing(ref)
  let snapshot = await openCommit(repository, commit, from && { from })
  let { changes, journalSeq } = await replay(repository, state, ref, snapshot)
  let observer: BranchObserver | undefined

  return {
    get ref() {
      return ref
    },
    get name() {
      return ref.slice(branchPrefix.length)
    },
    get snapshot() {
      return snapshot
    },
    get changes() {
      return changes
    },
    get journalSeq() {
      return journalSeq
    },
    saving: (edits) => {
      observer?.saving(edits)
      return () => observer?.unsaved()
    },
    applied: (edits, seq) => {
      edits.forEach(({ edit, file }) => changes.apply(edit, file))
      journalSeq = seq
      observer?.applied(edits.length > 0 ? edits.map(({ edit }) => edit) : undefined)
    },
    moved: (next, remaining = createWorkingChanges(), records, seq = journalSeq) => {
      snapshot = next
      changes = remaining
      journalSeq = seq
      observer?.moved(records)
    },
    catchUp: async (seen) => {
      const name = currentName(repository, ref)
      if (name !== ref) {
        ref = name
        // The journal came along, and counts anew.
        journalSeq = -1
      }
      const now = repository.refs.oid(ref)
      if (now === null) throw branchMissing(ref)
      const seq = seen.journalSeqs.get(ref) ?? 0
      if (now === snapshot.commit && seq === journalSeq) return false
      const next = now === snapshot.commit ? snapshot : await openCommit(repository, now, { from: snapshot })
      const replayed = await replay(repository, seen, ref, next)
      const isMove = next !== snapshot
      snapshot = next
      ;({ changes, journalSeq } = replayed)
      if (isMove) observer?.moved()
      else observer?.applied()
      return true
    },
    snapshotAt: (wanted, edits) =>
      openCommit(repository, wanted, edits ? { from: snapshot, edits } : { from: snapshot }),
    observe: (next) => {
      observer = next
    },
  }
}

/** Rebuilds the working changes of a branch from its journal. */
async function replay(
  repository: Repository,
  state: Journals,
  ref: string,
  snapshot: CommitSnapshot,
): Promise<{ changes: WorkingChanges; journalSeq: number }> {
  const changes = createWorkingChanges()
  let base = snapshot.commit
  const moveTo = async (commit: Oid): Promise<void> => {
    if (changes.size > 0 && commit !== base) {
      const next =
        commit === snapshot.commit ? snapshot : await openCommit(repository, commit, { from: snapshot })
      await carryOver(changes, next)
    }
    base = commit
  }
  // Step by step, as it happened: an edit may build on what an earlier move of the branch brought.
  for (const row of state.journal) {
    if (row.scope !== ref) continue
    const entry = parseJournalEntry(row)
    await moveTo(entry.base)
    for (const edit of entry.edits) changes.apply(edit)
  }
  await moveTo(snapshot.commit)
  return { changes, journalSeq: state.journalSeqs.get(ref) ?? 0 }
}

/**
 * The branch moved under working changes: those whose record did not change there stay as they are, those that
 * the commit has already go, and the others become conflicts. None is dropped.
 */
export async function carryOver(changes: WorkingChanges, snapshot: CommitSnapshot): Promise<void> {
  for (const { collection, key, before, after } of Array.from(changes.entries())) {
    const theirs = await committedValue(snapshot, collection, key)
    if (equalValues(theirs ?? undefined, before ?? undefined)) {
      // Its file may still be another (a comment, the order of fields): the new content is made from that one.
      changes.set(collection, key, { before, after })
      continue
    }
    const same = equalValues(theirs ?? undefined, after ?? undefined)
    changes.set(collection, key, same ? undefined : { before, after, conflict: { theirs } })
  }
}

/** The value in the commit; a record or collection that cannot be read there counts as gone. */
async function committedValue(
  snapshot: CommitSnapshot,
  collection: string,
  key: string,
): Promise<RecordValue | null> {
  try {
    return (await (await snapshot.collection(collection)).get(key)) ?? null
  } catch (error) {
    if (error instanceof EspalierError && /^(record|format)\//.test(error.code)) return null
    throw error
  }
}

/** Records that both sides changed: working changes here, and what lies between two commits there. */
export async function overlap(branch: Branch, next: CommitSnapshot): Promise<readonly RecordAddress[]> {
  const records: RecordAddress[] = []
  for (const { collection, key, before, after } of branch.changes.entries()) {
    const theirs = await committedValue(next, collection, key)
    if (equalValues(theirs ?? undefined, before ?? undefined)) continue
    if (!equalValues(theirs ?? undefined, after ?? undefined)) records.push({ collection, key })
  }
  return records
}

function branchMissing(ref: string): EspalierError {
  return new EspalierError(
    'git/ref-missing',
    `There is no branch "${ref.slice(branchPrefix.length)}". Create it, or open another.`,
    {
      data: { ref },
    },
  )
}
