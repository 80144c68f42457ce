import { EspalierError } from '../../../../src/protocol/errors.ts'
import { createCommitQueue } from '../../../git/history/commit-queue.ts'
import { createHistory, type History } from '../../../git/history/history.ts'
import type { Oid } from '../../../git/objects/oid.ts'
import type { CommitSource } from '../commit-source.ts'
import type { Trace, Tracer } from './history-places.ts'

/** A commit that changed what is followed. */
export interface TracedCommit {
  readonly oid: Oid
  readonly now: Trace
  /** In each of its parents; none for a first commit. */
  readonly before: readonly Trace[]
}

const histories = new WeakMap<CommitSource, { readonly boundary: string; readonly history: History }>()

/** The commit graph, with what was read of it before. */
export function historyOf(repository: CommitSource): History {
  const { shallow } = repository.refs
  const boundary = [...shallow].join()
  const known = histories.get(repository)
  if (known?.boundary === boundary) return known.history
  const history = createHistory(repository.objects, shallow)
  histories.set(repository, { boundary, history })
  return history
}

/**
 * The commits that `git log -- path` shows, newest first: of a merge that has the same as one of its parents only that
 * parent is followed. Throws `git/history-missing` at the shallow boundary.
 */
export async function* walkTraced(
  repository: CommitSource,
  start: Oid,
  tracer: Tracer,
): AsyncGenerator<TracedCommit> {
  const { shallow } = repository.refs
  const history = historyOf(repository)
  const queue = createCommitQueue<Oid>()
  const seen = new Set<Oid>()
  const add = async (oid: Oid, child?: Oid): Promise<void> => {
    if (seen.has(oid)) return
    seen.add(oid)
    queue.push((await history.links(oid, child)).timestamp, oid)
  }
  const traces = new Map<Oid, Trace>()
  const traceOf = async (oid: Oid, child?: Oid): Promise<Trace> => {
    const known = traces.get(oid)
    if (known) return known
    const trace = await tracer.at(oid, (await history.links(oid, child)).tree)
    traces.set(oid, trace)
    return trace
  }

  await add(start)
  for (let oid = queue.pop(); oid !== undefined; oid = queue.pop()) {
    const now = await traceOf(oid)
    traces.delete(oid)
    if (shallow.has(oid) && now.content !== '')
      throw new EspalierError('git/history-missing', 'The older history is not here yet.', { data: { oid } })
    const { parents } = await history.links(oid)
    const before: Trace[] = []
    let same: Oid | undefined
    for (const parent of parents) {
      const trace = await traceOf(parent, oid)
      if (trace.content === now.content) {
        same = parent
        break
      }
      before.push(trace)
    }
    if (same !== undefined) {
      await add(same, oid)
      continue
    }
    if (before.length > 0 || now.content !== '') yield { oid, now, before }
    for (const parent of parents) await add(parent, oid)
  }
}
