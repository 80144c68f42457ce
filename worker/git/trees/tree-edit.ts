import { EspalierError } from '../../../src/protocol/errors.ts'
import type { NewObject, ObjectReader } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'
import { oidFromBytes, oidToBytes } from '../objects/oid.ts'
import { assertSafePath, checkEntryName } from '../objects/path-safety.ts'
import { hashObjectAsync } from '../objects/sha1.ts'
import { compareEntries, formatEntry, isTreeMode, nextEntry, treeCursor, treeMode } from './tree.ts'
import { treeDelta } from './tree-delta.ts'
import { createSplice } from '../deltas/tree-splice.ts'
import { readTree } from './tree-walk.ts'
import { assertNoNewTwins } from './tree-twins.ts'

/** One change of a tree: a file (or, with the mode of a tree, a whole folder) put at a path, or a file deleted. */
export type TreeEdit =
  | { readonly path: string; readonly oid: Oid; readonly mode?: number; readonly delete?: false }
  | { readonly path: string; readonly delete: true }

/** How new trees are written. */
export interface EditTreesOptions {
  /**
   * Steps of the delta chain below an object of our own store (0: stored whole). Given, large trees come with
   * a delta against their old version while the chain is shorter than 32. Answer Infinity for an object that
   * cannot be a base.
   */
  readonly deltaDepth?: (oid: Oid) => number | Promise<number>
  /**
   * The whole object at the end of an object's delta chain. Given, a tree whose chain has become too long is
   * written as a delta against that one instead of whole.
   */
  readonly chainEnd?: (oid: Oid) => Promise<Oid | null>
  /** Write names that are one on a file system that folds case or Unicode composition. Default false. */
  readonly allowTwins?: boolean
}

/** The new root and the trees that it needs and the store lacks, children before parents. */
export interface EditedTrees {
  readonly root: Oid
  readonly objects: readonly NewObject[]
}

/** Longest chain of deltas that we store. */
export const maximumDeltaDepth = 32
const deltaMinimumBytes = 4096
const utf8Encoder = new TextEncoder()

/**
 * Rebuilds the trees that the edits change, and only those, by splicing their raw bytes. The last of two edits
 * of one path counts. Folders that lose their last entry go. Deleting what is not there changes nothing.
 *
 * Throws `git/path-conflict` where a file and a folder would share a name, `git/unsafe-path` for a put at a
 * path that must not be written, `git/object-missing` and `git/object-corrupt` from reading the old trees.
 */
export async function editTrees(
  reader: ObjectReader,
  root: Oid | null,
  edits: Iterable<TreeEdit>,
  options: EditTreesOptions = {},
): Promise<EditedTrees> {
  const objects: NewObject[] = []
  const context: Context = { reader, options, objects }
  const plan = planEdits(edits)
  const edited = await editFolder(context, plan, root)
  if (edited !== null) return { root: edited, objects }
  return { root: await addTree(context, new Uint8Array(), undefined), objects }
}

interface Context {
  readonly reader: ObjectReader
  readonly options: EditTreesOptions
  readonly objects: NewObject[]
}

/** The edits of one folder. */
interface FolderEdits {
  readonly path: string
  readonly folders: Map<string, FolderEdits>
  readonly files: Map<string, TreeEdit>
  /** False when nothing is put below: then a missing folder needs no reading. */
  puts: boolean
}

function planEdits(edits: Iterable<TreeEdit>): FolderEdits {
  const root = folderEdits('')
  let lastPrefix = ''
  let chain: readonly FolderEdits[] = [root]
  let prefixIsSafe = true
  for (const edit of edits) {
    const { path } = edit
    const slash = path.lastIndexOf('/')
    const prefix = slash < 0 ? '' : path.slice(0, slash)
    const name = path.slice(slash + 1)
    // Edits usually come folder by folder.
    if (prefix !== lastPrefix) {
      chain = folderChain(root, prefix)
      lastPrefix = prefix
      prefixIsSafe = false
    }
    if (slash === 0 || name === '') assertSafePath(path)
    if (!edit.delete) {
      if (!prefixIsSafe || checkEntryName(name) !== null) assertSafePath(path)
      prefixIsSafe = true
      for (const folder of chain) folder.puts = true
    }
    const folder = chain[chain.length - 1] as FolderEdits // the chain holds at least the root
    folder.files.set(name, edit)
  }
  return root
}

function folderEdits(path: string): FolderEdits {
  return { path, folders: new Map(), files: new Map(), puts: false }
}

function folderChain(root: FolderEdits, prefix: string): readonly FolderEdits[] {
  const chain = [root]
  if (prefix === '') return chain
  let folder = root
  for (const name of prefix.split('/')) {
    let child = folder.folders.get(name)
    if (child === undefined) {
      child = folderEdits(folder.path === '' ? name : `${folder.path}/${name}`)
      folder.folders.set(name, child)
    }
    folder = child
    chain.push(folder)
  }
  return chain
}

/** A place in the old tree where an edited name stands or would stand. A name has two: as file and as folder. */
interface Slot {
  readonly name: Uint8Array
  readonly isTree: boolean
  /** The old entry: [start, end), or the place to insert (start === end). */
  start: number
  oidAt: number
  end: number
  mode: number
  outcome: { readonly mode: number; readonly oid: Oid } | 'keep' | 'remove'
}

/** An edited name. */
interface Target {
  readonly path: string
  readonly file: TreeEdit | undefined
  readonly folder: FolderEdits | undefined
  readonly fileSlot: Slot
  readonly treeSlot: Slot
}

/** The id of the folder after the edits; null when nothing is left in it. */
async function editFolder(context: Context, edits: FolderEdits, oldOid: Oid | null): Promise<Oid | null> {
  if (oldOid === null && !edits.puts) return null
  const old = oldOid === null ? new Uint8Array() : await readTree(context.reader, oldOid)
  const { slots, targets } = slotsOf(edits)
  locate(old, slots)
  for (const target of targets) {
    // Most targets are plain files: waiting for nothing ten thousand times costs more than deciding.
    const { folder, treeSlot } = target
    const oldTree = isPresent(treeSlot) ? oidFromBytes(old, treeSlot.oidAt) : null
    decide(target, oldTree, folder === undefined ? oldTree : await editFolder(context, folder, oldTree))
  }

  const splice = createSplice(old)
  const added: Uint8Array[] = []
  let at = 0
  let changed = false
  for (const slot of slots) {
    const { outcome, start, end } = slot
    if (outcome === 'keep') continue
    if (outcome === 'remove') {
      if (start === end) continue
      splice.copy(at, start)
    } else if (start === end) {
      splice.copy(at, start)
      splice.insert(formatEntry(outcome.mode, slot.name, outcome.oid))
      added.push(slot.name)
    } else if (outcome.mode === slot.mode) {
      if (outcome.oid === oidFromBytes(old, slot.oidAt)) continue
      splice.copy(at, slot.oidAt)
      splice.insert(oidToBytes(outcome.oid))
    } else {
      splice.copy(at, start)
      splice.insert(formatEntry(outcome.mode, slot.name, outcome.oid))
    }
    at = end
    changed = true
  }
  if (!changed) return oldOid
  splice.copy(at, old.length)
  const bytes = splice.bytes()
  if (bytes.length === 0) return null
  if (added.length > 0 && !context.options.allowTwins) assertNoNewTwins(bytes, added, edits.path)

  const delta = oldOid === null ? undefined : await deltaFor(context, bytes, oldOid, () => splice.delta())
  return addTree(context, bytes, delta)
}

/** A ready delta for a large tree, where one is allowed and much smaller. */
async function deltaFor(
  { reader, options }: Context,
  bytes: Uint8Array,
  old: Oid,
  againstOld: () => Uint8Array,
): Promise<NewObject['delta']> {
  if (bytes.length < deltaMinimumBytes || options.deltaDepth === undefined) return undefined
  const depth = await options.deltaDepth(old)
  let base: Oid | null = old
  let delta: Uint8Array
  if (depth < maximumDeltaDepth) {
    delta = againstOld()
  } else {
    base = depth === Infinity ? null : ((await options.chainEnd?.(old)) ?? null)
    if (base === null) return undefined
    delta = treeDelta(await readTree(reader, base), bytes)
  }
  return delta.length * 2 <= bytes.length ? { base, bytes: delta } : undefined
}

async function addTree(
  { reader, objects }: Context,
  bytes: Uint8Array,
  delta: NewObject['delta'],
): Promise<Oid> {
  const oid = await hashObjectAsync({ type: 'tree', bytes })
  if (!(await reader.has(oid))) {
    objects.push(delta === undefined ? { oid, type: 'tree', bytes } : { oid, type: 'tree', bytes, delta })
  }
  return oid
}

function slotsOf(edits: FolderEdits): { readonly slots: Slot[]; readonly targets: readonly Target[] } {
  const slots: Slot[] = []
  const targets: Target[] = []
  const add = (name: string, file: TreeEdit | undefined, folder: FolderEdits | undefined): void => {
    const bytes = utf8Encoder.encode(name)
    const fileSlot = slotOf(bytes, false)
    const treeSlot = slotOf(bytes, true)
    slots.push(fileSlot, treeSlot)
    const path = edits.path === '' ? name : `${edits.path}/${name}`
    targets.push({ path, file, folder, fileSlot, treeSlot })
  }
  for (const [name, folder] of edits.folders) add(name, edits.files.get(name), folder)
  for (const [name, file] of edits.files) if (!edits.folders.has(name)) add(name, file, undefined)
  slots.sort((a, b) => compareEntries(a.name, 0, a.name.length, a.isTree, b.name, 0, b.name.length, b.isTree))
  return { slots, targets }
}

function slotOf(name: Uint8Array, isTree: boolean): Slot {
  return { name, isTree, start: 0, oidAt: 0, end: 0, mode: 0, outcome: 'keep' }
}

/** Finds the slots in the old tree: one pass over both, in git's order. */
function locate(old: Uint8Array, slots: readonly Slot[]): void {
  const cursor = treeCursor(old)
  let next = 0
  let slot = slots[0]
  let previousAt = 0
  let previousEnd = 0
  let previousIsTree = false
  while (nextEntry(cursor)) {
    const { start, nameAt, nameEnd } = cursor
    const isTree = isTreeMode(cursor.mode)
    if (
      start > 0 &&
      compareEntries(old, previousAt, previousEnd, previousIsTree, old, nameAt, nameEnd, isTree) >= 0
    ) {
      throw new EspalierError(
        'git/object-corrupt',
        `A tree object is out of order at byte ${start}; it cannot be edited safely.`,
        { data: { at: start } },
      )
    }
    previousAt = nameAt
    previousEnd = nameEnd
    previousIsTree = isTree
    while (slot !== undefined) {
      const order = compareEntries(slot.name, 0, slot.name.length, slot.isTree, old, nameAt, nameEnd, isTree)
      if (order > 0) break
      slot.start = start
      slot.end = start
      if (order === 0) {
        slot.end = cursor.end
        slot.oidAt = cursor.oidAt
        slot.mode = cursor.mode
      }
      slot = slots[++next]
      if (order === 0) break
    }
  }
  for (; slot !== undefined; slot = slots[++next]) {
    slot.start = old.length
    slot.end = old.length
  }
}

function isPresent(slot: Slot): boolean {
  return slot.end > slot.start
}

/** Decides what becomes of one edited name. */
function decide(
  { path, file, folder, fileSlot, treeSlot }: Target,
  oldTree: Oid | null,
  newTree: Oid | null,
): void {
  const hasFile = isPresent(fileSlot)
  const hasTree = oldTree !== null
  if (file === undefined) {
    if (newTree !== null && hasFile) throw conflict(path, 'a file stands where a folder is needed')
  } else if (file.delete) {
    if (hasTree && !hasFile && folder === undefined) throw conflict(path, 'it is a folder; delete its files')
    if (hasFile) fileSlot.outcome = 'remove'
  } else if (isTreeMode(file.mode ?? treeMode.file)) {
    if (folder !== undefined) throw conflict(path, 'a folder is put whole and edited at the same time')
    if (hasFile) throw conflict(path, 'a file stands where a folder is put')
    treeSlot.outcome = { mode: treeMode.tree, oid: file.oid }
    return
  } else {
    if (newTree !== null) throw conflict(path, 'a folder stands where a file is put')
    fileSlot.outcome = { mode: file.mode ?? treeMode.file, oid: file.oid }
  }
  if (newTree === null) treeSlot.outcome = 'remove'
  else if (newTree !== oldTree) treeSlot.outcome = { mode: treeMode.tree, oid: newTree }
}

function conflict(path: string, why: string): EspalierError {
  return new EspalierError('git/path-conflict', `"${path}" cannot be written: ${why}.`, {
    data: { path, why },
  })
}
