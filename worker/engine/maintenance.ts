import { compact } from '../git/packs/compaction.ts'
import type { Oid } from '../git/objects/oid.ts'
import { reflogEntryOf } from '../git/refs/reflog.ts'
import { parseJournalEntry } from './branches/journal.ts'
import type { Repository } from './repository/repository.ts'
import { arrivingSegments } from './repository/transfer.ts'

/** Keeps an open repository small: many little packs become one when nothing else is to do. */
export interface Maintenance {
  /** Keeps a commit that no ref may reach (a read-only handle) through compactions. */
  pin(commit: Oid): void
  /** Compacts now, if no other tab has the repository open. */
  compact(): Promise<void>
  stop(): void
}

/** From this many packs on a compaction is planned: each one is another place to look for an object. */
const manyPacks = 48

export function createMaintenance(repository: Repository): Maintenance {
  const pinned = new Set<Oid>()
  const stopped = new AbortController()
  let callOff: (() => void) | undefined

  const run = async (): Promise<void> => {
    await repository.whenAlone(async () => {
      await repository.exclusive(() => compactOnce(repository, pinned, stopped.signal))
    })
  }

  // Left by transfers that were cut off. Not before there is time, and never under a transfer that runs.
  const callOffTidying = repository.platform.whenIdle(() => {
    tidy(repository).catch(() => {})
  })

  repository.onCommitted(() => {
    if (stopped.signal.aborted || callOff || repository.objects.packs().length < manyPacks) return
    callOff = repository.platform.whenIdle(() => {
      callOff = undefined
      // Nothing is lost when it fails: the packs stay as they are and the next commit plans it again.
      run().catch(() => {})
    })
  })

  return {
    pin: (commit) => pinned.add(commit),
    compact: run,
    stop: () => {
      stopped.abort()
      callOffTidying()
      callOff?.()
    },
  }
}

async function tidy(repository: Repository): Promise<void> {
  const { lock, storage } = repository
  await repository.exclusive(async () => {
    await lock.whenUnheld(arrivingSegments, () => storage.dropOrphanSegments())
  })
}

async function compactOnce(
  repository: Repository,
  pinned: ReadonlySet<Oid>,
  signal: AbortSignal,
): Promise<void> {
  const state = await repository.refresh()
  const { objects, refs, storage } = repository
  const roots = new Set<Oid>(pinned)
  for (const { oid } of refs.list()) roots.add(oid)
  const head = refs.head()
  if (head?.oid) roots.add(head.oid)
  for (const row of state.journal) roots.add(parseJournalEntry(row).base)
  // Merges that were started: see versions/merge-state.ts.
  for (const [key, merge] of state.meta)
    if (key.startsWith('merge:')) roots.add((merge as { readonly theirs: Oid }).theirs)
  for (const { entry } of await storage.readReflog()) {
    const known = reflogEntryOf(entry)
    for (const oid of known ? [known.oldOid, known.newOid] : []) if (objects.has(oid)) roots.add(oid)
  }
  await compact(storage, objects, {
    roots,
    shallow: refs.shallow,
    epoch: state.epoch,
    signal,
    pause: () => new Promise((resolve) => setTimeout(resolve)),
  })
  await repository.refresh()
}
