import { EspalierError } from '../../../src/protocol/errors.ts'
import type { Author, CommitInfo } from '../../../src/protocol/outcomes.ts'
import type { ChangeFilter, RecordValue } from '../../../src/protocol/records.ts'
import type { NewObject } from '../../git/objects/object.ts'
import type { Oid } from '../../git/objects/oid.ts'
import { hashObject } from '../../git/objects/sha1.ts'
import type { TreeEdit } from '../../git/trees/tree-edit.ts'
import type { Branch } from '../branches/branch.ts'
import type { CollectionSnapshot } from '../snapshots/collection-snapshot.ts'
import type { CommitSnapshot } from '../snapshots/commit-snapshot.ts'
import { checkPart } from '../writes/check-part.ts'
import { storedEntry, type Edit, type JournalEntry } from '../branches/journal.ts'
import type { Repository } from '../repository/repository.ts'
import { splitChanges } from '../writes/select-changes.ts'
import { storeCommit } from './store-commit.ts'
import { announceEdits } from '../branches/announce-edits.ts'
import { maxAttempts, tooBusy } from '../common/too-busy.ts'
import { createWorkingChanges, type WorkingChanges } from '../branches/working-changes.ts'

/** What to commit, and how it is called. */
export interface CommitRequest {
  /** Or what makes it of the changes that are committed. */
  readonly message: string | ((selected: WorkingChanges) => Promise<string>)
  readonly author: Author
  readonly committer?: Author
  readonly filter: ChangeFilter | 'all'
}

/**
 * Commits working changes of a branch. One durable batch holds the objects, the ref, the reflog and the end of the
 * journal entries (what is not committed goes on as an entry on the new commit); it is written only if branch and
 * journal are still what the commit was made from.
 *
 * Throws `engine/nothing-to-commit`, `record/changed` when a change conflicts, `record/invalid`, `record/referenced`
 * and `record/missing` when a selection would break what all changes together do not, `engine/busy`.
 */
export async function commitChanges(
  repository: Repository,
  branch: Branch,
  request: CommitRequest,
): Promise<CommitInfo> {
  return repository.exclusive(async () => {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const committed = await tryCommit(repository, branch, request)
      if (committed) return committed
      await branch.catchUp(await repository.refresh())
    }
    throw tooBusy()
  })
}

async function tryCommit(
  repository: Repository,
  branch: Branch,
  { message, filter, ...signed }: CommitRequest,
): Promise<CommitInfo | undefined> {
  const { ref, snapshot, journalSeq } = branch
  const { selected, rest } =
    filter === 'all'
      ? { selected: branch.changes, rest: createWorkingChanges() }
      : splitChanges(branch, filter)
  if (selected.size === 0) {
    // Another tab may have written what this one has not seen yet.
    if (await branch.catchUp(await repository.refresh())) return undefined
    throw nothingToCommit(branch)
  }
  refuseConflicts(branch, selected)
  if (rest.size > 0) await checkPart(repository, branch, selected, 'committed')

  const { edits, blobs } = await writeFiles(snapshot, selected)
  const records = [...selected.entries()]
  const stored = await storeCommit(repository, branch, {
    edits,
    blobs,
    message: typeof message === 'string' ? message : await message(selected),
    ...signed,
    writes: (commit) => [
      { kind: 'deleteJournal', scope: ref, through: journalSeq },
      ...remainingEntries(rest, snapshot.commit, commit).map(
        (entry) => ({ kind: 'appendJournal', scope: ref, entry: storedEntry(entry) }) as const,
      ),
    ],
  })
  if (!stored || stored === 'unchanged') return undefined
  const next = await branch.snapshotAt(stored.oid, editsByCollection(selected))
  branch.moved(next, rest, records, stored.journalSeq)
  announceEdits(repository, branch, records)
  repository.emit({ type: 'status' })
  repository.platform.after(0, () => openChanged(next, selected))
  return stored.info
}

/** Brings collections over to the new commit before somebody waits for it: with many edits that takes a while. */
function openChanged(snapshot: CommitSnapshot, changes: WorkingChanges): void {
  // Whoever reads next meets what fails.
  for (const id of changes.collections()) snapshot.collection(id).catch(() => {})
}

/**
 * The journal of changes that a commit leaves. Those in conflict keep an older base: going on from there to the new
 * commit is what finds the conflict again.
 */
function remainingEntries(rest: WorkingChanges, older: Oid, commit: Oid): readonly JournalEntry[] {
  const conflicts: Edit[] = []
  const edits: Edit[] = []
  for (const { collection, key, before, after, conflict } of rest.entries())
    (conflict ? conflicts : edits).push({ collection, key, before, after })
  return [
    { base: older, edits: conflicts },
    { base: commit, edits },
  ].filter((entry) => entry.edits.length > 0)
}

function nothingToCommit({ name, changes }: Branch): EspalierError {
  return new EspalierError(
    'engine/nothing-to-commit',
    changes.size === 0
      ? `${name} has no working changes. Edit a record first.`
      : `None of the ${changes.size} working change(s) of ${name} was selected. Check the filter.`,
    { data: { branch: name } },
  )
}

function refuseConflicts(branch: Branch, selected: WorkingChanges): void {
  const records = [...selected.entries()]
    .filter(({ conflict }) => conflict)
    .map(({ collection, key }) => ({ collection, key }))
  if (records.length === 0) return
  const shown = records
    .slice(0, 5)
    .map(({ collection, key }) => `${collection}/${key}`)
    .join(', ')
  throw new EspalierError(
    'record/changed',
    `${records.length} working change(s) conflict with what the branch holds now (${shown}). Edit these records again or discard the changes, then commit.`,
    { data: { branch: branch.name, records } },
  )
}

async function writeFiles(
  snapshot: CommitSnapshot,
  changes: WorkingChanges,
): Promise<{ edits: readonly TreeEdit[]; blobs: readonly NewObject[] }> {
  const edits: TreeEdit[] = []
  const blobs: NewObject[] = []
  for (const id of changes.collections()) {
    const collection = await snapshot.collection(id)
    await loadIfMostlyNew(collection, changes.of(id).size)
    const { written, deleted } = await collection.write(changes.of(id))
    for (const path of deleted) edits.push({ path, delete: true })
    for (const { path, mode, bytes } of written) {
      const oid = hashObject('blob', bytes)
      edits.push({ path, oid, mode })
      blobs.push({ oid, type: 'blob', bytes })
      collection.stored?.(oid, bytes)
    }
  }
  return { edits, blobs }
}

/** Below this many changes reading the collection anew costs little. */
const manyChanges = 200

/**
 * When most records of a collection are what is committed now (a first import), reading the others before lets the
 * next version take all of them over from memory instead of reading them from git.
 */
async function loadIfMostlyNew(collection: CollectionSnapshot, changed: number): Promise<void> {
  if (changed < manyChanges || collection.loaded()) return
  if ((await collection.count()) <= changed && !(await collection.largeKeys())) await collection.load()
}

function editsByCollection(
  changes: WorkingChanges,
): ReadonlyMap<string, ReadonlyMap<string, RecordValue | null>> {
  const edits = new Map<string, ReadonlyMap<string, RecordValue | null>>()
  for (const id of changes.collections()) {
    edits.set(id, new Map([...changes.of(id)].map(([key, { after }]) => [key, after])))
  }
  return edits
}
