import type { LogEntry, LogOptions } from '../../../../src/protocol/history.ts'
import { EspalierError } from '../../../../src/protocol/errors.ts'
import { walkChildrenFirst, walkLog } from '../../../git/history/log.ts'
import type { Oid } from '../../../git/objects/oid.ts'
import { badArgument } from '../../common/bad-argument.ts'
import type { CommitSnapshot } from '../../snapshots/commit-snapshot.ts'
import { describeCommit } from '../../repository/describe-commit.ts'
import type { CommitSource } from '../commit-source.ts'
import { createGraph, namesAtCommits } from './commit-graph.ts'
import { createTracer } from './history-places.ts'
import { walkTraced } from './history-walk.ts'

/** The commits from a start that are wanted, newest first. Throws `git/history-missing`. */
export async function searchLog(
  repository: CommitSource,
  start: CommitSnapshot,
  options: LogOptions,
): Promise<readonly LogEntry[]> {
  const { limit = 50, author, text, since, until, graph } = options
  const place = graph ? createGraph(await namesAtCommits(repository)) : undefined
  const found: LogEntry[] = []
  const sinceSeconds = since ? since.getTime() / 1000 : -Infinity
  const untilSeconds = until ? until.getTime() / 1000 : Infinity
  if (limit <= 0) return found
  for await (const oid of walk(repository, start, options)) {
    const info = describeCommit(oid, (await repository.objects.read(oid)).bytes)
    const placed = place?.(oid, info.parents)
    const { timestampSeconds } = info.committer
    if (timestampSeconds < sinceSeconds || timestampSeconds > untilSeconds) continue
    if (author !== undefined && !holds(`${info.author.name} <${info.author.email}>`, author)) continue
    if (text !== undefined && !holds(info.message, text)) continue
    found.push(placed ? { ...info, graph: placed } : info)
    if (found.length >= limit) break
  }
  return found
}

async function* walk(
  repository: CommitSource,
  start: CommitSnapshot,
  { collection, key, since, graph }: LogOptions,
): AsyncGenerator<Oid> {
  if (collection !== undefined) {
    await start.collection(collection)
    const tracer = createTracer(repository, start, collection, key)
    for await (const { oid } of walkTraced(repository, start.commit, tracer)) yield oid
    return
  }
  if (key !== undefined) {
    throw badArgument('A key is one of a collection. Give `collection` too.')
  }
  const { objects, refs } = repository
  const options = { shallow: refs.shallow, ...(since && { since: since.getTime() / 1000 }) }
  const entries = (graph ? walkChildrenFirst : walkLog)(objects, start.commit, options)
  for await (const { oid, commit, parents } of entries) {
    yield oid
    if (parents.length < commit.parents.length)
      throw new EspalierError('git/history-missing', 'The older history is not here yet.', { data: { oid } })
  }
}

function holds(text: string, part: string): boolean {
  return text.toLowerCase().includes(part.toLowerCase())
}
