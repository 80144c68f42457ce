import { createCommit } from '../../worker/git/objects/commit.ts'
import type { ObjectStore } from '../../worker/git/packs/object-store.ts'
import { createObjectStore } from '../../worker/git/packs/object-store.ts'
import type { GitObject, ObjectType } from '../../worker/git/objects/object.ts'
import { oidBytes, oidFromBytes, type Oid } from '../../worker/git/objects/oid.ts'
import { hashObject } from '../../worker/git/objects/sha1.ts'
import { editTrees } from '../../worker/git/trees/tree-edit.ts'
import { findPath, listFiles } from '../../worker/git/trees/tree-walk.ts'
import {
  openCommit,
  type CommitSnapshot,
  type SnapshotSource,
} from '../../worker/engine/snapshots/commit-snapshot.ts'
import { noSettings } from '../../worker/engine/queries/hide-deleted.ts'
import { createParts } from '../../worker/engine/platform/plugins.ts'
import { ConflictList, type StoredChoice } from '../../worker/engine/versions/merging/merge-conflicts.ts'
import { isSchemaPath } from '../../worker/engine/versions/merging/merge-files.ts'
import { planMerge, type MergePlan } from '../../worker/engine/versions/merging/merge-plan.ts'
import { createMergeReads, type MergeRequest } from '../../worker/engine/versions/merging/merge-request.ts'
import { findViolations } from '../../worker/engine/versions/merging/merge-violations.ts'
import { openTree, overlaySource } from '../../worker/engine/versions/merging/overlay-source.ts'
import { extras } from '../../worker/extras.ts'
import { givenExtras } from '../../worker/format/extras.ts'
import type { Issue } from '../../src/protocol/issues.ts'
import type { MergeConflict, MergeOptions } from '../../src/protocol/merge-calls.ts'
import type { Choice } from '../../src/protocol/merge.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { createMemoryStorage } from '../../worker/storage/memory-storage.ts'

/** Texts by path; null: no such file. */
export type Files = Readonly<Record<string, string | null>>

/** Commits that lie in memory only, read by the engine itself: laws take thousands of them. */
export interface MemoryCommits {
  readonly source: SnapshotSource
  /** A commit with these files; `onto`: those of another one stay unless they are named. */
  commit(files: Files, onto?: CommitSnapshot): Promise<CommitSnapshot>
  textOf(snapshot: CommitSnapshot, path: string): Promise<string | undefined>
}

/** The outcome of a merge, with what was asked. */
export interface MemoryMerge {
  readonly plan: MergePlan
  readonly conflicts: readonly MergeConflict[]
  /** Reads the merged files as well. */
  readonly source: SnapshotSource
  /** What would be wrong with the merged records. */
  violations(): Promise<readonly Issue[]>
  /** The same merge with choices made. */
  resolve(choose: (conflict: MergeConflict) => Choice | undefined): Promise<MemoryMerge>
}

const utf8 = new TextEncoder()
const nobody = { name: 'Ada', email: 'ada@example.com', timestamp: 0 }

export async function createMemoryCommits(): Promise<MemoryCommits> {
  const parts = createParts(givenExtras(extras))
  const own = new Map<Oid, GitObject>()
  const stored = await createObjectStore(createMemoryStorage())
  const read = async (oid: Oid): Promise<GitObject> => own.get(oid) ?? stored.read(oid)
  const objects: ObjectStore = {
    ...stored,
    read,
    has: (oid) => own.has(oid),
    readMany: async (oids, visit) => {
      const count = oids instanceof Uint8Array ? oids.length / oidBytes : oids.length
      for (let index = 0; index < count; index++)
        visit(
          index,
          await read(
            oids instanceof Uint8Array ? oidFromBytes(oids, index * oidBytes) : (oids[index] as Oid),
          ),
        ) // the index is below the count
    },
  }
  const put = (type: ObjectType, bytes: Uint8Array): Oid => {
    const oid = hashObject(type, bytes)
    own.set(oid, { type, bytes })
    return oid
  }
  const source: SnapshotSource = {
    objects,
    trees: objects,
    codecs: { plugins: parts, settingsOf: noSettings },
  }
  return {
    source,
    commit: async (files, onto) => {
      const edits = Object.entries(files).map(([path, text]) =>
        text === null ? ({ path, delete: true } as const) : { path, oid: put('blob', utf8.encode(text)) },
      )
      const edited = await editTrees(objects, onto?.root ?? null, edits, { allowTwins: true })
      for (const { oid, type, bytes } of edited.objects) own.set(oid, { type, bytes })
      const commit = createCommit({ tree: edited.root, parents: [], author: nobody, message: 'x' })
      // Where the definitions stay they are not read again, and nothing else is taken over.
      const isSchemaKept = onto && !Object.keys(files).some(isSchemaPath)
      const from = onto && { ...onto, opened: () => new Map() }
      return openCommit(
        source,
        put('commit', commit),
        from && isSchemaKept ? { from, definitions: true } : undefined,
      )
    },
    textOf: (snapshot, path) => textIn(source, snapshot, path),
  }
}

async function textIn(
  { trees, objects }: SnapshotSource,
  { root }: Pick<CommitSnapshot, 'root'>,
  path: string,
): Promise<string | undefined> {
  const entry = await findPath(trees, root, path)
  return entry === null
    ? undefined
    : new TextDecoder('utf-8', { ignoreBOM: true }).decode((await objects.read(entry.oid)).bytes)
}

/** Merges commits as the engine does once it knows their base. */
export function mergeCommits(
  { source }: MemoryCommits,
  base: CommitSnapshot | undefined,
  ours: CommitSnapshot,
  theirs: CommitSnapshot,
  options: MergeOptions = {},
): Promise<MemoryMerge> {
  const reads = createMergeReads()
  const plan = async (choices: ReadonlyMap<string, StoredChoice>): Promise<MemoryMerge> => {
    const list = new ConflictList('merge', choices)
    const request: MergeRequest = {
      source,
      base: { root: base?.root ?? null, snapshot: base, doubtful: new Set(), doubtfulRecords: new Map() },
      ours,
      theirs,
      options,
      conflicts: list,
      reads,
    }
    const made = await planMerge(request)
    const violations = (): Promise<readonly Issue[]> => findViolations(request, made)
    const resolve = (choose: (conflict: MergeConflict) => Choice | undefined): Promise<MemoryMerge> => {
      const chosen = new Map<string, StoredChoice>()
      for (const conflict of list.all) {
        const choice = choose(conflict)
        if (choice !== undefined)
          chosen.set(conflict.id, { choice, sides: list.sides.get(conflict.id) ?? '' })
      }
      return plan(chosen)
    }
    return {
      plan: made,
      conflicts: list.all,
      source: overlaySource(source, made.objects),
      violations,
      resolve,
    }
  }
  return plan(new Map())
}

/** Every text of the merged database, by path. */
export function filesOf({ plan, source }: MemoryMerge): Promise<ReadonlyMap<string, string>> {
  return textsOf(source, plan)
}

/** Every text of a tree, by path. */
export async function textsOf(
  source: SnapshotSource,
  { root }: Pick<CommitSnapshot, 'root'>,
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>()
  for (const { path } of await listFiles(source.trees, root, ''))
    texts.set(path, (await textIn(source, { root }, path)) ?? '')
  return texts
}

/** All records by collection and key. Throws what cannot be read: nothing may be. */
export async function recordsOf(snapshot: CommitSnapshot): Promise<ReadonlyMap<string, RecordValue>> {
  const all = new Map<string, RecordValue>()
  for (const id of snapshot.schema.collections.keys()) {
    const { records, problems } = await (await snapshot.collection(id)).load()
    if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'))
    for (const [key, value] of records.entries()) all.set(`${id}/${key}`, value)
  }
  return all
}

/** The records of a merge as whoever reads its files for the first time finds them. */
export async function recordsAnew({ plan, source }: MemoryMerge): Promise<ReadonlyMap<string, RecordValue>> {
  const from = { ...plan.snapshot, opened: () => new Map() }
  return recordsOf(await openTree(source, plan.root, plan.objects, { from, definitions: true }))
}
