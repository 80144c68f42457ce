import type { CommitGraph } from '../../../../src/protocol/history.ts'
import { peel } from '../../../git/refs/refs.ts'
import type { CommitSource } from '../commit-source.ts'

/** The names at each commit: branches, tags and remote branches. */
export async function namesAtCommits({
  refs,
  objects,
}: Pick<CommitSource, 'refs' | 'objects'>): Promise<ReadonlyMap<string, readonly string[]>> {
  const names = new Map<string, string[]>()
  for (const { name, oid } of refs.list()) {
    const short = /^refs\/(?:heads|tags|remotes)\/(.+)$/.exec(name)?.[1]
    if (short === undefined) continue
    // The object of a tag may not be here yet.
    const commit = objects.has(oid) ? (await peel(objects, oid)).oid : oid
    const known = names.get(commit)
    if (known) known.push(short)
    else names.set(commit, [short])
  }
  return names
}

/** Gives commits of a log, in its order, their places in a drawing. */
export function createGraph(
  names: ReadonlyMap<string, readonly string[]>,
): (oid: string, parents: readonly string[]) => CommitGraph {
  /** The commit that each column leads to. */
  const lanes: (string | undefined)[] = []
  const laneOf = (oid: string): number => {
    const known = lanes.indexOf(oid)
    if (known !== -1) return known
    const free = lanes.indexOf(undefined)
    const lane = free === -1 ? lanes.length : free
    lanes[lane] = oid
    return lane
  }
  return (oid, parents) => {
    const lane = laneOf(oid)
    // The first parent goes on below its child, unless another line leads there already.
    const [first] = parents
    lanes[lane] = first !== undefined && !lanes.includes(first) ? first : undefined
    return { refs: names.get(oid) ?? [], lane, parentLanes: parents.map(laneOf) }
  }
}
