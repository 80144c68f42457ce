import { createHistory } from './history.ts'
import type { ObjectReader } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'
import { parseTag } from '../objects/tag.ts'
import { entryOid, isTreeMode, nextEntry, treeCursor, treeMode } from '../trees/tree.ts'
import { readTree } from '../trees/tree-walk.ts'

/** What to walk. */
export interface ReachableOptions {
  readonly shallow?: ReadonlySet<Oid>
  /**
   * Called now and then, so that a long walk leaves room for other work and can be aborted (by throwing).
   */
  readonly pause?: () => Promise<void> | void
}

const pauseEvery = 500

/**
 * Every object that the roots (of any type) reach, in an order fit for a pack: commits, then trees and files as
 * they are met. Files are not read: they count as reached whether or not they are here (a partial clone lacks
 * some). Throws `git/history-missing` and `git/object-missing` for what is missing of commits, tags and trees.
 */
export async function reachableObjects(
  reader: ObjectReader,
  roots: Iterable<Oid>,
  { shallow = new Set(), pause }: ReachableOptions = {},
): Promise<ReadonlySet<Oid>> {
  const history = createHistory(reader, shallow)
  const reached = new Set<Oid>()
  const trees: Oid[] = []
  const blobs: Oid[] = []
  const commits: { readonly oid: Oid; readonly child?: Oid }[] = []
  let steps = 0
  const step = async (): Promise<void> => {
    if (++steps % pauseEvery === 0) await pause?.()
  }

  for (const root of roots) {
    for (let oid = root; !reached.has(oid);) {
      const { type, bytes } = await reader.read(oid)
      if (type === 'tag') {
        reached.add(oid)
        oid = parseTag(bytes).object
        continue
      }
      if (type === 'commit') commits.push({ oid })
      else (type === 'tree' ? trees : blobs).push(oid)
      break
    }
  }
  for (let next = commits.pop(); next !== undefined; next = commits.pop()) {
    const { oid, child } = next
    if (reached.has(oid)) continue
    const { tree, parents } = await history.links(oid, child)
    reached.add(oid)
    trees.push(tree)
    // The last pushed is taken first: the first parent.
    for (const parent of parents.toReversed())
      if (!reached.has(parent)) commits.push({ oid: parent, child: oid })
    await step()
  }
  for (let oid = trees.pop(); oid !== undefined; oid = trees.pop()) {
    if (reached.has(oid)) continue
    const cursor = treeCursor(await readTree(reader, oid))
    reached.add(oid)
    while (nextEntry(cursor)) {
      if (cursor.mode === treeMode.gitlink) continue
      const below = entryOid(cursor)
      if (isTreeMode(cursor.mode)) trees.push(below)
      else reached.add(below)
    }
    await step()
  }
  for (const oid of blobs) reached.add(oid)
  return reached
}
