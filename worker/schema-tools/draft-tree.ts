import type { PlannedFile } from '../../src/protocol/schema-changes.ts'
import type { FileEdit } from '../format/file-edit.ts'
import { baseName, joinPath, parentPath } from '../format/file-path.ts'
import type { FileTree, FileTreeEntry } from '../format/file-tree.ts'
import { sameBytes } from './same-bytes.ts'

/** A tree with edits on top, which reads as they leave it. The tree below stays as it is. */
export interface DraftTree extends FileTree {
  write(path: string, bytes: Uint8Array): void
  remove(path: string): void
  /** Moves a file; one that was not edited keeps its bytes unread. */
  move(from: string, to: string): void
  /** The paths of all files in a folder and its subfolders, sorted. */
  filesBelow(dir: string): Promise<readonly string[]>
  /** What the draft differs in, by path: writes that change nothing are left out. */
  finish(): Promise<{ readonly edits: readonly FileEdit[]; readonly files: readonly PlannedFile[] }>
}

/** What the draft says of a path: new bytes, the bytes of another file of the tree below, or gone. */
type Draft = { readonly bytes: Uint8Array } | { readonly from: string } | 'gone'

/** A draft over a tree. */
export function createDraftTree(base: FileTree): DraftTree {
  const drafts = new Map<string, Draft>()
  /** The names in each folder that drafts say something of. */
  const touched = new Map<string, Set<string>>()

  const set = (path: string, draft: Draft): void => {
    drafts.set(path, draft)
    for (let child = path; child !== ''; child = parentPath(child)) {
      const dir = parentPath(child)
      const names = touched.get(dir) ?? new Set()
      touched.set(dir, names.add(baseName(child)))
    }
  }
  const readFile = async (path: string): Promise<Uint8Array | undefined> => {
    const draft = drafts.get(path)
    if (draft === 'gone') return undefined
    if (draft === undefined) return base.readFile(path)
    return 'bytes' in draft ? draft.bytes : base.readFile(draft.from)
  }
  const list = async (dir: string): Promise<readonly FileTreeEntry[] | undefined> => {
    const below = await base.list(dir)
    const names = touched.get(dir)
    if (names === undefined) return below
    const old = new Map(below?.map((entry) => [entry.name, entry]))
    const entries: FileTreeEntry[] = [...old.values()].filter(({ name }) => !names.has(name))
    for (const name of names) {
      const path = joinPath(dir, name)
      const draft = drafts.get(path)
      const isFile = draft === undefined ? old.get(name)?.kind === 'file' : draft !== 'gone'
      if (isFile) entries.push({ name, kind: 'file' })
      else if (((await list(path)) ?? []).length > 0) entries.push({ name, kind: 'dir' })
    }
    return entries.length === 0 && dir !== '' ? undefined : entries
  }

  return {
    readFile,
    list,
    write: (path, bytes) => set(path, { bytes }),
    remove: (path) => set(path, 'gone'),
    move(from, to) {
      const draft = drafts.get(from) ?? { from }
      if (draft === 'gone' || from === to) return
      set(to, draft)
      set(from, 'gone')
    },
    async filesBelow(dir) {
      const files: string[] = []
      const waiting = [dir]
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        for (const { name, kind } of (await list(next)) ?? []) {
          ;(kind === 'dir' ? waiting : files).push(joinPath(next, name))
        }
      }
      return files.sort()
    },
    async finish() {
      const edits: FileEdit[] = []
      const files: PlannedFile[] = []
      const movedAway = new Set<string>()
      for (const draft of drafts.values()) {
        if (draft !== 'gone' && 'from' in draft) movedAway.add(draft.from)
      }
      for (const [path, draft] of [...drafts].sort(([a], [b]) => (a < b ? -1 : 1))) {
        if (draft === 'gone') {
          // The move says it already.
          if (movedAway.has(path)) continue
          if ((await base.readFile(path)) === undefined) continue
          edits.push({ path, delete: true })
          files.push({ path, kind: 'delete' })
        } else if ('bytes' in draft) {
          const old = await base.readFile(path)
          if (old !== undefined && sameBytes(old, draft.bytes)) continue
          edits.push({ path, bytes: draft.bytes })
          files.push({ path, kind: old === undefined ? 'create' : 'edit' })
        } else if (draft.from !== path) {
          edits.push({ path, from: draft.from })
          files.push({ path, kind: 'move', from: draft.from })
        }
      }
      return { edits, files }
    },
  }
}
