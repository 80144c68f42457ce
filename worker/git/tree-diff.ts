import type { ObjectReader } from './object.ts'
import type { Oid } from './oid.ts'
import { oidFromBytes } from './oid.ts'
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
  const [fromWords, toWords] = [wordsOf(oldBytes), wordsOf(newBytes)]
  /** Puts both cursors before the next entry that is not the same bytes in both: most of two large trees is. */
  const skipEqual = (): void => {
    const start = from.end
    const shift = to.end - start
    const at = start + equalLength(fromWords, start, toWords, to.end)
    let end = start
    if (at === oldBytes.length) end = at
    else while (nextEntry(from) && from.end <= at) end = from.end
    from.end = end
    to.end = end + shift
  }
  skipEqual()
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
      skipEqual()
      hasFrom = nextEntry(from)
      hasTo = nextEntry(to)
    }
  }
}

/** Bytes, and the same memory as whole words, which are compared four times as fast. */
interface Words {
  readonly bytes: Uint8Array
  /** From the word that the first byte lies in to the last whole one. */
  readonly words: Int32Array
  /** How many bytes of the first word lie before the first byte. */
  readonly offset: number
}

function wordsOf(bytes: Uint8Array): Words {
  const offset = bytes.byteOffset & 3
  const words = new Int32Array(bytes.buffer, bytes.byteOffset - offset, (offset + bytes.length) >> 2)
  return { bytes, words, offset }
}

/** How many bytes are the same from two places on. */
function equalLength(a: Words, aStart: number, b: Words, bStart: number): number {
  const length = Math.min(a.bytes.length - aStart, b.bytes.length - bStart)
  const aAt = a.offset + aStart
  const bAt = b.offset + bStart
  let at = 0
  if (((aAt - bAt) & 3) === 0) {
    const first = Math.min(length, -aAt & 3)
    while (at < first && a.bytes[aStart + at] === b.bytes[bStart + at]) at++
    if (at < first) return at
    const shift = (bAt - aAt) >> 2
    const end = (aAt + length) >> 2
    let word = (aAt + at) >> 2
    while (word < end && a.words[word] === b.words[word + shift]) word++
    at = Math.max(at, (word << 2) - aAt)
  }
  while (at < length && a.bytes[aStart + at] === b.bytes[bStart + at]) at++
  return at
}
