import { isEspalierError } from '../../../src/protocol/errors.ts'
import { createCommitQueue } from '../history/commit-queue.ts'
import type { History } from '../history/history.ts'
import { createHistory } from '../history/history.ts'
import type { ObjectReader, ObjectType } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'
import { oidBytes, oidFromBytes, oidToBytes } from '../objects/oid.ts'
import type { OidSet } from '../objects/oid-set.ts'
import { createOidSet } from '../objects/oid-set.ts'
import { parseTag } from '../objects/tag.ts'
import type { TreeCursor } from '../trees/tree.ts'
import { isTreeMode, nextEntry, treeCursor, treeMode } from '../trees/tree.ts'
import { compareCursors, sameOid } from '../trees/tree-delta.ts'
import { assertDepth, readTree } from '../trees/tree-walk.ts'

/** An object that the other side lacks. */
export interface MissingObject {
  readonly oid: Oid
  readonly type: ObjectType
  /** What stood at the same path before: the other side has it, or it comes earlier in the list. */
  readonly base?: Oid
}

/** Which objects to look for. */
export interface MissingRequest {
  /** Commits or annotated tags that the other side is to have. */
  readonly want: readonly Oid[]
  /** Commits or tags that it has; those that we do not know are ignored. */
  readonly have: readonly Oid[]
  /** Our shallow boundary. */
  readonly shallow?: ReadonlySet<Oid>
}

const wanted = 1
const had = 2
// How far to look behind the commits that both have for clocks that ran backwards, as git does.
const slop = 64

/**
 * The objects that the other side needs for `want`, as far as it has the history of `have`: tags and commits
 * first (newest first), then trees and blobs. Costs follow the change: subtrees equal to a parent's are not
 * read. What a parent had at another path is not sent again. Throws `git/history-missing`.
 */
export async function missingObjects(
  reader: ObjectReader,
  request: MissingRequest,
): Promise<readonly MissingObject[]> {
  const history = createHistory(reader, request.shallow)
  const tags: MissingObject[] = []
  const haveCommits: Oid[] = []
  const haveTags = new Set<Oid>()
  for (const oid of request.have) {
    if (!(await reader.has(oid))) continue
    const tip = await peelTags(reader, oid, (tag) => haveTags.add(tag))
    if (tip.type === 'commit') haveCommits.push(tip.oid)
  }
  const wantCommits: Oid[] = []
  const loose: MissingObject[] = []
  for (const oid of new Set(request.want)) {
    const tip = await peelTags(reader, oid, (tag) => {
      if (haveTags.has(tag)) return
      haveTags.add(tag)
      tags.push({ oid: tag, type: 'tag' })
    })
    if (tip.type === 'commit') wantCommits.push(tip.oid)
    else loose.push(tip)
  }

  const commits = await missingCommits(history, wantCommits, haveCommits)
  const content: MissingObject[] = []
  const settled = createOidSet()
  for (const oid of parentsFirst(commits)) {
    const { tree, parents } = await history.links(oid)
    const bases: Oid[] = []
    for (const parent of parents) bases.push((await history.links(parent, oid)).tree)
    await collect({ reader, settled, content }, tree, bases, '', 0)
  }
  // A tag may name a tree or a blob.
  for (const { oid, type } of loose) {
    if (type === 'tree') await collect({ reader, settled, content }, oid, [], '', 0)
    else if (settled.add(oidToBytes(oid), 0)) content.push({ oid, type })
  }
  return [...tags, ...Array.from(commits.keys(), (oid) => ({ oid, type: 'commit' as const })), ...content]
}

async function peelTags(
  reader: ObjectReader,
  start: Oid,
  onTag: (tag: Oid) => void,
): Promise<{ readonly oid: Oid; readonly type: ObjectType }> {
  let oid = start
  for (;;) {
    const { type, bytes } = await reader.read(oid)
    if (type !== 'tag') return { oid, type }
    onTag(oid)
    oid = parseTag(bytes).object
  }
}

/** Commits that `want` reaches and `have` does not, newest first, with their parents. */
async function missingCommits(
  history: History,
  want: readonly Oid[],
  have: readonly Oid[],
): Promise<ReadonlyMap<Oid, readonly Oid[]>> {
  const flags = new Map<Oid, number>()
  const queue = createCommitQueue<Oid>()
  const queued = new Map<Oid, number>()
  let waiting = 0 // commits in the queue that are only wanted
  let left = slop

  async function add(oid: Oid, flag: number, child?: Oid): Promise<void> {
    const before = flags.get(oid) ?? 0
    if ((before | flag) === before) return
    const { timestamp } = await history.links(oid, child)
    flags.set(oid, before | flag)
    const times = queued.get(oid) ?? 0
    if (before === wanted) {
      waiting -= times
      left = slop
    }
    if ((before | flag) === wanted) waiting++
    queued.set(oid, times + 1)
    queue.push(timestamp, oid)
  }

  for (const oid of want) await add(oid, wanted)
  for (const oid of have) await add(oid, had)
  const order: Oid[] = []
  for (;;) {
    if (waiting === 0 && left-- === 0) break
    const oid = queue.pop()
    if (oid === undefined) break
    queued.set(oid, (queued.get(oid) ?? 1) - 1)
    const flag = flags.get(oid) ?? 0
    if (flag === wanted) {
      waiting--
      order.push(oid)
    }
    const { parents } = await history.links(oid)
    for (const parent of parents) {
      try {
        await add(parent, flag, oid)
      } catch (error) {
        // The history of what the other side has only serves to leave things out.
        if ((flag & had) === 0 || !isEspalierError(error, 'git/history-missing')) throw error
      }
    }
  }
  const commits = new Map<Oid, readonly Oid[]>()
  for (const oid of order) {
    if (flags.get(oid) === wanted) commits.set(oid, (await history.links(oid)).parents)
  }
  return commits
}

/** The commits with every parent before its children. */
function parentsFirst(commits: ReadonlyMap<Oid, readonly Oid[]>): readonly Oid[] {
  const order: Oid[] = []
  const done = new Set<Oid>()
  for (const start of commits.keys()) {
    const stack = [start]
    for (let oid = stack.at(-1); oid !== undefined; oid = stack.at(-1)) {
      const open = done.has(oid) ? [] : (commits.get(oid) ?? []).filter((p) => commits.has(p) && !done.has(p))
      if (open.length > 0) {
        stack.push(...open)
        continue
      }
      stack.pop()
      if (done.has(oid)) continue
      done.add(oid)
      order.push(oid)
    }
  }
  return order
}

interface Collection {
  readonly reader: ObjectReader
  /** Objects that the other side has or that are in `content` already. Holds what the change touches, not all. */
  readonly settled: OidSet
  readonly content: MissingObject[]
}

/** Adds the objects of a tree that none of the base trees (the same folder in the parents) holds. */
async function collect(
  collection: Collection,
  tree: Oid,
  bases: readonly Oid[],
  path: string,
  depth: number,
): Promise<void> {
  const { reader, settled, content } = collection
  if (bases.includes(tree) || !settled.add(oidToBytes(tree), 0)) return
  assertDepth(depth, path)
  const [base] = bases
  content.push(base === undefined ? { oid: tree, type: 'tree' } : { oid: tree, type: 'tree', base })

  const changed: { readonly oidAt: number; readonly isTree: boolean; readonly bases: readonly Oid[] }[] = []
  const to = treeCursor(await readTree(reader, tree))
  const froms: TreeCursor[] = []
  for (const oid of bases) froms.push(treeCursor(await readTree(reader, oid)))
  const [only] = froms.length === 1 ? froms : []
  if (only !== undefined) skipEqualEntries(only, to)
  const ended = froms.map((from) => !nextEntry(from))
  // The old side of a difference is what the other side has: a moved file or folder is not sent again.
  const settle = (from: TreeCursor): void => {
    if (from.mode !== treeMode.gitlink) settled.add(from.bytes, from.oidAt)
  }
  while (nextEntry(to)) {
    let same = false
    const matches: TreeCursor[] = []
    froms.forEach((from, i) => {
      while (ended[i] === false) {
        const order = compareCursors(from, to)
        if (order > 0) return
        if (order === 0) {
          if (sameOid(from, to)) same = true
          else matches.push(from)
          return
        }
        settle(from)
        ended[i] = !nextEntry(from)
      }
    })
    if (!same && to.mode !== treeMode.gitlink) {
      const isTree = isTreeMode(to.mode)
      const oldOids = matches.map((from) => oidFromBytes(from.bytes, from.oidAt))
      matches.forEach(settle)
      // A submodule's commit is no blob to take a delta against.
      if (matches.some((from) => from.mode === treeMode.gitlink)) matches.length = 0
      changed.push({ oidAt: to.oidAt, isTree, bases: oldOids })
    }
    froms.forEach((from, i) => {
      if (ended[i] !== false || compareCursors(from, to) !== 0) return
      if (only !== undefined) skipEqualEntries(from, to)
      ended[i] = !nextEntry(from)
    })
  }
  froms.forEach((from, i) => {
    while (ended[i] === false) {
      settle(from)
      ended[i] = !nextEntry(from)
    }
  })
  for (const { oidAt, isTree, bases } of changed) {
    const isSettled = isTree ? settled.has(to.bytes, oidAt) : !settled.add(to.bytes, oidAt)
    if (isSettled) continue
    const oid = oidFromBytes(to.bytes, oidAt)
    if (isTree) await collect(collection, oid, bases, path, depth + 1)
    else {
      const [base] = bases
      content.push(base === undefined ? { oid, type: 'blob' } : { oid, type: 'blob', base })
    }
  }
}

/**
 * Moves both cursors over the entries that are equal, byte for byte, from where they stand on. In a large folder
 * with a small change that is nearly all of it, and comparing bytes costs a fraction of reading entries.
 */
function skipEqualEntries(from: TreeCursor, to: TreeCursor): void {
  const a = from.bytes
  const b = to.bytes
  for (;;) {
    let i = from.end
    let j = to.end
    while (i < a.length && j < b.length && a[i] === b[j] && a[i] !== 0) {
      i++
      j++
    }
    // Mode and name end with a zero byte, and 20 bytes of id follow.
    const end = i + 1 + oidBytes
    if (end > a.length || j + 1 + oidBytes > b.length) return
    while (i < end && a[i] === b[j]) {
      i++
      j++
    }
    if (i < end) return
    from.end = i
    to.end = j
  }
}
