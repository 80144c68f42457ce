import type { LostRef } from '../../../../src/protocol/branches.ts'
import { createCommitQueue } from '../../../git/history/commit-queue.ts'
import { createHistory, type History } from '../../../git/history/history.ts'
import { parseIdentity } from '../../../git/objects/identity.ts'
import { zeroOid, type Oid } from '../../../git/objects/oid.ts'
import { reflogEntryOf, type ReflogEntry } from '../../../git/refs/reflog.ts'
import { peelToCommit } from '../../../git/refs/refs.ts'
import type { Write } from '../../../storage/storage.ts'
import { describeCommit } from '../../repository/describe-commit.ts'
import { branchPrefix, tagPrefix } from '../../repository/ref-names.ts'
import type { Repository } from '../../repository/repository.ts'
import { unlessMissing } from './branch-distance.ts'

/** How long what was deleted is kept at least. */
const keptMs = 90 * 24 * 3600 * 1000

/** A place where a ref was, and left. */
interface Departure {
  readonly ref: string
  /** What the ref named. */
  readonly oid: Oid
  readonly commit: Oid
  readonly atMs: number
  /** The ref itself went; otherwise it moved on. */
  readonly deleted: boolean
}

/** Branches, tags and commits that are named by nothing any more, but by the reflog; the last one lost first. */
export async function listLost(repository: Repository): Promise<readonly LostRef[]> {
  const { objects, refs } = repository
  const history = createHistory(objects, refs.shallow)
  const tips = await commitsOf(
    repository,
    refs.list().map(({ oid }) => oid),
  )
  const departures: Departure[] = []
  for (const [ref, entries] of await readReflogs(repository)) {
    for (const { oldOid, newOid, committer } of entries) {
      if (oldOid === zeroOid || oldOid === newOid) continue
      const commit = await unlessMissing(() => peelToCommit(objects, oldOid))
      const atMs = parseIdentity(committer).timestamp * 1000
      if (commit) departures.push({ ref, oid: oldOid, commit, atMs, deleted: newOid === zeroOid })
    }
  }
  const left = new Set(departures.map(({ commit }) => commit))
  const reached = await reachedOf(history, tips, left)

  const lost: LostRef[] = []
  const named = new Set<string>()
  /** What a lost one leads to is found with it. */
  const covered = new Set<Oid>()
  // Deleted ones first: the name of a branch says more than a commit. Of each ref the last first: it leads to the others.
  const found = departures.toReversed().sort((one, other) => Number(other.deleted) - Number(one.deleted))
  for (const { ref, oid, commit, atMs, deleted } of found) {
    const isGone = deleted && refs.oid(ref) === null && !named.has(ref)
    const isUnreached = !reached.has(commit) && !covered.has(commit)
    if (!isGone && !isUnreached) continue
    if (deleted) named.add(ref)
    await cover(history, commit, reached, covered)
    lost.push({
      kind: !deleted ? 'commit' : ref.startsWith(tagPrefix) ? 'tag' : 'branch',
      name: ref.slice((ref.startsWith(tagPrefix) ? tagPrefix : branchPrefix).length),
      oid,
      commit: describeCommit(commit, (await objects.read(commit)).bytes),
      lostAtMs: atMs,
      // Only the reflogs of refs that are gone are ever shortened.
      keptUntilMs: refs.oid(ref) === null ? atMs + keptMs : null,
    })
  }
  return lost.sort((one, other) => other.lostAtMs - one.lostAtMs)
}

/** Lets go of what was deleted so long ago that nobody was promised it any more. */
export async function expiredWrites(repository: Repository): Promise<readonly Write[]> {
  const writes: Write[] = []
  for (const [ref, entries, through] of await readReflogs(repository)) {
    const last = entries.at(-1)
    if (repository.refs.oid(ref) !== null || !last) continue
    if (parseIdentity(last.committer).timestamp * 1000 + keptMs < Date.now())
      writes.push({ kind: 'deleteReflog', ref, through })
  }
  return writes
}

async function readReflogs({
  storage,
}: Repository): Promise<
  readonly (readonly [ref: string, entries: readonly ReflogEntry[], through: number])[]
> {
  const byRef = new Map<string, { entries: ReflogEntry[]; through: number }>()
  for (const { scope, seq, entry } of await storage.readReflog()) {
    const log = byRef.get(scope) ?? { entries: [], through: 0 }
    byRef.set(scope, log)
    const known = reflogEntryOf(entry)
    if (known) log.entries.push(known)
    log.through = seq
  }
  return Array.from(byRef, ([ref, { entries, through }]) => [ref, entries, through] as const)
}

async function commitsOf({ objects }: Repository, oids: readonly Oid[]): Promise<readonly Oid[]> {
  const commits = await Promise.all(oids.map((oid) => unlessMissing(() => peelToCommit(objects, oid))))
  return commits.filter((commit) => commit !== null)
}

/** Which of the wanted commits the tips reach. Ends with the last of them. */
async function reachedOf(
  history: History,
  tips: readonly Oid[],
  wanted: ReadonlySet<Oid>,
): Promise<ReadonlySet<Oid>> {
  const reached = new Set<Oid>()
  const seen = new Set<Oid>()
  const queue = createCommitQueue<Oid>()
  const add = async (oid: Oid, child?: Oid): Promise<void> => {
    if (seen.has(oid)) return
    seen.add(oid)
    queue.push((await history.links(oid, child)).timestamp, oid)
    if (wanted.has(oid)) reached.add(oid)
  }
  for (const tip of tips) await add(tip)
  while (reached.size < wanted.size) {
    const oid = queue.pop()
    if (oid === undefined) break
    for (const parent of (await history.links(oid)).parents) await add(parent, oid)
  }
  return reached
}

/** Adds a commit and the lost ones below it. */
async function cover(
  history: History,
  start: Oid,
  reached: ReadonlySet<Oid>,
  covered: Set<Oid>,
): Promise<void> {
  const waiting = [start]
  for (let oid = waiting.pop(); oid !== undefined; oid = waiting.pop()) {
    if (covered.has(oid) || reached.has(oid)) continue
    covered.add(oid)
    waiting.push(...(await history.links(oid)).parents)
  }
}
