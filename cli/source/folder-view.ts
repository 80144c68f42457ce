import { EspalierError } from '../../src/protocol/errors.ts'
import { parseCommitLinks } from '../../worker/git/objects/commit.ts'
import type { GitObject } from '../../worker/git/objects/object.ts'
import type { StoredObjects } from '../../worker/git/packs/object-store.ts'
import type { Oid } from '../../worker/git/objects/oid.ts'
import { hashObject } from '../../worker/git/objects/sha1.ts'
import { createTreeCache } from '../../worker/git/trees/tree-cache.ts'
import { findPath } from '../../worker/git/trees/tree-walk.ts'
import { isTreeMode } from '../../worker/git/trees/tree.ts'

const empty: GitObject = { type: 'tree', bytes: new Uint8Array() }
const emptyOid = hashObject('tree', empty.bytes)
const treeAt = 'tree '.length

/**
 * A repository as if one of its folders were all there is: commits keep their ids, and name the folder's tree (an
 * empty one where it is not there). So the engine reads a database that is not at the top of its repository.
 */
export function viewFolder(objects: StoredObjects, folder: string): StoredObjects {
  if (folder === '') return objects
  const trees = createTreeCache(objects)
  const read = async (oid: Oid): Promise<GitObject> => {
    if (oid === emptyOid) return empty
    const object = await objects.read(oid)
    if (object.type !== 'commit') return object
    const entry = await findPath(trees, parseCommitLinks(object.bytes).tree, folder)
    if (entry !== null && !isTreeMode(entry.mode)) {
      throw new EspalierError('git/path-conflict', `"${folder}" is no folder in the commit ${oid}.`, {
        data: { commit: oid, path: folder },
      })
    }
    const bytes = object.bytes.slice()
    new TextEncoder().encodeInto(entry?.oid ?? emptyOid, bytes.subarray(treeAt))
    return { type: 'commit', bytes }
  }
  return { ...objects, read, has: (oid) => oid === emptyOid || objects.has(oid) }
}
