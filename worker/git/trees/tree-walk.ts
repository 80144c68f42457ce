import { EspalierError } from '../../../src/protocol/errors.ts'
import type { ObjectReader } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'
import type { TreeEntry } from './tree.ts'
import { entryName, entryOid, findEntry, isTreeMode, nextEntry, treeCursor, treeMode } from './tree.ts'

/** A file (or symbolic link, or submodule) of a tree. */
export interface TreeFile {
  readonly path: string
  readonly mode: number
  readonly oid: Oid
}

// No real repository is this deep: a hostile one must not exhaust the stack.
const maximumDepth = 1024

/** The bytes of a tree. Throws `git/object-missing`, and `git/object-type` for another object. */
export async function readTree(reader: ObjectReader, oid: Oid): Promise<Uint8Array> {
  const { type, bytes } = await reader.read(oid)
  if (type === 'tree') return bytes
  throw new EspalierError('git/object-type', `The object ${oid} is a ${type}, not a tree.`, {
    data: { oid, type },
  })
}

/** The entry at a slash-separated path, or null. The empty path is the root itself. */
export async function findPath(reader: ObjectReader, root: Oid, path: string): Promise<TreeEntry | null> {
  let entry: TreeEntry | null = { mode: treeMode.tree, name: '', oid: root }
  if (path === '') return entry
  for (const name of path.split('/')) {
    if (entry === null || !isTreeMode(entry.mode)) return null
    entry = findEntry(await readTree(reader, entry.oid), name)
  }
  return entry
}

/** Every file below a folder of a tree with its full path, in git's order: `git ls-tree -r`. */
export async function listFiles(reader: ObjectReader, root: Oid, folder = ''): Promise<readonly TreeFile[]> {
  const files: TreeFile[] = []
  const start = await findPath(reader, root, folder)
  if (start === null || !isTreeMode(start.mode)) return files
  await list(reader, start.oid, folder === '' ? '' : `${folder}/`, files, 0)
  return files
}

async function list(
  reader: ObjectReader,
  tree: Oid,
  prefix: string,
  files: TreeFile[],
  depth: number,
): Promise<void> {
  assertDepth(depth, prefix)
  const cursor = treeCursor(await readTree(reader, tree))
  while (nextEntry(cursor)) {
    const path = prefix + entryName(cursor)
    const oid = entryOid(cursor)
    if (isTreeMode(cursor.mode)) await list(reader, oid, `${path}/`, files, depth + 1)
    else files.push({ path, mode: cursor.mode, oid })
  }
}

/** Throws `git/unsafe-path` for trees nested deeper than any real ones. */
export function assertDepth(depth: number, path: string): void {
  if (depth <= maximumDepth) return
  throw new EspalierError(
    'git/unsafe-path',
    `The folders below "${path.slice(0, 100)}…" are nested too deep.`,
  )
}
