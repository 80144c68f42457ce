import type { DatabaseSchema } from '../../../src/protocol/schema.ts'
import type { FileTree } from '../../format/file-tree.ts'
import { readDatabaseSchema } from '../../format/schema/schema.ts'
import type { ObjectReader } from '../../git/objects/object.ts'
import type { Oid } from '../../git/objects/oid.ts'
import { readTree } from '../../git/trees/tree-walk.ts'
import {
  findEntry,
  isTreeMode,
  nextEntry,
  treeCursor,
  treeMode,
  type TreeEntry,
} from '../../git/trees/tree.ts'
import { createGitFileTree } from './git-file-tree.ts'
import type { EngineCodecs } from '../platform/plugins.ts'

/** A schema, and all that reading it asked of the files: a version that answers the same has the same schema. */
export interface SchemaRead {
  readonly schema: DatabaseSchema
  readonly root: Oid
  readonly asked: Asked
}

/** What was asked at one path. */
interface Asked {
  /** The names in the folder count, not only those below. */
  listed?: true
  readonly below: Map<string, Asked>
}

const maxRecent = 3

/** The schema of a tree: that of a version that was read lately, as far as its definitions are the same. Throws as `readDatabaseSchema` does. */
export async function readSchema(
  trees: ObjectReader,
  root: Oid,
  codecs: EngineCodecs,
): Promise<DatabaseSchema> {
  const { schemas = [] } = codecs
  for (const known of schemas) {
    const place = (oid: Oid): TreeEntry => ({ mode: treeMode.tree, name: '', oid })
    // What one of them was read from may be gone, or damaged.
    const same = await isAlike(trees, known.asked, place(known.root), place(root)).catch(() => false)
    if (same) return known.schema
  }
  const asked: Asked = { below: new Map() }
  const schema = await readDatabaseSchema(watched(createGitFileTree(trees, root), asked), codecs)
  schemas.unshift({ schema, root, asked })
  schemas.splice(maxRecent)
  return schema
}

function watched({ list, readFile }: FileTree, root: Asked): FileTree {
  const note = (path: string): Asked => {
    let at = root
    for (const name of path === '' ? [] : path.split('/')) {
      const next = at.below.get(name) ?? { below: new Map<string, Asked>() }
      at.below.set(name, next)
      at = next
    }
    return at
  }
  return {
    readFile: (path) => {
      note(path)
      return readFile(path)
    },
    list: (dir) => {
      note(dir).listed = true
      return list(dir)
    },
  }
}

async function isAlike(
  trees: ObjectReader,
  { listed, below }: Asked,
  one: TreeEntry | null,
  other: TreeEntry | null,
): Promise<boolean> {
  if (one?.oid === other?.oid && one?.mode === other?.mode) return true
  if (!one || !other || !isTreeMode(one.mode) || !isTreeMode(other.mode)) return false
  const [a, b] = await Promise.all([readTree(trees, one.oid), readTree(trees, other.oid)])
  if (listed && !haveSameNames(a, b)) return false
  for (const [name, asked] of below)
    if (!(await isAlike(trees, asked, findEntry(a, name), findEntry(b, name)))) return false
  return true
}

/** Whether two trees differ in the ids of their entries only. */
function haveSameNames(a: Uint8Array, b: Uint8Array): boolean {
  const cursor = treeCursor(a)
  while (nextEntry(cursor))
    for (let at = cursor.start; at < cursor.oidAt; at++) if (a[at] !== b[at]) return false
  return a.length === b.length
}
