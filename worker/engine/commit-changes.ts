import { EspalierError } from '../../src/protocol/errors.ts'
import type { Author, CommitInfo } from '../../src/protocol/outcomes.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import type { NewObject } from '../git/object.ts'
import { hashObject } from '../git/sha1.ts'
import type { TreeEdit } from '../git/tree-edit.ts'
import type { Branch } from './branch.ts'
import type { Repository } from './repository.ts'
import { storeCommit } from './store-commit.ts'
import { announceEdits } from './announce-edits.ts'
import { maxAttempts, tooBusy } from './too-busy.ts'

/**
 * Commits the working changes of a branch. One durable batch holds the objects, the ref, the reflog and the end
 * of the journal entries; it is written only if branch and journal are still what the commit was made from.
 *
 * Throws `engine/nothing-to-commit`, `record/changed` when a change conflicts, `engine/busy`.
 */
export async function commitChanges(
  repository: Repository,
  branch: Branch,
  message: string,
  author: Author,
): Promise<CommitInfo> {
  return repository.exclusive(async () => {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const committed = await tryCommit(repository, branch, message, author)
      if (committed) return committed
      await branch.catchUp(await repository.refresh())
    }
    throw tooBusy()
  })
}

async function tryCommit(
  repository: Repository,
  branch: Branch,
  message: string,
  author: Author,
): Promise<CommitInfo | undefined> {
  const { ref, changes, journalSeq } = branch
  if (changes.size === 0) {
    // Another tab may have written what this one has not seen yet.
    if (await branch.catchUp(await repository.refresh())) return undefined
    throw new EspalierError(
      'engine/nothing-to-commit',
      `${branch.name} has no working changes. Edit a record first.`,
      {
        data: { branch: branch.name },
      },
    )
  }
  refuseConflicts(branch)

  const { edits, blobs } = await writeFiles(branch)
  const records = [...changes.entries()]
  const stored = await storeCommit(repository, branch, {
    edits,
    blobs,
    message,
    author,
    writes: [{ kind: 'deleteJournal', scope: ref, through: journalSeq }],
  })
  if (!stored || stored === 'unchanged') return undefined
  branch.moved(await branch.snapshotAt(stored.oid, editsByCollection(branch)), undefined, records)
  announceEdits(repository, branch, records)
  repository.emit({ type: 'status' })
  return stored.info
}

function refuseConflicts(branch: Branch): void {
  const records = [...branch.changes.entries()]
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
  branch: Branch,
): Promise<{ edits: readonly TreeEdit[]; blobs: readonly NewObject[] }> {
  const edits: TreeEdit[] = []
  const blobs: NewObject[] = []
  for (const id of branch.changes.collections()) {
    const collection = await branch.snapshot.collection(id)
    const { written, deleted } = await collection.write(branch.changes.of(id))
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

function editsByCollection(branch: Branch): ReadonlyMap<string, ReadonlyMap<string, RecordValue | null>> {
  const edits = new Map<string, ReadonlyMap<string, RecordValue | null>>()
  for (const id of branch.changes.collections()) {
    edits.set(id, new Map([...branch.changes.of(id)].map(([key, { after }]) => [key, after])))
  }
  return edits
}
