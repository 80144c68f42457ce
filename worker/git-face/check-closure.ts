import { EspalierError } from '../../src/protocol/errors.ts'
import { parseCommitLinks } from '../git/objects/commit.ts'
import type { ObjectReader, ObjectType } from '../git/objects/object.ts'
import type { Oid } from '../git/objects/oid.ts'
import { parseTag } from '../git/objects/tag.ts'
import { entryOid, isTreeMode, nextEntry, treeCursor, treeMode } from '../git/trees/tree.ts'

/** What is to become reachable. */
export interface ClosureCheck {
  readonly reader: ObjectReader
  /** Objects that were stored before: what they need is stored as well. */
  readonly wasStored: (oid: Oid) => boolean
  readonly shallow: ReadonlySet<Oid>
  /** Where each walk starts, and the type the object must have (null: any). */
  readonly roots: readonly Needed[]
}

/** An object that something names. */
export interface Needed {
  readonly oid: Oid
  /** The type that it must have; null where any will do. */
  readonly type: ObjectType | null
  /** What names it: a ref, or an object that was written. */
  readonly why: string
}

/**
 * Follows refs through everything that was written now, to what was stored before. Throws `git/object-missing` for
 * the first object that is nowhere, `git/object-type` where another type is named.
 */
export async function checkClosure({ reader, wasStored, shallow, roots }: ClosureCheck): Promise<void> {
  const seen = new Set<Oid>()
  const open: Needed[] = []
  for (const root of roots) {
    // Also what was stored before: a branch must not be set to a tree.
    if (!(await reader.has(root.oid))) throw missing(root)
    if (root.type !== null) assertType((await reader.read(root.oid)).type, root)
    open.push(root)
  }
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { oid } = next
    if (seen.has(oid) || wasStored(oid)) continue
    seen.add(oid)
    if (!(await reader.has(oid))) throw missing(next)
    const { type, bytes } = await reader.read(oid)
    assertType(type, next)
    for (const needed of named(type, bytes, shallow.has(oid))) {
      open.push({ ...needed, why: `The ${type} ${oid}` })
    }
  }
}

/** What an object names. At the shallow boundary a commit's parents are not followed. */
function* named(type: ObjectType, bytes: Uint8Array, isBoundary: boolean): Generator<Omit<Needed, 'why'>> {
  if (type === 'tag') {
    yield { oid: parseTag(bytes).object, type: null }
  } else if (type === 'commit') {
    const { tree, parents } = parseCommitLinks(bytes)
    yield { oid: tree, type: 'tree' }
    if (!isBoundary) for (const oid of parents) yield { oid, type: 'commit' }
  } else if (type === 'tree') {
    const cursor = treeCursor(bytes)
    while (nextEntry(cursor)) {
      if (cursor.mode === treeMode.gitlink) continue
      yield { oid: entryOid(cursor), type: isTreeMode(cursor.mode) ? 'tree' : 'blob' }
    }
  }
}

function missing({ oid, why }: Needed): EspalierError {
  return new EspalierError(
    'git/object-missing',
    `${why} names the object ${oid}, which nobody wrote: write it first. Nothing was stored.`,
    { data: { oid, namedBy: why } },
  )
}

function assertType(type: ObjectType, { oid, type: wanted, why }: Needed): void {
  if (wanted === null || wanted === type) return
  throw new EspalierError(
    'git/object-type',
    `${why} names ${oid} as a ${wanted}, but it is a ${type}. Nothing was stored.`,
    { data: { oid, type, wanted, namedBy: why } },
  )
}
