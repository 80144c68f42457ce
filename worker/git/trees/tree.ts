import { EspalierError } from '../../../src/protocol/errors.ts'
import type { Oid } from '../objects/oid.ts'
import { oidBytes, oidFromBytes, oidToBytes } from '../objects/oid.ts'

/** Modes of tree entries, as numbers. git writes them in octal without leading zeros. */
export const treeMode = {
  tree: 0o040000,
  file: 0o100644,
  executable: 0o100755,
  symlink: 0o120000,
  gitlink: 0o160000,
} as const

/** One entry of a tree, decoded. A name that is not UTF-8 holds U+FFFD: write it only from its bytes. */
export interface TreeEntry {
  readonly mode: number
  readonly name: string
  readonly oid: Oid
}

/**
 * Walks a raw tree without building objects. After `next()` returned true the fields describe an entry:
 * `mode`, the name at `[nameAt, nameEnd)` and the raw id at `[oidAt, end)`; the entry starts at `start`.
 */
export interface TreeCursor {
  readonly bytes: Uint8Array
  start: number
  mode: number
  nameAt: number
  nameEnd: number
  oidAt: number
  end: number
}

const space = 0x20
const slash = 0x2f
const utf8 = new TextDecoder()
const utf8Encoder = new TextEncoder()

function corrupt(at: number, what: string): EspalierError {
  return new EspalierError(
    'git/object-corrupt',
    `A tree object is damaged at byte ${at}: ${what}. Fetch the repository again.`,
    { data: { at, what } },
  )
}

/** A cursor before the first entry. */
export function treeCursor(bytes: Uint8Array): TreeCursor {
  return { bytes, start: 0, mode: 0, nameAt: 0, nameEnd: 0, oidAt: 0, end: 0 }
}

/** Moves to the next entry; false at the end. Throws `git/object-corrupt` for bytes that are not a tree. */
export function nextEntry(cursor: TreeCursor): boolean {
  const { bytes } = cursor
  const length = bytes.length
  let at = cursor.end
  if (at >= length) return false
  cursor.start = at
  let mode = 0
  let byte = bytes[at] as number // at < length
  while (byte !== space) {
    if (byte < 0x30 || byte > 0x37 || mode > 0o777777) throw corrupt(at, 'the mode is not an octal number')
    mode = mode * 8 + byte - 0x30
    at++
    if (at >= length) throw corrupt(at, 'it ends inside a mode')
    byte = bytes[at] as number // at < length
  }
  if (at === cursor.start) throw corrupt(at, 'an entry has no mode')
  const nameAt = at + 1
  at = nameAt
  while (at < length && bytes[at] !== 0) at++
  if (at + 1 + oidBytes > length) throw corrupt(at, 'it ends inside an entry')
  cursor.mode = mode
  cursor.nameAt = nameAt
  cursor.nameEnd = at
  cursor.oidAt = at + 1
  cursor.end = at + 1 + oidBytes
  return true
}

/** The name under the cursor, decoded. */
export function entryName(cursor: TreeCursor): string {
  const { bytes, nameAt, nameEnd } = cursor
  // Short ASCII names are the common case, and TextDecoder costs more than they do.
  if (nameEnd - nameAt > 64) return utf8.decode(bytes.subarray(nameAt, nameEnd))
  let name = ''
  for (let at = nameAt; at < nameEnd; at++) {
    const byte = bytes[at] as number // inside the checked entry
    if (byte >= 0x80) return utf8.decode(bytes.subarray(nameAt, nameEnd))
    name += String.fromCharCode(byte)
  }
  return name
}

/** The id under the cursor. */
export function entryOid(cursor: TreeCursor): Oid {
  return oidFromBytes(cursor.bytes, cursor.oidAt)
}

/** The entry under the cursor as an object. */
export function entryAt(cursor: TreeCursor): TreeEntry {
  return { mode: cursor.mode, name: entryName(cursor), oid: entryOid(cursor) }
}

/**
 * Finds one entry by scanning the raw bytes. It does not trust the order of the tree, so a damaged order
 * cannot hide an entry.
 */
export function findEntry(bytes: Uint8Array, name: string | Uint8Array): TreeEntry | null {
  const wanted = typeof name === 'string' ? utf8Encoder.encode(name) : name
  const count = wanted.length
  const cursor = treeCursor(bytes)
  const last = count === 0 ? 0 : (wanted[count - 1] as number) // count > 0
  while (nextEntry(cursor)) {
    if (cursor.nameEnd - cursor.nameAt !== count) continue
    // Names in one folder share their beginnings: comparing from the end decides sooner.
    if (count > 0 && bytes[cursor.nameEnd - 1] !== last) continue
    let i = 0
    while (i < count && bytes[cursor.nameAt + i] === wanted[i]) i++
    if (i === count) return entryAt(cursor)
  }
  return null
}

/** Every entry of a tree, decoded. For large trees prefer the cursor. */
export function parseTree(bytes: Uint8Array): readonly TreeEntry[] {
  const entries: TreeEntry[] = []
  const cursor = treeCursor(bytes)
  while (nextEntry(cursor)) entries.push(entryAt(cursor))
  return entries
}

/** True when an entry of this mode is a directory for git's order. */
export function isTreeMode(mode: number): boolean {
  return (mode & 0o170000) === treeMode.tree
}

/**
 * git's order of tree entries: bytes of the names, a directory compared as if its name ended in `/`
 * (base_name_compare).
 */
export function compareEntries(
  a: Uint8Array,
  aAt: number,
  aEnd: number,
  aIsTree: boolean,
  b: Uint8Array,
  bAt: number,
  bEnd: number,
  bIsTree: boolean,
): number {
  const aCount = aEnd - aAt
  const bCount = bEnd - bAt
  const shared = aCount < bCount ? aCount : bCount
  for (let i = 0; i < shared; i++) {
    const difference = (a[aAt + i] as number) - (b[bAt + i] as number) // i < both counts
    if (difference !== 0) return difference
  }
  const aNext = aCount > shared ? (a[aAt + shared] as number) : aIsTree ? slash : 0
  const bNext = bCount > shared ? (b[bAt + shared] as number) : bIsTree ? slash : 0
  return aNext - bNext
}

/** An entry to write: the name is bytes where it is not UTF-8. */
export interface TreeEntryInput {
  readonly mode: number
  readonly name: string | Uint8Array
  readonly oid: Oid
}

/** The raw bytes of one entry. */
export function formatEntry(mode: number, name: Uint8Array, oid: Oid): Uint8Array {
  const prefix = `${mode.toString(8)} `
  const bytes = new Uint8Array(prefix.length + name.length + 1 + oidBytes)
  for (let i = 0; i < prefix.length; i++) bytes[i] = prefix.charCodeAt(i)
  bytes.set(name, prefix.length)
  oidToBytes(oid, bytes, prefix.length + name.length + 1)
  return bytes
}

/** A tree from its entries, in git's order. Throws `git/path-conflict` for two entries of one name. */
export function formatTree(entries: Iterable<TreeEntryInput>): Uint8Array {
  const rows = Array.from(entries, ({ mode, name, oid }) => {
    const bytes = typeof name === 'string' ? utf8Encoder.encode(name) : name
    if (bytes.length === 0 || bytes.includes(0) || bytes.includes(slash)) {
      throw new EspalierError(
        'git/unsafe-path',
        `${JSON.stringify(String(name))} is not a name for a tree entry.`,
      )
    }
    return { name: bytes, isTree: isTreeMode(mode), raw: formatEntry(mode, bytes, oid) }
  })
  rows.sort((a, b) => compareEntries(a.name, 0, a.name.length, a.isTree, b.name, 0, b.name.length, b.isTree))
  const names = new Set<string>()
  let length = 0
  for (const row of rows) {
    let key = ''
    for (const byte of row.name) key += String.fromCharCode(byte)
    if (names.has(key)) {
      throw new EspalierError('git/path-conflict', `A tree cannot hold "${utf8.decode(row.name)}" twice.`)
    }
    names.add(key)
    length += row.raw.length
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const row of rows) {
    bytes.set(row.raw, at)
    at += row.raw.length
  }
  return bytes
}

/**
 * Checks a tree as `git fsck --strict` does: order, twins of one name, known modes. Returns the first fault,
 * or null.
 */
export function checkTree(bytes: Uint8Array): string | null {
  const cursor = treeCursor(bytes)
  const files = new Set<string>()
  let nameAt = -1
  let nameEnd = 0
  let wasTree = false
  while (nextEntry(cursor)) {
    if (bytes[cursor.start] === 0x30) return 'a mode has a leading zero'
    if (cursor.nameEnd === cursor.nameAt) return 'an entry has no name'
    if (!knownModes.has(cursor.mode)) return `unknown mode ${cursor.mode.toString(8)}`
    const isTree = isTreeMode(cursor.mode)
    if (nameAt >= 0) {
      const order = compareEntries(
        bytes,
        nameAt,
        nameEnd,
        wasTree,
        bytes,
        cursor.nameAt,
        cursor.nameEnd,
        isTree,
      )
      if (order === 0) return `"${entryName(cursor)}" twice`
      if (order > 0) return `"${entryName(cursor)}" is out of order`
    }
    // A file `a` and a folder `a` are not neighbours when `a.b` lies between them.
    const name = entryName(cursor)
    if (isTree && files.has(name)) return `"${name}" twice`
    if (!isTree) files.add(name)
    nameAt = cursor.nameAt
    nameEnd = cursor.nameEnd
    wasTree = isTree
  }
  return null
}

const knownModes: ReadonlySet<number> = new Set<number>([...Object.values(treeMode), 0o100664])
