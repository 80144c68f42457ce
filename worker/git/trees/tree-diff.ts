import type { ObjectReader } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'
import { oidFromBytes } from '../objects/oid.ts'
import type { TreeCursor } from './tree.ts'
import { entryName, isTreeMode, nextEntry, treeCursor } from './tree.ts'
import { compareCursors, sameOid } from './tree-delta.ts'
import { assertDepth, findPath, readTree } from './tree-walk.ts'

/** One file that differs between two trees. Modes are 0 and ids null where the file does not exist. */
export interface TreeChange {
  readonly path: string
  readonly kind: 'added' | 'deleted' | 'modified'
  readonly oldOid: Oid | null
  readonly newOid: Oid | null
  readonly oldMode: number
  readonly newMode: number
}

/** What a diff looks at. */
export interface TreeDiffOptions {
  /** Only files below this folder (`a/b`, no slash at the end). */
  readonly prefix?: string
}

/**
 * The files that differ between two trees (null: no tree), in git's order. Subtrees with equal ids are not
 * read. Equals `git diff-tree -r` without renames; a file that becomes a folder is a deletion and additions.
 */
export async function diffTrees(
  reader: ObjectReader,
  oldRoot: Oid | null,
  newRoot: Oid | null,
  { prefix = '' }: TreeDiffOptions = {},
): Promise<readonly TreeChange[]> {
  const changes: TreeChange[] = []
  const at = (root: Oid | null): Promise<Oid | null> => folderAt(reader, root, prefix)
  const [oldTree, newTree] = [await at(oldRoot), await at(newRoot)]
  await diff(reader, oldTree, newTree, prefix === '' ? '' : `${prefix}/`, changes, 0)
  return changes
}

async function folderAt(reader: ObjectReader, root: Oid | null, path: string): Promise<Oid | null> {
  if (root === null || path === '') return root
  const entry = await findPath(reader, root, path)
  return entry !== null && isTreeMode(entry.mode) ? entry.oid : null
}

async function diff(
  reader: ObjectReader,
  oldTree: Oid | null,
  newTree: Oid | null,
  prefix: string,
  changes: TreeChange[],
  depth: number,
): Promise<void> {
  if (oldTree === newTree) return
  assertDepth(depth, prefix)
  const [oldBytes, newBytes] = await Promise.all([
    oldTree === null ? nothing : readTree(reader, oldTree),
    newTree === null ? nothing : readTree(reader, newTree),
  ])

  const below: {
    readonly name: string
    readonly oldOid: Oid | null
    readonly newOid: Oid | null
    at: number
  }[] = []
  const add = (name: string, from: TreeCursor | null, to: TreeCursor | null): void => {
    const side = from ?? to
    const oldOid = from === null ? null : oidFromBytes(oldBytes, from.oidAt)
    const newOid = to === null ? null : oidFromBytes(newBytes, to.oidAt)
    if (side !== null && isTreeMode(side.mode)) {
      below.push({ name, oldOid, newOid, at: changes.length })
      return
    }
    changes.push({
      path: prefix + name,
      kind: from === null ? 'added' : to === null ? 'deleted' : 'modified',
      oldOid,
      newOid,
      oldMode: from?.mode ?? 0,
      newMode: to?.mode ?? 0,
    })
  }
  const firstChange = changes.length
  compare(oldBytes, newBytes, add)
  if (below.length === 0) return

  // Folders are read after their parent was compared; their changes belong where they stood.
  const own = changes.splice(firstChange)
  let taken = 0
  for (const { name, oldOid, newOid, at } of below) {
    while (taken < at - firstChange) changes.push(own[taken++] as TreeChange) // at counts own changes
    await diff(reader, oldOid, newOid, `${prefix}${name}/`, changes, depth + 1)
  }
  while (taken < own.length) changes.push(own[taken++] as TreeChange) // taken < length
}

const nothing: Uint8Array = new Uint8Array()

/** Calls `add` for each entry that differs, one pass over both trees. */
function compare(
  oldBytes: Uint8Array,
  newBytes: Uint8Array,
  add: (name: string, from: TreeCursor | null, to: TreeCursor | null) => void,
): void {
  const from = treeCursor(oldBytes)
  const to = treeCursor(newBytes)
  skipEqual(from, to)
  let hasFrom = nextEntry(from)
  let hasTo = nextEntry(to)
  while (hasFrom || hasTo) {
    const order = !hasFrom ? 1 : !hasTo ? -1 : compareCursors(from, to)
    if (order < 0) {
      add(entryName(from), from, null)
      hasFrom = nextEntry(from)
    } else if (order > 0) {
      add(entryName(to), null, to)
      hasTo = nextEntry(to)
    } else {
      if (from.mode !== to.mode || !sameOid(from, to)) add(entryName(from), from, to)
      skipEqual(from, to)
      hasFrom = nextEntry(from)
      hasTo = nextEntry(to)
    }
  }
}

/** Puts both cursors before the next entry that is not the same bytes in both: most of two large trees is. */
function skipEqual(from: TreeCursor, to: TreeCursor): void {
  const { bytes } = from
  const start = from.end
  const shift = to.end - start
  const at = start + equalLength(bytes, start, to.bytes, to.end)
  let end = start
  if (at === bytes.length) end = at
  else while (nextEntry(from) && from.end <= at) end = from.end
  from.end = end
  to.end = end + shift
}

/** So many bytes are compared one by one before whole words are: most runs between changes are shorter. */
const fewBytes = 256

/** How many bytes are the same from two places on. */
function equalLength(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number): number {
  const length = Math.min(a.length - aStart, b.length - bStart)
  const aOffset = a.byteOffset + aStart
  const bOffset = b.byteOffset + bStart
  let at = 0
  for (let end = Math.min(length, fewBytes); ; end = length) {
    while (at < end && a[aStart + at] === b[bStart + at]) at++
    if (at < end || end === length) return at
    if ((aOffset - bOffset) & 3) continue
    // The bytes before this place are the same already.
    at -= (aOffset + at) & 3
    const words = (length - at) >> 2
    const ones = new Int32Array(a.buffer, aOffset + at, words)
    const others = new Int32Array(b.buffer, bOffset + at, words)
    let word = 0
    while (word < words && ones[word] === others[word]) word++
    at += word * 4
  }
}
