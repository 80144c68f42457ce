import { isEspalierError } from '../../../src/protocol/errors.ts'
import { readDeltaHeader } from '../deltas/delta.ts'
import type { StoredObjects } from '../packs/object-store.ts'
import { oidBytes, oidFromBytes, oidToBytes, type Oid } from '../objects/oid.ts'
import { entryOid, nextEntry, treeCursor } from './tree.ts'
import { readTree } from './tree-walk.ts'

/**
 * Finds single entries in many versions of large trees. Versions lie in packs as short deltas: where a delta copies
 * the bytes around an entry, the entry is that of the delta's base, and the tree itself is never put together.
 */
export interface TreeEntries {
  /** The id of the entry of that name, or undefined. Throws `git/object-missing`. */
  find(tree: Oid, name: string): Promise<Oid | undefined>
  /** The id at a slash-separated path below a tree; the tree itself for the empty path. No promise where it is known. */
  findPath(root: Oid, path: string): Oid | undefined | Promise<Oid | undefined>
}

/**
 * Where an entry stands in the bytes of a tree. One that is not there stands between its neighbours: as long as these
 * stay next to each other, so does nothing between them.
 */
interface Place {
  readonly oid: Oid | undefined
  readonly start: number
  readonly end: number
  /** Nothing stands before `start`, or after `end`, and that must stay so. */
  readonly isFirst: boolean
  readonly isLast: boolean
}

/** What a tree has from another one: triples of start in the base, size, and start in the tree. */
interface Copies {
  readonly base: Oid
  readonly size: number
  readonly runs: Int32Array
  /** Bytes of its own: triples of start in the tree, size, and start in `delta`. */
  readonly inserts: Int32Array
  readonly delta: Uint8Array
}

/** What is read of a tree at first. */
type Start = Copies | { readonly base?: undefined; readonly bytes: Uint8Array }

/** Smaller trees are read as they are. */
const minTreeBytes = 4096
/** Names of which places are kept. */
const maxNames = 64

const utf8 = new TextEncoder()

export function createTreeEntries(store: StoredObjects): TreeEntries {
  const copies = new Map<Oid, Copies | null>()
  const names = new Map<string, Map<Oid, Place>>()
  const scratch = new Uint8Array(oidBytes)

  const placesOf = (name: string): Map<Oid, Place> => {
    let places = names.get(name)
    if (places) return places
    names.set(name, (places = new Map()))
    for (const oldest of names.keys()) {
      if (names.size <= maxNames) break
      names.delete(oldest)
    }
    return places
  }

  /** Null: it is small, or not to be found in one look. `packedBytes`: how much to read of a whole one. */
  const startOf = async (tree: Oid, packedBytes: number): Promise<Start | null> => {
    const known = copies.get(tree)
    if (known !== undefined) return known
    const read = await readStart(tree, packedBytes)
    if (read === null || read.base !== undefined) copies.set(tree, read)
    return read
  }
  const readStart = async (tree: Oid, packedBytes: number): Promise<Start | null> => {
    const id = oidToBytes(tree, scratch)
    const pack = store.packs().findLast(({ index }) => index.find(id, 0) >= 0)
    if (!pack) return null
    try {
      const position = pack.index.find(oidToBytes(tree, scratch), 0)
      const { base, bytes } = await store.reader.readStart(pack, position, packedBytes)
      return base ? parseCopies(base, bytes) : { bytes }
    } catch (error) {
      // Another tab may have packed anew: reading the tree looks again.
      if (isEspalierError(error)) return null
      throw error
    }
  }

  /** Where trees of one path are small, and where an entry stood last. */
  const isSmall = new Set<string>()
  const lastPlaces = new Map<string, Place>()

  const readPlace = async (tree: Oid, name: string): Promise<Place> => {
    const bytes = await readTree(store, tree)
    if (bytes.length < minTreeBytes) isSmall.add(name)
    else isSmall.delete(name)
    return scan(bytes, utf8.encode(name))
  }

  const find: TreeEntries['find'] = async (tree, name) => {
    const places = placesOf(name)
    const above: { readonly tree: Oid; readonly from: Copies }[] = []
    const last = lastPlaces.get(name)
    const packedBytes = last ? packedBefore(last) : 0
    let at = tree
    let place = places.get(at)
    while (!place && !isSmall.has(name)) {
      const start = await startOf(at, packedBytes)
      if (start?.base === undefined) {
        place = start ? scanStart(start.bytes, utf8.encode(name)) : undefined
        break
      }
      above.push({ tree: at, from: start })
      at = start.base
      place = places.get(at)
    }
    place ??= await readPlace(at, name)
    places.set(at, place)
    for (const { tree: next, from } of above.toReversed()) {
      place = follow(place, from) ?? (await readPlace(next, name))
      places.set(next, place)
    }
    if (lastPlaces.size > maxNames) lastPlaces.clear()
    if (isSmall.size > maxNames) isSmall.clear()
    lastPlaces.set(name, place)
    return place.oid
  }

  const stepsOf = new Map<string, readonly string[]>()
  const splitPath = (path: string): readonly string[] => {
    const known = stepsOf.get(path) ?? (path === '' ? [] : path.split('/'))
    if (stepsOf.size > maxNames) stepsOf.clear()
    stepsOf.set(path, known)
    return known
  }
  const walk = async (from: Oid, steps: readonly string[]): Promise<Oid | undefined> => {
    let at: Oid | undefined = from
    for (const name of steps) {
      at = await find(at, name)
      if (at === undefined) return undefined
    }
    return at
  }

  return {
    find,
    findPath: (root, path) => {
      const steps = splitPath(path)
      let at = root
      for (const [index, name] of steps.entries()) {
        const place = names.get(name)?.get(at)
        if (!place) return walk(at, steps.slice(index))
        if (place.oid === undefined) return undefined
        at = place.oid
      }
      return at
    },
  }
}

/** How much of a tree's stream surely holds an entry that stands there; ids do not compress, names do. */
function packedBefore({ start, end }: Place): number {
  const perEntry = oidBytes + 8
  return 1024 + Math.ceil(((start / Math.max(end - start, perEntry)) * perEntry + perEntry) * 1.02)
}

/**
 * The place in a tree that copies the place's surroundings, all but the id, from another tree; undefined when it may be
 * another.
 */
function follow({ oid, start, end, isFirst, isLast }: Place, copies: Copies): Place | undefined {
  const { runs, size } = copies
  const oidAt = oid === undefined ? end : end - oidBytes
  for (let i = 0; i < runs.length; i += 3) {
    const from = runs[i] as number // triples
    const to = from + (runs[i + 1] as number)
    if (from > start || to < oidAt) continue
    const by = (runs[i + 2] as number) - from
    if ((isFirst && start + by !== 0) || (isLast && end + by !== size)) return undefined
    const place = { start: start + by, end: end + by, isFirst, isLast }
    if (to >= end || oid === undefined) return { ...place, oid }
    const next = idAt(oidAt + by, { oid, oidAt }, copies)
    return next && { ...place, oid: next }
  }
  return undefined
}

/** The id at a place of the tree: bytes of its own, and of the id that stood there; undefined when others are among them. */
function idAt(
  at: number,
  old: { readonly oid: Oid; readonly oidAt: number },
  { runs, inserts, delta }: Copies,
): Oid | undefined {
  const id = new Uint8Array(oidBytes)
  const oldId = oidToBytes(old.oid)
  let filled = 0
  const fill = (start: number, size: number, byteAt: (n: number) => number | undefined): void => {
    for (let n = Math.max(0, at - start); n < size && start + n < at + oidBytes; n++) {
      const byte = byteAt(n)
      if (byte === undefined) return
      id[start + n - at] = byte
      filled++
    }
  }
  for (let i = 0; i < runs.length; i += 3) {
    const [from = 0, size = 0, to = 0] = runs.subarray(i, i + 3)
    fill(to, size, (n) => (from + n < old.oidAt ? undefined : oldId[from + n - old.oidAt]))
  }
  for (let i = 0; i < inserts.length; i += 3) {
    const [to = 0, size = 0, from = 0] = inserts.subarray(i, i + 3)
    fill(to, size, (n) => delta[from + n])
  }
  return filled === oidBytes ? oidFromBytes(id, 0) : undefined
}

/** Finds an entry in the start of a tree behind which zeros are; undefined when what was read does not tell. */
function scanStart(bytes: Uint8Array, name: Uint8Array): Place | undefined {
  try {
    const place = scan(bytes, name)
    // What is there was read up to the next entry.
    return place.isLast || !bytes[place.end] ? undefined : place
  } catch {
    return undefined
  }
}

/** Null for small trees, and for deltas that are damaged: reading the tree says so. */
function parseCopies(base: Oid, delta: Uint8Array): Copies | null {
  const { resultSize, start } = readDeltaHeader(delta)
  if (resultSize < minTreeBytes) return null
  const runs: number[] = []
  const inserts: number[] = []
  let at = start
  let out = 0
  while (at < delta.length) {
    const code = delta[at++] as number // at < length; a damaged end gives no run that anything would follow
    if (code < 0x80) {
      if (code === 0) return null
      inserts.push(out, code, at)
      at += code
      out += code
      continue
    }
    let offset = 0
    let size = 0
    for (let i = 0; i < 4; i++) if (code & (1 << i)) offset += (delta[at++] ?? 0) * 2 ** (8 * i)
    for (let i = 0; i < 3; i++) if (code & (16 << i)) size += (delta[at++] ?? 0) * 2 ** (8 * i)
    if (size === 0) size = 0x10000
    const last = runs.length - 3
    // Long runs come in pieces.
    if (
      last >= 0 &&
      offset === (runs[last] as number) + (runs[last + 1] as number) &&
      out === (runs[last + 2] as number) + (runs[last + 1] as number)
    )
      runs[last + 1] = (runs[last + 1] as number) + size
    else runs.push(offset, size, out)
    out += size
  }
  if (out !== resultSize) return null
  return { base, size: resultSize, runs: Int32Array.from(runs), inserts: Int32Array.from(inserts), delta }
}

/** Finds an entry, or the neighbours between which it would stand. */
function scan(bytes: Uint8Array, name: Uint8Array): Place {
  const cursor = treeCursor(bytes)
  let previous = 0
  let isFirst = true
  while (nextEntry(cursor)) {
    const order = compareNames(bytes, cursor.nameAt, cursor.nameEnd, name)
    if (order === 0)
      return { oid: entryOid(cursor), start: cursor.start, end: cursor.end, isFirst: false, isLast: false }
    // A folder `a` stands behind a file `a.b`: only names that begin otherwise show where the place is.
    if (order > 0 && !startsWith(bytes, cursor.nameAt, cursor.nameEnd, name))
      return { oid: undefined, start: previous, end: cursor.end, isFirst, isLast: false }
    if (order < 0 && !startsWith(name, 0, name.length, bytes.subarray(cursor.nameAt, cursor.nameEnd))) {
      previous = cursor.start
      isFirst = false
    }
  }
  return { oid: undefined, start: previous, end: bytes.length, isFirst, isLast: true }
}

function compareNames(bytes: Uint8Array, start: number, end: number, name: Uint8Array): number {
  const shared = Math.min(end - start, name.length)
  for (let i = 0; i < shared; i++) {
    const difference = (bytes[start + i] as number) - (name[i] as number) // i < both
    if (difference !== 0) return difference
  }
  return end - start - name.length
}

function startsWith(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  if (end - start < name.length) return false
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return false
  return true
}
