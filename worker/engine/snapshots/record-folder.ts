import { isEspalierError } from '../../../src/protocol/errors.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { joinPath } from '../../format/file-path.ts'
import { matchRecordPath, recordPath, usualPath } from '../../format/record-keys.ts'
import type { GitObject, ObjectReader } from '../../git/objects/object.ts'
import { oidBytes, oidFromBytes, type Oid } from '../../git/objects/oid.ts'
import { checkEntryName } from '../../git/objects/path-safety.ts'
import { findPath } from '../../git/trees/tree-walk.ts'
import {
  entryName,
  entryOid,
  findEntry,
  isTreeMode,
  nextEntry,
  treeCursor,
  type TreeEntry,
} from '../../git/trees/tree.ts'
import { isFileMode } from './git-file-tree.ts'

/** The record files of one collection in one tree. */
export interface RecordFolder {
  /** Equal where all files are the same. */
  readonly id: string
  /** The tree that holds all files and nothing above them; null when it does not exist (yet), absent when there are several. */
  readonly tree?: Oid | null
  find(key: string): Promise<RecordPlace | undefined>
  /** Where the file of a record that is not there yet belongs. Throws `record/bad-key`. */
  newPath(key: string): Promise<string>
  /** Keys and, 20 raw bytes each in the same order, the ids of their files; of one parent when it is given. */
  list(parent?: string): Promise<RecordFiles>
}

export interface RecordFiles {
  readonly keys: readonly string[]
  readonly oids: Uint8Array
  /** The path of the n-th file, from the database root. */
  path(n: number): string
  /** Files that look like records and must not be taken for ones. */
  readonly refused: readonly RefusedFile[]
}

export interface RefusedFile {
  readonly key: string
  /** From the database root. */
  readonly path: string
  readonly reason: string
  /** Another file holds the record already. */
  readonly isDouble?: boolean
}

/** Where a record's file lies. */
export interface RecordPlace {
  readonly oid: Oid
  readonly mode: number
  /** From the database root, as the tree spells it: a name that is not in normal form stays as it is. */
  readonly path: string
}

/** Scanning is fastest for one lookup; after this many scanned bytes an index of the names pays. */
const scanBudgetBytes = 2 << 20

export function createRecordFolder(
  reader: ObjectReader,
  oid: Oid | null,
  definition: CollectionDefinition,
): RecordFolder {
  const prefixLength = definition.recordsDir === '' ? 0 : definition.recordsDir.length + 1
  const isFlat = !definition.recordFile.name.includes('/')
  let scanned = 0
  let index: Map<string, TreeEntry> | undefined
  let otherwise: Map<string, TreeEntry> | undefined
  let content: Promise<GitObject> | undefined

  const contentOf = (tree: Oid): Promise<GitObject> =>
    (content ??= reader.read(tree).catch((error: unknown) => {
      content = undefined
      throw error
    }))

  const findFlat = async (tree: Oid, name: string): Promise<TreeEntry | undefined> => {
    const { bytes } = await contentOf(tree)
    scanned += bytes.length
    if (scanned > scanBudgetBytes) index ??= indexNames(bytes)
    const found = index ? index.get(name) : findEntry(bytes, name)
    if (found || !mayBeSpeltOtherwise(name)) return found ?? undefined
    otherwise ??= indexOtherSpellings(bytes)
    return otherwise.get(name)
  }

  return {
    id: oid ?? '',
    tree: oid,
    newPath: async (key) => recordPath(definition, key),
    find: async (key) => {
      if (oid === null) return undefined
      const path = recordPath(definition, key).slice(prefixLength)
      const entry = isFlat ? await findFlat(oid, path) : ((await findPath(reader, oid, path)) ?? undefined)
      if (!entry || !isFileMode(entry.mode)) return undefined
      const folder = path.slice(0, path.lastIndexOf('/') + 1)
      return { oid: entry.oid, mode: entry.mode, path: joinPath(definition.recordsDir, folder + entry.name) }
    },
    list: async () => {
      const found: Listing = { keys: [], oids: new Uint8Array(0), count: 0, odd: [], refused: [] }
      if (oid !== null) await listFolder(reader, oid, '', definition, found)
      takeOdd(found, definition)
      return {
        keys: found.keys,
        oids: found.oids.subarray(0, found.count * oidBytes),
        path: (n) => usualPath(definition, found.keys[n] as string), // asked for files of the list
        refused: found.refused,
      }
    },
  }
}

function indexNames(bytes: Uint8Array): Map<string, TreeEntry> {
  const names = new Map<string, TreeEntry>()
  const cursor = treeCursor(bytes)
  while (nextEntry(cursor)) {
    const { mode, oidAt } = cursor
    const name = entryName(cursor)
    names.set(name, lazyEntry(name, mode, bytes, oidAt))
  }
  return names
}

/** Keys are in Unicode's normal form C; file names need not be. */
function mayBeSpeltOtherwise(name: string): boolean {
  // oxlint-disable-next-line no-control-regex -- ASCII has one spelling
  return /[^\u0000-\u007f]/.test(name)
}

/** The files whose names are not in normal form, by the name that is. */
function indexOtherSpellings(bytes: Uint8Array): Map<string, TreeEntry> {
  const names = new Map<string, TreeEntry>()
  const cursor = treeCursor(bytes)
  while (nextEntry(cursor)) {
    const name = entryName(cursor)
    const normal = name.normalize('NFC')
    if (normal !== name) names.set(normal, lazyEntry(name, cursor.mode, bytes, cursor.oidAt))
  }
  return names
}

function lazyEntry(name: string, mode: number, bytes: Uint8Array, oidAt: number): TreeEntry {
  return {
    name,
    mode,
    get oid() {
      return oidFromBytes(bytes, oidAt)
    },
  }
}

async function listFolder(
  reader: ObjectReader,
  tree: Oid,
  prefix: string,
  definition: CollectionDefinition,
  found: Listing,
): Promise<void> {
  const depth = definition.recordFile.name.split('/').length
  const { bytes } = await reader.read(tree)
  const cursor = treeCursor(bytes)
  while (nextEntry(cursor)) {
    const name = entryName(cursor)
    if (isTreeMode(cursor.mode)) {
      const level = prefix === '' ? 1 : prefix.split('/').length
      if (level < depth && checkEntryName(name) === null) {
        await listFolder(reader, entryOid(cursor), `${prefix}${name}/`, definition, found)
      }
      continue
    }
    if (!isFileMode(cursor.mode)) continue
    const key = matchRecordPath(definition, prefix + name)
    if (key === undefined) continue
    const id = bytes.subarray(cursor.oidAt, cursor.oidAt + oidBytes)
    if (plainKey.test(key)) take(found, key, id)
    else found.odd.push({ key, name, path: joinPath(definition.recordsDir, prefix + name), id })
  }
}

interface Listing {
  readonly keys: string[]
  oids: Uint8Array
  count: number
  /** Names that have more than one spelling, or may be unsafe. */
  readonly odd: {
    readonly key: string
    readonly name: string
    readonly path: string
    readonly id: Uint8Array
  }[]
  readonly refused: RefusedFile[]
}

/** Printable ASCII but `%` and the backslash: such a key has one spelling, and its file is safe. */
const plainKey = /^[\u0020-\u0024\u0026-\u005b\u005d-\u007e]*$/

/** Whether a file name may hold non-ASCII text or escapes: then it is looked at twice. */
export function isPlainKey(key: string): boolean {
  return plainKey.test(key)
}

function take(found: Listing, key: string, id: Uint8Array): void {
  const end = (found.count + 1) * oidBytes
  if (end > found.oids.length) {
    const larger = new Uint8Array(Math.max(end * 2, 4096))
    larger.set(found.oids)
    found.oids = larger
  }
  found.oids.set(id, found.count * oidBytes)
  found.keys.push(key)
  found.count++
}

/** Of several files with one key the one in the usual spelling is the record; the others are named. */
function takeOdd(found: Listing, definition: CollectionDefinition): void {
  const taken = new Map<string, string>()
  const files = found.odd.map((file) => ({ ...file, usual: safePath(definition, file.key) }))
  const first = files.filter(({ path, usual }) => path === usual)
  const later = files.filter(({ path, usual }) => path !== usual)
  for (const { key, name, path, id, usual } of [...first, ...later]) {
    const known = taken.get(key)
    const isUnsafe = checkEntryName(name) !== null || name.includes('\ufffd') || usual === undefined
    const isDouble = !isUnsafe && known !== undefined
    const reason = isUnsafe
      ? 'Its name is not safe in every file system. Rename it.'
      : known === undefined
        ? undefined
        : `The file ${known} has the same key. Rename or delete one of them.`
    if (reason === undefined) {
      taken.set(key, path)
      take(found, key, id)
    } else found.refused.push({ key, path, reason, ...(isDouble ? { isDouble } : {}) })
  }
}

function safePath(definition: CollectionDefinition, key: string): string | undefined {
  try {
    return recordPath(definition, key)
  } catch (error) {
    if (isEspalierError(error, 'record/bad-key')) return undefined
    throw error
  }
}
