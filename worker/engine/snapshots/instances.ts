import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import {
  folderTemplates,
  parentOfFolder,
  slotSegment,
  type FolderTemplate,
} from '../../format/record-layout.ts'
import { joinPath } from '../../format/file-path.ts'
import type { ObjectReader } from '../../git/objects/object.ts'
import type { Oid } from '../../git/objects/oid.ts'
import { checkEntryName } from '../../git/objects/path-safety.ts'
import {
  entryAt,
  findEntry,
  isTreeMode,
  nextEntry,
  treeCursor,
  type TreeEntry,
} from '../../git/trees/tree.ts'
import { readTree } from '../../git/trees/tree-walk.ts'
import { isPlainKey } from './record-folder.ts'

/** One folder that holds the records of one parent (the only one, of a root collection). */
export interface Instance {
  /** As the parent stands in keys; '' for a root collection. */
  readonly parent: string
  /** From the database root, as the trees spell it. */
  readonly dir: string
  readonly tree: Oid
}

/** The folders of a collection in one commit, wherever its layouts put them. */
export interface Instances {
  /** Equal where all folders are the same. */
  readonly id: string
  /** Every folder: those of the preferred layout first. */
  all(): Promise<readonly Instance[]>
  of(parent: string): Promise<readonly Instance[]>
}

export async function openInstances(
  trees: ObjectReader,
  root: Oid,
  definition: CollectionDefinition,
): Promise<Instances> {
  const templates = folderTemplates(definition)
  const bases = await Promise.all(templates.map((template) => openBase(trees, root, template)))
  let listing: Promise<readonly Instance[]> | undefined
  let byParent: ReadonlyMap<string, readonly Instance[]> | undefined

  const walk = async (parent?: string): Promise<readonly Instance[]> => {
    const found: Instance[] = []
    for (const base of bases) if (base) await walkFolders(trees, base, [], parent?.split('/'), found)
    return found
  }

  return {
    id: bases.map((base) => base?.tree ?? '').join(),
    all: () =>
      (listing ??= walk().then((all) => {
        const known = new Map<string, Instance[]>()
        for (const instance of all) {
          const same = known.get(instance.parent)
          if (same) same.push(instance)
          else known.set(instance.parent, [instance])
        }
        byParent = known
        return all
      })),
    of: async (parent) => (byParent ? (byParent.get(parent) ?? []) : walk(parent)),
  }
}

/** A folder on the way to the records, and the segments that are still to go. */
interface Base {
  readonly tree: Oid
  readonly dir: string
  readonly rest: FolderTemplate
}

/** Goes down to where the first parents lie. */
async function openBase(trees: ObjectReader, root: Oid, template: FolderTemplate): Promise<Base | undefined> {
  let tree = root
  let dir = ''
  for (const [index, segment] of template.entries()) {
    if (segment === slotSegment) return { tree, dir, rest: template.slice(index) }
    const entry = findEntry(await readTree(trees, tree), segment)
    if (!entry || !isTreeMode(entry.mode)) return undefined
    tree = entry.oid
    dir = joinPath(dir, segment)
  }
  return { tree, dir, rest: [] }
}

/** Collects the folders below a base: all of them, or those of the wanted parents. */
async function walkFolders(
  trees: ObjectReader,
  { tree, dir, rest }: Base,
  parents: readonly string[],
  wanted: readonly string[] | undefined,
  found: Instance[],
): Promise<void> {
  const [segment, ...below] = rest
  if (segment === undefined) {
    found.push({ parent: parents.join('/'), dir, tree })
    return
  }
  const bytes = await readTree(trees, tree)
  if (segment !== slotSegment) {
    const entry = findEntry(bytes, segment)
    if (!entry || !isTreeMode(entry.mode)) return
    const base = { tree: entry.oid, dir: joinPath(dir, segment), rest: below }
    return walkFolders(trees, base, parents, wanted, found)
  }
  for (const { name, oid } of parentFolders(bytes, wanted?.[parents.length])) {
    const parent = parentOfFolder(name)
    if (parent === undefined || checkEntryName(name) !== null) continue // hostile names are never followed
    const base = { tree: oid, dir: joinPath(dir, name), rest: below }
    await walkFolders(trees, base, [...parents, parent], wanted, found)
  }
}

/** The folders that may be parents': all, or those of one parent. */
function* parentFolders(bytes: Uint8Array, wanted: string | undefined): Iterable<TreeEntry> {
  if (wanted !== undefined) {
    const exact = findEntry(bytes, wanted)
    if (exact && isTreeMode(exact.mode)) yield exact
    // ASCII has one spelling.
    if (exact || isPlainKey(wanted)) return
  }
  const cursor = treeCursor(bytes)
  while (nextEntry(cursor)) {
    if (!isTreeMode(cursor.mode)) continue
    const entry = entryAt(cursor)
    if (wanted === undefined || parentOfFolder(entry.name) === wanted) yield entry
  }
}
