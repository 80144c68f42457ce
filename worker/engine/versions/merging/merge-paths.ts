import type { ObjectReader } from '../../../git/objects/object.ts'
import type { Oid } from '../../../git/objects/oid.ts'
import { diffTrees, type TreeChange } from '../../../git/trees/tree-diff.ts'

/** A file of a tree, without its name. */
export interface FileEntry {
  readonly oid: Oid
  readonly mode: number
}

/** A file that at least one side changed; null where it does not exist. */
export interface PathChange {
  readonly path: string
  readonly base: FileEntry | null
  readonly ours: FileEntry | null
  readonly theirs: FileEntry | null
}

/** The files that differ between a base and two sides. */
export interface PathChanges {
  readonly ours: readonly PathChange[]
  readonly theirs: readonly PathChange[]
  /** Changed by both, differently. */
  readonly both: readonly PathChange[]
  /** Changed by both in the same way. */
  readonly alike: readonly PathChange[]
}

/**
 * Compares two sides with their base. `doubtful`: files of the base that stand for no version of their own; where the
 * sides differ in them, both count as changed.
 */
export async function comparePaths(
  reader: ObjectReader,
  roots: { readonly base: Oid | null; readonly ours: Oid; readonly theirs: Oid },
  doubtful: ReadonlySet<string>,
): Promise<PathChanges> {
  const [ourDiff, theirDiff] = await Promise.all([
    diffTrees(reader, roots.base, roots.ours),
    diffTrees(reader, roots.base, roots.theirs),
  ])
  const theirChanges = new Map(theirDiff.map((change) => [change.path, change]))
  const ours: PathChange[] = []
  const theirs: PathChange[] = []
  const both: PathChange[] = []
  const alike: PathChange[] = []
  for (const change of ourDiff) {
    const { path } = change
    const base = oldEntry(change)
    const their = theirChanges.get(path)
    theirChanges.delete(path)
    const sides = { path, base, ours: newEntry(change), theirs: their ? newEntry(their) : base }
    if (sameEntry(sides.ours, sides.theirs)) alike.push(sides)
    else if (doubtful.has(path)) both.push({ ...sides, base: null })
    else (their ? both : ours).push(sides)
  }
  for (const change of theirChanges.values()) {
    const base = oldEntry(change)
    const sides = { path: change.path, base, ours: base, theirs: newEntry(change) }
    if (doubtful.has(change.path)) both.push({ ...sides, base: null })
    else theirs.push(sides)
  }
  return { ours, theirs, both, alike }
}

export function sameEntry(a: FileEntry | null, b: FileEntry | null): boolean {
  return a?.oid === b?.oid && a?.mode === b?.mode
}

function oldEntry({ oldOid, oldMode }: TreeChange): FileEntry | null {
  return oldOid === null ? null : { oid: oldOid, mode: oldMode }
}

function newEntry({ newOid, newMode }: TreeChange): FileEntry | null {
  return newOid === null ? null : { oid: newOid, mode: newMode }
}
