import { oidBytes } from '../objects/oid.ts'
import type { TreeCursor } from './tree.ts'
import { compareEntries, isTreeMode, nextEntry, treeCursor } from './tree.ts'
import { createSplice } from '../deltas/tree-splice.ts'

/**
 * One tree as a git delta against another (gitformat-pack(5)), by entries: runs of equal entries are copied,
 * and of a changed entry with the same name only the id is written. One pass over both.
 */
export function treeDelta(oldBytes: Uint8Array, newBytes: Uint8Array): Uint8Array {
  const splice = createSplice(oldBytes)
  const from = treeCursor(oldBytes)
  const to = treeCursor(newBytes)
  let hasFrom = nextEntry(from)
  while (nextEntry(to)) {
    let order = -1
    while (hasFrom) {
      order = compareCursors(from, to)
      if (order >= 0) break
      hasFrom = nextEntry(from)
    }
    if (!hasFrom || order !== 0 || from.mode !== to.mode) {
      splice.insert(newBytes.subarray(to.start, to.end))
      continue
    }
    // The same mode may be spelled in two ways; entries of one length are spelled alike.
    if (from.end - from.start !== to.end - to.start) splice.insert(newBytes.subarray(to.start, to.end))
    else if (sameOid(from, to)) splice.copy(from.start, from.end)
    else {
      splice.copy(from.start, from.oidAt)
      splice.insert(newBytes.subarray(to.oidAt, to.end))
    }
    hasFrom = nextEntry(from)
  }
  return splice.delta()
}

/** git's order of the entries under two cursors. */
export function compareCursors(a: TreeCursor, b: TreeCursor): number {
  return compareEntries(
    a.bytes,
    a.nameAt,
    a.nameEnd,
    isTreeMode(a.mode),
    b.bytes,
    b.nameAt,
    b.nameEnd,
    isTreeMode(b.mode),
  )
}

/** True when the entries under two cursors have the same id. */
export function sameOid(a: TreeCursor, b: TreeCursor): boolean {
  for (let i = 0; i < oidBytes; i++) if (a.bytes[a.oidAt + i] !== b.bytes[b.oidAt + i]) return false
  return true
}
