import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { joinPath } from '../../format/file-path.ts'
import { recordPath } from '../../format/record-keys.ts'
import { fixedKey, instanceDirs, isKeyed, joinKey, splitKey } from '../../format/record-layout.ts'
import type { ObjectReader } from '../../git/objects/object.ts'
import { oidBytes, oidToBytes, type Oid } from '../../git/objects/oid.ts'
import { findPath } from '../../git/trees/tree-walk.ts'
import { isFileMode } from './git-file-tree.ts'
import { openInstances, type Instance } from './instances.ts'
import {
  createRecordFolder,
  type RecordFiles,
  type RecordFolder,
  type RecordPlace,
  type RefusedFile,
} from './record-folder.ts'

/** The record files of a collection whose files lie under each parent, or whose only file has a fixed name. */
export async function openInstanceFolders(
  trees: ObjectReader,
  root: Oid,
  definition: CollectionDefinition,
): Promise<RecordFolder> {
  const instances = await openInstances(trees, root, definition)
  const folders = new Map<string, RecordFolder>()
  const folderOf = (instance: Instance): RecordFolder => {
    const known = folders.get(instance.dir)
    if (known) return known
    const made = openInstance(trees, instance, definition)
    folders.set(instance.dir, made)
    return made
  }

  return {
    id: instances.id,
    find: async (key) => {
      const { parent, own } = splitKey(definition, key)
      for (const instance of await instances.of(parent)) {
        const place = await folderOf(instance).find(own)
        if (place) return place
      }
      return undefined
    },
    newPath: async (key) => {
      const { parent, own } = splitKey(definition, key)
      const [first] = await instances.of(parent)
      const recordsDir = first?.dir ?? (instanceDirs(definition, parent)[0] as string) // the preferred layout
      return newPath({ ...definition, recordsDir }, own)
    },
    list: async (parent) => {
      const all = await (parent === undefined ? instances.all() : instances.of(parent))
      return joinLists(
        await Promise.all(all.map(async (instance) => [instance, await folderOf(instance).list()] as const)),
      )
    },
  }
}

function newPath(definition: CollectionDefinition, own: string): string {
  return isKeyed(definition)
    ? recordPath(definition, own)
    : joinPath(definition.recordsDir, definition.recordFile.name)
}

/** The records of one parent, by their own keys. */
function openInstance(
  trees: ObjectReader,
  { tree, dir }: Instance,
  definition: CollectionDefinition,
): RecordFolder {
  const here = { ...definition, recordsDir: dir }
  return isKeyed(definition) ? createRecordFolder(trees, tree, here) : createFixedFile(trees, tree, here)
}

/** A file with a fixed name as a folder of one record. */
function createFixedFile(trees: ObjectReader, tree: Oid, definition: CollectionDefinition): RecordFolder {
  const only = fixedKey(definition)
  const path = newPath(definition, only)
  const find = async (): Promise<RecordPlace | undefined> => {
    const entry = await findPath(trees, tree, definition.recordFile.name)
    return entry && isFileMode(entry.mode) ? { oid: entry.oid, mode: entry.mode, path } : undefined
  }
  return {
    id: tree,
    newPath: async () => path,
    find: async (key) => (key === only ? find() : undefined),
    list: async () => {
      const place = await find()
      const oids = new Uint8Array(place ? oidBytes : 0)
      if (place) oidToBytes(place.oid, oids, 0)
      return { keys: place ? [only] : [], oids, path: () => path, refused: [] }
    },
  }
}

/** The files of all parents under their whole keys. Of two layouts of one record the preferred one counts. */
function joinLists(lists: readonly (readonly [Instance, RecordFiles])[]): RecordFiles {
  const paths = new Map<string, string>()
  const refused: RefusedFile[] = []
  const oids = new Uint8Array(lists.reduce((sum, [, { keys }]) => sum + keys.length, 0) * oidBytes)
  for (const [{ parent }, files] of lists) {
    for (const file of files.refused) refused.push({ ...file, key: joinKey(parent, file.key) })
    for (const [n, own] of files.keys.entries()) {
      const key = joinKey(parent, own)
      const path = files.path(n)
      const taken = paths.get(key)
      if (taken !== undefined) {
        const reason = `The file ${taken} holds the same record. Delete one of them.`
        refused.push({ key, path, reason, isDouble: true })
        continue
      }
      oids.set(files.oids.subarray(n * oidBytes, (n + 1) * oidBytes), paths.size * oidBytes)
      paths.set(key, path)
    }
  }
  const keys = [...paths.keys()]
  return {
    keys,
    oids: oids.subarray(0, keys.length * oidBytes),
    path: (n) => paths.get(keys[n] as string) as string, // asked for files of the list
    refused,
  }
}
