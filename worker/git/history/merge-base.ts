import { createCommitQueue } from './commit-queue.ts'
import type { History } from './history.ts'
import type { Oid } from '../objects/oid.ts'

// How commits are painted (git's commit-reach.c): reached from the one side, from the other, a common ancestor
// already found, below a common ancestor.
const fromOne = 1
const fromOther = 2
const found = 4
const stale = 8
const both = fromOne | fromOther
const countingSlop = 64

/**
 * All best common ancestors of two commits, newest first; empty when they share none. A best one is not an
 * ancestor of another common ancestor. Throws `git/history-missing`.
 */
export async function mergeBases(history: History, one: Oid, other: Oid): Promise<readonly Oid[]> {
  if (one === other) {
    await history.links(one)
    return [one]
  }
  const { candidates } = await paint(history, [one], [other])
  return independent(history, candidates)
}

/** True when `ancestor` is `commit` or reachable from it. */
export async function isAncestor(history: History, ancestor: Oid, commit: Oid): Promise<boolean> {
  if (ancestor === commit) return true
  const { flags } = await paint(history, [ancestor], [commit])
  return ((flags.get(ancestor) ?? 0) & fromOther) !== 0
}

/** How many commits each side has that the other lacks: `git rev-list --left-right --count one...other`. */
export async function aheadBehind(
  history: History,
  one: Oid,
  other: Oid,
): Promise<{ readonly ahead: number; readonly behind: number }> {
  if (one === other) return { ahead: 0, behind: 0 }
  const { flags } = await paint(history, [one], [other], true)
  let ahead = 0
  let behind = 0
  for (const flag of flags.values()) {
    if ((flag & both) === fromOne) ahead++
    else if ((flag & both) === fromOther) behind++
  }
  return { ahead, behind }
}

/** How many commits are reachable from `tips` and not from `known`: `git rev-list --count tips… --not known…`. */
export async function countAhead(
  history: History,
  tips: readonly Oid[],
  known: readonly Oid[],
): Promise<number> {
  const { flags } = await paint(history, tips, known, true)
  let ahead = 0
  for (const flag of flags.values()) if ((flag & both) === fromOne) ahead++
  return ahead
}

interface Painted {
  readonly flags: ReadonlyMap<Oid, number>
  readonly candidates: readonly Oid[]
}

/**
 * Paints ancestors from both sides until only stale ones are left. `counting` goes on below them for a while
 * (git's revision.c has such a slop too), so that clocks that run backwards do not spoil a count.
 */
async function paint(
  history: History,
  ones: readonly Oid[],
  others: readonly Oid[],
  counting = false,
): Promise<Painted> {
  const flags = new Map<Oid, number>()
  const queue = createCommitQueue<Oid>()
  let waiting = 0 // commits in the queue that are not stale
  const queued = new Map<Oid, number>()
  let slop = countingSlop
  const candidates: Oid[] = []

  async function add(oid: Oid, flag: number, child?: Oid): Promise<void> {
    const before = flags.get(oid) ?? 0
    if ((before & flag) === flag) return
    if (before !== 0 && (before & both) !== both) slop = countingSlop
    const after = before | flag
    const { timestamp } = await history.links(oid, child)
    flags.set(oid, after)
    const times = queued.get(oid) ?? 0
    if ((before & stale) === 0 && (after & stale) !== 0) waiting -= times
    if ((after & stale) === 0) waiting++
    queued.set(oid, times + 1)
    queue.push(timestamp, oid)
  }

  for (const one of ones) await add(one, fromOne)
  for (const other of others) await add(other, fromOther)
  for (;;) {
    const top = queue.peek()
    if (top === undefined) break
    if (waiting === 0 && (!counting || slop-- === 0)) break
    const oid = queue.pop() as Oid // it was there to peek at
    queued.set(oid, (queued.get(oid) ?? 1) - 1)
    let flag = flags.get(oid) ?? 0
    if ((flag & stale) === 0) waiting--
    if ((flag & both) === both) {
      if ((flag & (found | stale)) === 0) {
        flags.set(oid, flag | found)
        candidates.push(oid)
      }
      flag |= stale
    }
    const { parents } = await history.links(oid)
    for (const parent of parents) await add(parent, flag & (both | stale), oid)
  }
  return { flags, candidates: candidates.filter((oid) => ((flags.get(oid) ?? 0) & stale) === 0) }
}

/** Leaves out the commits that are ancestors of another one. */
async function independent(history: History, commits: readonly Oid[]): Promise<readonly Oid[]> {
  if (commits.length < 2) return commits
  const best: Oid[] = []
  for (const commit of commits) {
    const rest = commits.filter((other) => other !== commit)
    const { flags } = await paint(history, [commit], rest)
    if (((flags.get(commit) ?? 0) & fromOther) === 0) best.push(commit)
  }
  return best
}
