import { EspalierError, isEspalierError } from '../../../src/protocol/errors.ts'
import { createHistory, type History } from '../../git/history/history.ts'
import { aheadBehind, countAhead } from '../../git/history/merge-base.ts'
import { createObjectStore, type ObjectStore } from '../../git/packs/object-store.ts'
import type { Oid } from '../../git/objects/oid.ts'
import { createRefs, type Refs } from '../../git/refs/refs.ts'
import type { LogRow, Storage } from '../../storage/storage.ts'
import type { BranchSummary, Summary } from './database-row.ts'
import { parseJournalEntry } from '../branches/journal.ts'
import { branchPrefix, headRef, remoteBranchPrefix, remoteBranchRef } from '../repository/ref-names.ts'
import { createWorkingChanges } from '../branches/working-changes.ts'

/** What a summary is made from. */
export interface Holdings {
  readonly objects: ObjectStore
  readonly refs: Refs
  /** The working changes of a branch. */
  changesOf(branch: string): Omit<BranchSummary, 'name'>
}

/** What a repository holds; null before its first clone is stored. */
export async function summarize({ objects, refs, changesOf }: Holdings): Promise<Summary | null> {
  if (refs.value(headRef) === null) return null
  const head = refs.target(headRef)
  const packs = objects.packs()
  const branches = refs.list(branchPrefix).map(({ name }) => name.slice(branchPrefix.length))
  return {
    at: Date.now(),
    branch: head.startsWith(branchPrefix) ? head.slice(branchPrefix.length) : null,
    branches: branches.map((name) => ({ name, ...changesOf(name) })),
    sizeBytes: packs.reduce((sum, { bytes, index }) => sum + bytes.sizeBytes + index.bytes.byteLength, 0),
    packs: packs.length,
    ...(await distances(createHistory(objects, refs.shallow), refs, branches)),
  }
}

/** Where history is incomplete nobody can tell what was pushed. */
async function distances(
  history: History,
  refs: Refs,
  branches: readonly string[],
): Promise<Pick<Summary, 'unpushed' | 'diverged'>> {
  const known = new Set<Oid>(refs.list(remoteBranchPrefix).map(({ oid }) => oid))
  const tips = new Set<Oid>()
  let diverged = false
  let unpushed: number | null = 0
  for (const branch of branches) {
    const tip = refs.oid(branchPrefix + branch)
    if (tip === null || known.has(tip)) continue
    tips.add(tip)
    const tracked = refs.oid(remoteBranchRef(branch))
    if (tracked === null || diverged) continue
    const distance = await unlessMissing(() => aheadBehind(history, tip, tracked))
    diverged = distance !== null && distance.ahead > 0 && distance.behind > 0
  }
  if (tips.size > 0) unpushed = await unlessMissing(() => countAhead(history, [...tips], [...known]))
  return { unpushed, diverged }
}

async function unlessMissing<T>(count: () => Promise<T>): Promise<T | null> {
  try {
    return await count()
  } catch (error) {
    if (isEspalierError(error, 'git/history-missing')) return null
    throw error
  }
}

/** Counts what a store holds that this tab has not open. Throws `storage/*`, `git/*` where it cannot be read. */
export async function summarizeStorage(storage: Storage): Promise<Summary | null> {
  const state = await storage.readState()
  const changes = changesInJournal(state.journal)
  const objects = await createObjectStore(storage, state)
  const refs = createRefs(state.refs)
  for (const { name, oid } of refs.list(branchPrefix)) if (!objects.has(oid)) throw tipMissing(name, oid)
  return summarize({
    objects,
    refs,
    changesOf: (branch) => changes.get(branchPrefix + branch) ?? noChanges,
  })
}

function tipMissing(ref: string, oid: Oid): EspalierError {
  return new EspalierError(
    'git/object-missing',
    `${ref} names the commit ${oid}, which is not stored. Delete the database and clone it again.`,
    { data: { ref, oid } },
  )
}

const noChanges: Omit<BranchSummary, 'name'> = { workingChanges: 0, conflicts: 0 }

/**
 * Working changes by ref, without the commits below them: never fewer than there are. What a pull brought as well
 * is still counted here, and conflicts are only seen by who opens the branch.
 */
export function changesInJournal(
  journal: readonly LogRow[],
): ReadonlyMap<string, Omit<BranchSummary, 'name'>> {
  const byRef = new Map<string, ReturnType<typeof createWorkingChanges>>()
  for (const row of journal) {
    const changes = byRef.get(row.scope) ?? createWorkingChanges()
    byRef.set(row.scope, changes)
    for (const edit of parseJournalEntry(row).edits) changes.apply(edit)
  }
  return new Map([...byRef].map(([ref, changes]) => [ref, { workingChanges: changes.size, conflicts: 0 }]))
}
