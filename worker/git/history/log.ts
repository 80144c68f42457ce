import type { Commit } from '../objects/commit.ts'
import { parseCommit } from '../objects/commit.ts'
import { createCommitQueue } from './commit-queue.ts'
import { createHistory } from './history.ts'
import type { ObjectReader } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'

/** One commit of a log. `parents` lacks those behind the shallow boundary; `commit.parents` names them all. */
export interface LogEntry {
  readonly oid: Oid
  readonly commit: Commit
  readonly parents: readonly Oid[]
}

/** Which commits a log shows. */
export interface LogOptions {
  readonly limit?: number
  readonly skip?: number
  /** The shallow boundary: commits whose parents were not fetched. */
  readonly shallow?: ReadonlySet<Oid>
  readonly firstParent?: boolean
  /** Commits older than this (seconds) end the walk. */
  readonly since?: number
  /** Commits younger than this (seconds) are passed over. */
  readonly until?: number
}

/**
 * The commits that `start` reaches, in git's default order: newest committer date first. Throws
 * `git/history-missing` where a parent is missing that is not behind the shallow boundary.
 */
export async function log(
  reader: ObjectReader,
  start: Oid | readonly Oid[],
  options: LogOptions = {},
): Promise<readonly LogEntry[]> {
  const entries: LogEntry[] = []
  for await (const entry of walkLog(reader, start, options)) entries.push(entry)
  return entries
}

/** {@link log}, one commit at a time. */
export async function* walkLog(
  reader: ObjectReader,
  start: Oid | readonly Oid[],
  options: LogOptions = {},
): AsyncGenerator<LogEntry> {
  const { limit = Infinity, skip = 0, shallow, firstParent = false, since = 0, until = Infinity } = options
  const history = createHistory(reader, shallow)
  const queue = createCommitQueue<Oid>()
  const seen = new Set<Oid>()
  async function add(oid: Oid, child?: Oid): Promise<void> {
    if (seen.has(oid)) return
    seen.add(oid)
    const { timestamp } = await history.links(oid, child)
    if (timestamp >= since) queue.push(timestamp, oid)
  }

  for (const oid of typeof start === 'string' ? [start] : start) await add(oid)
  let passed = 0
  while (passed < skip + limit) {
    const oid = queue.pop()
    if (oid === undefined) return
    const { parents, timestamp } = await history.links(oid)
    if (timestamp <= until && ++passed > skip) {
      yield { oid, commit: parseCommit(await history.read(oid)), parents }
      if (passed === skip + limit) return
    }
    for (const parent of firstParent ? parents.slice(0, 1) : parents) await add(parent, oid)
  }
}

/**
 * The commits that `start` reaches, none before one of its children, otherwise newest first: `git log --date-order`,
 * what a drawing of them needs. All of them are looked at before the first is given. Throws as {@link log} does.
 */
export async function* walkChildrenFirst(
  reader: ObjectReader,
  start: Oid,
  { shallow, since = 0 }: Pick<LogOptions, 'shallow' | 'since'> = {},
): AsyncGenerator<LogEntry> {
  const history = createHistory(reader, shallow)
  /** How many children of a commit have not been given yet. */
  const waiting = new Map<Oid, number>([[start, 0]])
  const open: Oid[] = [start]
  for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
    for (const parent of (await history.links(oid)).parents) {
      const children = waiting.get(parent)
      waiting.set(parent, (children ?? 0) + 1)
      if (children === undefined && (await history.links(parent, oid)).timestamp >= since) open.push(parent)
    }
  }
  const ready = createCommitQueue<Oid>()
  ready.push(0, start)
  for (let oid = ready.pop(); oid !== undefined; oid = ready.pop()) {
    const { parents } = await history.links(oid)
    yield { oid, commit: parseCommit(await history.read(oid)), parents }
    for (const parent of parents) {
      const children = (waiting.get(parent) ?? 0) - 1
      waiting.set(parent, children)
      const { timestamp } = await history.links(parent)
      if (children === 0 && timestamp >= since) ready.push(timestamp, parent)
    }
  }
}
